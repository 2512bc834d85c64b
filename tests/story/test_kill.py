"""kill -9 of the server, of its database and of both under load: what was acknowledged is there afterwards, once."""

import itertools
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import httpx

from . import town
from .tower import Tower, until
from .town import Keys, question, taking, wish

BUYERS: Final = 6
BETWEEN: Final = 40  # orders acknowledged between two kills
BASKETS: Final = (("gim",), ("oil",), ("tea",), ("gim", "oil"), ("tea", "gim"))
PARTS: Final = (("oil",), ("tea", "gim"))


class Buyer:
    """A client that keeps a journal, and asks with the same key until it has an answer.

    door  asks as the shop
    stop  set when the buyers have seen enough
    """

    def __init__(self, door: httpx.Client, number: int, stop: threading.Event) -> None:
        self._door = door
        self._name = f"buyer-{number}"
        self._stop = stop
        self.journal: list[tuple[str, dict[str, Any], dict[str, str], bytes]] = []
        self.interrupted = 0

    def buy(self) -> None:
        """Order after order, now and then two as one purchase, until told to stop; never leaves one unanswered."""
        for basket in itertools.cycle([*BASKETS, None]):
            if self._stop.is_set():
                return
            if basket is None:
                parts = [{"token": self._way(part)["token"]} for part in PARTS]
                lines = [line for part in PARTS for line in question(*part)["lines"]]
                self._take("/v1/purchases", {"parts": parts, "lines": lines, "shopper_id": self._name})
            else:
                self._take("/v1/orders", taking(self._way(basket), self._name))

    def _way(self, basket: Sequence[str]) -> dict[str, Any]:
        return self._told("/v1/promises", question(*basket), {}, 200).json()["ways"][0]

    def _take(self, address: str, body: dict[str, Any]) -> None:
        key = wish()
        self.journal.append((address, body, key, self._told(address, body, key, 201).content))

    def _told(self, address: str, body: dict[str, Any], key: dict[str, str], status: int) -> httpx.Response:
        """What the server says as soon as it can: a cut line and 503 are no answers."""

        def asked() -> httpx.Response | None:
            try:
                answer = self._door.post(address, json=body, headers=key)
            except httpx.TransportError:
                answer = None
            if answer is None or answer.status_code == 503:
                self.interrupted += 1
                return None
            return answer

        answer = until(asked, f"an answer of {address}")
        assert answer.status_code == status, answer.text
        return answer

    def repeat(self) -> None:
        """Ask everything again, as a client that lost its memory would."""
        for address, body, key, answer in self.journal:
            again = self._door.post(address, json=body, headers=key)
            assert (again.status_code, again.content) == (201, answer)
            assert again.headers["idempotent-replayed"] == "true"


def test_what_was_acknowledged_outlives_any_kill(alone: tuple[Tower, Keys]) -> None:
    running, keys = alone
    stop = threading.Event()
    with town.caller(running, keys["onmaru-web"]) as door, ThreadPoolExecutor(BUYERS) as crowd:
        buyers = [Buyer(door, number, stop) for number in range(BUYERS)]
        buying = [crowd.submit(buyer.buy) for buyer in buyers]
        try:
            for kill in (kill_server, kill_database, kill_both):
                acknowledge(buyers, buying)
                kill(running)
            acknowledge(buyers, buying)
        finally:
            stop.set()
        for each in buying:
            each.result()
        placed = listed(door)
        told = [httpx.Response(201, content=each[-1]).json() for buyer in buyers for each in buyer.journal]
        assert sorted(order["order_id"] for each in told for order in each.get("orders", [each])) == sorted(placed)
        assert any("orders" in each for each in told)
        assert len(set(placed)) == len(placed) >= 4 * BETWEEN
        assert sum(buyer.interrupted for buyer in buyers) >= 3
        for buyer in buyers:
            buyer.repeat()
        assert listed(door) == placed
    until(running.is_quiet, "every reaction to be through")
    assert running.drift()["rows"] == []
    assert taken_once(running) == len(placed)


def acknowledge(buyers: list[Buyer], buying: list[Future[None]]) -> None:
    """Wait until the buyers have been told of so many more orders."""
    before = sum(len(buyer.journal) for buyer in buyers)

    def told() -> bool:
        for ended in (each for each in buying if each.done()):
            ended.result()
        return sum(len(buyer.journal) for buyer in buyers) >= before + BETWEEN

    until(told, f"{BETWEEN} more orders")


def kill_server(running: Tower) -> None:
    running.end(signal.SIGKILL)
    running.start()


def kill_database(running: Tower) -> None:
    """The server has to notice and bring it back by itself."""
    running.kill_database()


def kill_both(running: Tower) -> None:
    running.kill_database()
    running.end(signal.SIGKILL)
    running.start()


def listed(door: httpx.Client) -> list[str]:
    """Every order's id, page by page."""
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = door.get("/v1/orders", params={"limit": 200} | after).json()
        found += [order["order_id"] for order in page["items"]]
        if page["next"] is None:
            return found
        after = {"cursor": page["next"]}


def taken_once(running: Tower) -> int:
    """Orders of which all that was due is captured, once, by the payment's row and by the ledger."""
    with running.database() as conn:
        found = conn.execute(
            """
            SELECT count(*) FROM orders.order o JOIN payments.payment p USING (order_id)
             WHERE p.state = 'captured' AND p.captured_minor = o.total_minor
               AND (SELECT sum(t.amount_minor) FROM kit.transfer t
                     WHERE t.reference = o.order_id::text AND t.kind = 'capture') = o.total_minor
            """
        ).fetchone()
    assert found is not None
    return found[0]
