"""Shoppers who order without a pause and keep a journal: when they asked, when they were told, and what."""

import itertools
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import httpx

from . import town
from .tower import Tower, until
from .town import Keys, question, taking, wish

BASKETS: Final = (("gim",), ("oil",), ("tea",), ("gim", "oil"))


class Bought(NamedTuple):
    """An order that was acknowledged: when it was asked for, and when its answer was there."""

    order_id: str
    asked_at: datetime
    told_at: datetime


class Crowd:
    """Shoppers of one shop, at one server.

    more     what a shopper adds to its order's body, given a number of its own
    patient  each waits until its order is paid before it orders again: no more than the worker can handle
    """

    def __init__(
        self, door: httpx.Client, more: Callable[[int], dict[str, Any]] | None = None, *, patient: bool = False
    ) -> None:
        self._door = door
        self._more = more
        self._patient = patient
        self._stop = threading.Event()
        self._number = itertools.count(1)
        self.journal: list[Bought] = []
        self.failures: list[str] = []

    def buy(self) -> None:
        """Order after order, until told to stop; a failure is written down and ends it."""
        for basket in itertools.cycle(BASKETS):
            if self._stop.is_set():
                return
            try:
                self._buy(basket)
            except (httpx.TransportError, AssertionError) as reason:
                self.failures.append(repr(reason))
                return

    def _buy(self, basket: tuple[str, ...]) -> None:
        answer = self._door.post("/v1/promises", json=question(*basket))
        assert answer.status_code == 200, answer.text
        more = {} if self._more is None else self._more(next(self._number))
        asked_at = datetime.now(UTC)
        placed = self._door.post("/v1/orders", json=taking(answer.json()["ways"][0]) | more, headers=wish())
        assert placed.status_code == 201, placed.text
        order_id = placed.json()["order_id"]
        self.journal.append(Bought(order_id, asked_at, datetime.now(UTC)))
        if self._patient:
            until(lambda: self._is_paid(order_id), f"order {order_id} to be paid")

    def _is_paid(self, order_id: str) -> bool:
        answer = self._door.get(f"/v1/orders/{order_id}")
        assert answer.status_code == 200, answer.text
        return self._stop.is_set() or answer.json()["state"] != "placed"

    def wait(self, orders: int) -> None:
        """Until so many more orders are acknowledged; fails when the shoppers could not."""
        before = len(self.journal)

        def bought() -> bool:
            assert not self.failures, self.failures
            return len(self.journal) >= before + orders

        until(bought, f"{orders} more orders")

    def told_before(self, at: datetime) -> set[str]:
        """Orders that were acknowledged before an instant."""
        return {each.order_id for each in self.journal if each.told_at <= at}

    def asked_before(self, at: datetime) -> set[str]:
        """Orders that somebody had asked for before an instant, told or not."""
        return {each.order_id for each in self.journal if each.asked_at <= at}

    def stop(self) -> None:
        """Tell them to go home."""
        self._stop.set()


@contextmanager
def shopping(
    running: Tower,
    keys: Keys,
    shoppers: int = 4,
    more: Callable[[int], dict[str, Any]] | None = None,
    *,
    patient: bool = False,
) -> Generator[Crowd]:
    """A crowd that orders at a server for a block; arguments as of `Crowd`."""
    with town.caller(running, keys["onmaru-web"]) as door, ThreadPoolExecutor(shoppers) as threads:
        crowd = Crowd(door, more, patient=patient)
        going = [threads.submit(crowd.buy) for _ in range(shoppers)]
        try:
            yield crowd
        finally:
            crowd.stop()
            for each in going:
                each.result()
