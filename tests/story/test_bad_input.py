"""Bad input gets a clear answer and changes nothing: every row of every table is as it was."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, LiteralString

import httpx
import pytest

from . import town
from .tower import Tower, until
from .town import ICHEON, POSTCODE, Keys, promised, question, taking, wish

HUGE: Final = 8 * 1024 * 1024 + 1
GIM: Final = {"sku": "gim", "units": 1}


@contextmanager
def nothing_changes(running: Tower) -> Generator[None]:
    """Whatever happens inside leaves every table, and every unit held, as it was."""
    until(running.is_quiet, "earlier orders to come to rest")
    before = running.rows(), held(running)
    yield
    assert (running.rows(), held(running)) == before


def held(running: Tower) -> Any:
    """Units on the shelves, and of those the ones held."""
    with running.database() as conn:
        return conn.execute("SELECT sum(on_hand), sum(reserved) FROM stock.balance").fetchone()


def refused(answer: httpx.Response, status: int, code: str, *words: str) -> dict[str, Any]:
    """Check a refusal, and that its sentence says these words; gives its facts."""
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), told
    assert answer.headers["content-type"] == "application/problem+json"
    assert [word for word in words if word not in told["detail"]] == []
    assert told["title"]
    return told["args"]


@pytest.mark.parametrize(
    ("asked", "status", "code", "words"),
    [
        (question("moonstone"), 422, "sku-unknown", ["moonstone"]),
        (question("gim", units=0), 422, "bad-quantity", ["gim", "0"]),
        (question("gim", units=-3), 422, "bad-quantity", ["gim", "-3"]),
        (question("gim", units=10_000), 422, "bad-quantity", ["gim", "9999"]),
        (question("gim", units=10**30), 422, "bad-quantity", ["gim", "9999"]),
        ({"lines": [GIM | {"units": 1.5}], "postcode": POSTCODE}, 422, "invalid-request", ["units"]),
        ({"lines": [GIM] * 101, "postcode": POSTCODE}, 422, "basket-size", ["100"]),
        ({"lines": [], "postcode": POSTCODE}, 422, "basket-size", ["1"]),
        (question("gim", postcode="99999"), 422, "postcode-unknown", ["99999"]),
        (question("gim", postcode="4524"), 422, "postcode-malformed", ["4524"]),
        (question("gim", postcode=4524), 422, "invalid-request", ["postcode"]),
        (question("gim", currency="JPY"), 409, "no-exchange-rate", ["gim", "JPY"]),
        (question("lent"), 409, "no-exchange-rate", ["lent", "USD"]),
        (question("oil", "tea"), 409, "no-way", [POSTCODE]),
        (question("ice"), 409, "no-way", [POSTCODE]),
        (question("oil", wrapping="gold"), 422, "invalid-request", ["wrapping"]),
    ],
)
def test_a_question_that_cannot_be_answered(
    alliance: tuple[Tower, Keys], shop: httpx.Client, asked: dict[str, Any], status: int, code: str, words: list[str]
) -> None:
    with nothing_changes(alliance[0]):
        refused(shop.post("/v1/promises", json=asked), status, code, *words)


def test_nobody_can_serve_it_and_the_reasons_are_counted(shop: httpx.Client) -> None:
    services = refused(shop.post("/v1/promises", json=question("oil", "tea")), 409, "no-way")["services"]

    assert {"code": "short", "sku": "tea", "units": 1, "held": 0} in services["next_day"]
    assert {"code": "nodes_no_route", "nodes": 2} in services["dawn"]


def test_promises_that_are_not_ones_own_or_not_as_they_were(
    alliance: tuple[Tower, Keys], shop: httpx.Client, other_shop: httpx.Client
) -> None:
    way = promised(shop, "gim")
    token = way["token"]
    other = "A" if token[60] != "A" else "B"
    altered = {"token": token[:60] + other + token[61:], "shopper_id": "kim"}
    with nothing_changes(alliance[0]):
        refused(shop.post("/v1/orders", json=altered, headers=wish()), 422, "promise-altered", "unchanged")
        for cut in (token[:-9], "x", "가나다"):
            body = {"token": cut, "shopper_id": "kim"}
            refused(shop.post("/v1/orders", json=body, headers=wish()), 422, "promise-altered")
        refused(other_shop.post("/v1/orders", json=taking(way), headers=wish()), 403, "promise-foreign", "another shop")
        refused(shop.post("/v1/orders", json=taking(way)), 400, "idempotency-key-missing", "Idempotency-Key")


def test_a_promise_that_is_over(alliance: tuple[Tower, Keys]) -> None:
    """A second server of the same home, whose promises stand for a second."""
    running, keys = alliance
    hasty = Tower(running.home, promise_ttl_s="1")
    hasty.start()
    try:
        with town.caller(hasty, keys["onmaru-web"]) as shop:
            way = promised(shop, "gim")
            ends_at = datetime.fromisoformat(way["way"]["expires_at"])
            until(lambda: datetime.now(UTC) >= ends_at, "the promise to be over")
            with nothing_changes(running):
                refused(shop.post("/v1/orders", json=taking(way), headers=wish()), 409, "promise-expired", "ask again")
    finally:
        hasty.end()


def test_the_key_of_another_wish(alliance: tuple[Tower, Keys], shop: httpx.Client) -> None:
    key, body = wish(), taking(promised(shop, "gim"))
    assert shop.post("/v1/orders", json=body, headers=key).status_code == 201
    with nothing_changes(alliance[0]):
        other = shop.post("/v1/orders", json=body | {"shopper_id": "lee"}, headers=key)
        refused(other, 422, "idempotency-key-reused", "choose a new one")
        refused(
            shop.post("/v1/orders", json=body, headers={"idempotency-key": "k" * 256}), 400, "idempotency-key-unfit"
        )


def test_the_orders_of_others(alliance: tuple[Tower, Keys], shop: httpx.Client, other_shop: httpx.Client) -> None:
    order = shop.post("/v1/orders", json=taking(promised(shop, "gim")), headers=wish()).json()
    address = f"/v1/orders/{order['order_id']}"
    with nothing_changes(alliance[0]):
        for asked in (address, f"{address}/timeline"):
            refused(other_shop.get(asked), 404, "no-such-order", order["order_id"])
        for told in ("cancellation", "confirmation"):
            refused(other_shop.post(f"{address}/{told}", json={}, headers=wish()), 404, "no-such-order")
        assert other_shop.get("/v1/orders").json()["items"] == []
        refused(shop.get("/v1/clients"), 403, "role-may-not", "shop")
        refused(shop.get(address, headers={"authorization": "Bearer sgd_" + "0" * 64}), 401, "api-key-unknown")
    assert shop.get(address).status_code == 200


def test_a_body_that_is_huge_or_no_json(alliance: tuple[Tower, Keys], shop: httpx.Client) -> None:
    json = {"content-type": "application/json"}
    with nothing_changes(alliance[0]):
        for address in ("/v1/promises", "/v1/orders"):
            refused(shop.post(address, content=b" " * HUGE, headers=json | wish()), 413, "body-too-large", "parts")
            refused(shop.post(address, content=b'{"lines": [', headers=json | wish()), 400, "malformed-body", "JSON")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"node_id,sku,owner_id\nicheon-1,gim,deulnyeok\n", ["missing: on_hand"]),
        (b"node_id,sku,owner_id,on_hand,colour\nicheon-1,gim,deulnyeok,1,red\n", ["colour"]),
        (b"node_id,sku,owner_id,on_hand\nicheon-1,gim,\xff\xff\xff,1\n", ["UTF-8", "CP949"]),
        (b"", ["empty"]),
    ],
)
def test_a_file_that_is_not_what_it_should_be(
    alliance: tuple[Tower, Keys], tmp_path: Path, content: bytes, words: list[str]
) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes(content)
    with nothing_changes(alliance[0]):
        told = alliance[0].sangdan("import", "stock", str(file))
        assert (told.returncode, told.stdout) == (1, "")
        assert [word for word in words if word not in told.stderr] == [], told.stderr
        assert "Traceback" not in told.stderr


def test_a_broken_row_in_the_middle_stops_only_itself(alliance: tuple[Tower, Keys], tmp_path: Path) -> None:
    rows = [f"{ICHEON},oil,deulnyeok,70001", f"{ICHEON},oil,deulnyeok,-5", f"{ICHEON},gim,deulnyeok,70003"]
    file, rejects = tmp_path / "stock.csv", tmp_path / "rejects.csv"
    file.write_text("\n".join(["node_id,sku,owner_id,on_hand", *rows]), encoding="utf-8")
    told = alliance[0].sangdan("import", "stock", str(file), "--rejects", str(rejects))

    assert (told.returncode, "1 rejected" in told.stdout) == (1, True), told.stdout
    [header, rejected] = rejects.read_text(encoding="utf-8-sig").splitlines()
    assert header.startswith("import_line,import_reason")
    assert rejected.startswith("3,")
    assert "on_hand" in rejected
    assert on_hand(alliance[0], "oil") == 70001
    assert on_hand(alliance[0], "gim") == 70003


def test_a_database_that_goes_away_in_mid_request(alliance: tuple[Tower, Keys], shop: httpx.Client) -> None:
    """The order waits for a shelf that we hold; then the server of the database is gone, and comes back by itself: the
    order is placed then, once, or told to come again."""
    running, _ = alliance
    body, key = taking(promised(shop, "gim")), wish()
    before = running.rows()["orders.order"]
    with ThreadPoolExecutor(1) as other:
        holder = running.database()
        holder.execute("BEGIN")
        holder.execute("SELECT FROM stock.balance WHERE sku = 'gim' FOR UPDATE")
        asked = other.submit(shop.post, "/v1/orders", json=body, headers=key)
        until(lambda: waiting(running), "the order to wait for the shelf")
        running.kill_database()
        answer = asked.result()
        holder.close()
        if answer.status_code != 201:
            refused(answer, 503, "database-away", "try again")
            assert answer.headers["retry-after"]
        until(lambda: shop.get("/health/ready").status_code == 200, "the database to come back")
    again = shop.post("/v1/orders", json=body, headers=key)

    replayed = "true" if answer.status_code == 201 else None
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (201, replayed)
    assert running.rows()["orders.order"] == before + 1
    assert running.drift()["rows"] == []


WAITING: Final[LiteralString] = """
    SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


def waiting(running: Tower) -> bool:
    """Whether somebody waits for a row that another holds."""
    with running.database() as conn:
        return conn.execute(WAITING).fetchone() != (0,)


def on_hand(running: Tower, sku: str) -> int:
    """Units of a SKU in Icheon."""
    with running.database() as conn:
        found = conn.execute(
            "SELECT on_hand FROM stock.balance WHERE (node_id, sku) = (%s, %s)", (ICHEON, sku)
        ).fetchone()
    assert found is not None
    return found[0]
