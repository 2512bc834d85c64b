"""`sangdan import orders`: orders that a shop took elsewhere are promised and placed like any other, once."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
import pytest

from sangdan.flows import import_orders
from sangdan.flows.drift import drift
from sangdan.flows.import_orders import Counted, Source
from sangdan.flows.import_rows import ORDERS, load, template
from sangdan.flows.place_order import Terms
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Pool

from .alliance import ROWS
from .import_desk import Desk

HEAD: Final = "order_ref,line_no,shopper_id,postcode,sku,units,seller_id,service,currency,birth_year\n"
MONDAY: Final = datetime(2026, 11, 23, 1, tzinfo=UTC)
CENTRE: Final = Source("market", "calls", Terms(300, 7))
PLACED: Final = """
    SELECT shopper_id, service, goods_minor, delivery_minor, client_id, shop_id, state
      FROM orders.order ORDER BY shopper_id
"""
LINES: Final = """
    SELECT shopper_id, line_no, sku, units FROM orders.line JOIN orders.order USING (order_id) ORDER BY 1, 2
"""
HELD: Final = "SELECT sku, sum(reserved)::int FROM stock.balance WHERE reserved > 0 GROUP BY 1 ORDER BY 1"

_STORE: Final = {**ROWS["nodes"][0], "node_id": "corner", "kind": "store", "pickup": True}
TOWN: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    **ROWS,
    "nodes": [*ROWS["nodes"], _STORE],
    "lanes": [*ROWS["lanes"], {**ROWS["lanes"][0], "lane_id": "seoul.next_day", "service": "next_day"}],
    "skus": [{**ROWS["skus"][0], "sku": sku, "age_limit": age} for sku, age in (("tee", 0), ("cap", 0), ("wine", 19))],
    "offers": [
        {**ROWS["offers"][0], "sku": sku, "price_minor": price}
        for sku, price in (("tee", 12_900), ("cap", 5_000), ("wine", 20_000))
    ],
    "stock": [
        {**ROWS["stock"][0], "node_id": node_id, "sku": sku}
        for node_id in ("house-1", "corner")
        for sku in ("tee", "cap", "wine")
    ],
    "members": [{"member_id": "park", "birth_year": 1980}],
}


async def found(pool: Pool) -> None:
    """Bring the alliance in: each of the two nodes holds twenty of everything."""
    for kind, rows in TOWN.items():
        report = await load(pool, kind, pl.DataFrame(rows, infer_schema_length=None), MONDAY)
        assert report.rejected == 0, report.rejects


@pytest.fixture
def shop(desk: Desk, url: str) -> Desk:
    """The desk, with an alliance behind it."""

    async def run() -> None:
        pool = await Pool.open(url, size=1)
        try:
            await found(pool)
        finally:
            await pool.close()

    asyncio.run(run())
    return desk


def bring(desk: Desk, file: Path) -> tuple[int, dict[str, Any], dict[str, int]]:
    """Import a file of orders; gives the exit code, the answer and its count of orders."""
    code, told = desk.bring("orders", file, "--shop", "market", "--client", "calls")
    return code, told, told["files"][0]["orders"]


def reasons(desk: Desk, name: str) -> dict[str, str]:
    """By line: why a row was rejected."""
    return dict(desk.rejects(name).select("import_line", "import_reason").rows())


def test_orders_are_placed_as_if_the_shop_had_asked(shop: Desk) -> None:
    """The cheapest delivery, the soonest of equals (free from 30,000 won); the store is for those who ask for it."""
    rows = [
        "A-1,2,kim,04524,cap,1,,,,", "B-1,,lee,04524,tee,1,maker,next_day,KRW,", "A-1,1,kim,04524,tee,1,,,,",
        "C-1,,min,04524,tee,1,,pickup,,", "D-1,,noh,04524,tee,3,,,,", "E-1,,park,04524,wine,1,,,,",
        "F-1,,seo,04524,wine,1,,,,1990",
    ]  # fmt: skip
    code, told, orders = bring(shop, shop.file("orders.csv", HEAD + "\n".join(rows)))
    assert (code, told["rows"], told["loaded"], told["rejected"]) == (0, 7, 7, 0)
    assert orders == {"placed": 6, "unchanged": 0, "refused": 0}
    assert shop.rows(PLACED) == [
        ("kim", "standard", 17_900, 2_500, "calls", "market", "placed"),
        ("lee", "next_day", 12_900, 3_000, "calls", "market", "placed"),
        ("min", "pickup", 12_900, 0, "calls", "market", "placed"),
        ("noh", "next_day", 38_700, 0, "calls", "market", "placed"),
        ("park", "standard", 20_000, 2_500, "calls", "market", "placed"),
        ("seo", "standard", 20_000, 2_500, "calls", "market", "placed"),
    ]
    assert shop.rows(LINES)[:2] == [("kim", 1, "tee", 1), ("kim", 2, "cap", 1)]
    assert shop.rows(HELD) == [("cap", 1), ("tee", 6), ("wine", 2)]
    assert shop.rows("SELECT count(*), count(DISTINCT order_id) FROM promise.promise") == [(6, 6)]
    assert shop.rows("SELECT count(*) FROM kit.outbox") == [(12,)]
    assert not list(shop.folder.glob("*.rejects.csv"))


def test_twice_is_once(shop: Desk) -> None:
    file = shop.file(
        "orders.csv", f"{HEAD}A-1,,kim,04524,tee,1,,,,\nA-1,,kim,04524,tee,2,,,,\nB-1,,lee,04524,cap,1,,,,"
    )
    assert bring(shop, file)[2] == {"placed": 2, "unchanged": 0, "refused": 0}
    code, told, orders = bring(shop, file)
    assert (code, told["loaded"], told["unchanged"]) == (0, 0, 3)
    assert orders == {"placed": 0, "unchanged": 2, "refused": 0}
    assert shop.rows(HELD) == [("cap", 1), ("tee", 3)]
    assert shop.rows(LINES) == [("kim", 1, "tee", 3), ("lee", 1, "cap", 1)]


def test_the_shops_number_is_kept_and_given_to_orders_that_came_before_it_was(shop: Desk) -> None:
    numbers = "SELECT order_ref FROM orders.order ORDER BY 1"
    file = shop.file("orders.csv", f"{HEAD}A-1,,kim,04524,tee,1,,,,\nB 2,,lee,04524,cap,1,,,,")
    bring(shop, file)
    assert shop.rows(numbers) == [("A-1",), ("B 2",)]
    assert len(shop.rows("UPDATE orders.order SET order_ref = NULL RETURNING order_id")) == 2
    assert len(shop.rows("DELETE FROM orders.reference RETURNING order_id")) == 2
    assert bring(shop, file)[2] == {"placed": 0, "unchanged": 2, "refused": 0}
    assert shop.rows(numbers) == [("A-1",), ("B 2",)]
    assert shop.rows("SELECT count(*) FROM orders.reference") == [(2,)]


@pytest.mark.parametrize(
    ("row", "differ"),
    [
        ("A-1,,kim,04524,tee,2,,standard,,1990", "lines"),
        ("A-1,,kim,04524,cap,1,,standard,,1990", "lines"),
        ("A-1,,kim,04524,tee,1,maker,standard,,1990", "lines"),
        ("A-1,,lee,04524,tee,1,,standard,,1990", "shopper_id"),
        ("A-1,,kim,04525,tee,1,,standard,,1990", "postcode"),
        ("A-1,,kim,04524,tee,1,,standard,USD,1990", "currency"),
        ("A-1,,kim,04524,tee,1,,next_day,,1991", "service, birth_year"),
    ],
)
def test_a_number_stands_for_one_content(shop: Desk, row: str, differ: str) -> None:
    assert bring(shop, shop.file("first.csv", f"{HEAD}A-1,,kim,04524,tee,1,,standard,,1990"))[0] == 0
    code, told, orders = bring(shop, shop.file("again.csv", HEAD + row))
    assert (code, orders) == (1, {"placed": 0, "unchanged": 0, "refused": 1})
    assert told["files"][0]["reasons"] == {"import-order-differs": 1}
    assert f"'A-1' was imported before with other {differ}; it is order " in reasons(shop, "again")["2"]
    assert shop.rows(LINES) == [("kim", 1, "tee", 1)]
    assert shop.rows(HELD) == [("tee", 1)]


def test_a_broken_row_takes_its_order_with_it_and_no_other(shop: Desk) -> None:
    """Half an order is no order: neither for a cell that is wrong, nor for a line that cannot be split."""
    rows = [
        "A-1,,kim,04524,tee,1,,,,", "B-1,1,lee,04524,tee,1,,,,", "B-1,2,lee,4524,cap,0,,,,",
        'C-1,,min,04524,"tee,1,,,,', "C-1,,min,04524,cap,1,,,,", "D-1,,noh,04524,cap,1,,,,",
        "E-1,1,seo,04524,cap,1,,,,", "E-1,1,seo,04524,tee,1,,,,", "F-1,,yun,04524,cap,1,,standard,,",
        "F-1,,yang,04524,tee,1,,,,",
    ]  # fmt: skip
    code, told, orders = bring(shop, shop.file("orders.csv", HEAD + "\n".join(rows)))
    assert (code, told["rows"], told["loaded"], told["rejected"]) == (1, 10, 2, 8)
    assert orders == {"placed": 2, "unchanged": 0, "refused": 0}
    whole = "order_ref: an order is taken as a whole, and line {} of it is rejected"
    torn = "order_ref: the rows of one order must agree in shopper_id, service"
    assert reasons(shop, "orders") == {
        "3": whole.format(4),
        "4": "postcode: '4524': the leading zero was lost: keep the column as text; "
        "units: '0' is not a whole number from 1 to 9999",
        "5": "the line's quotes do not match",
        "6": whole.format(5),
        "8": whole.format(9),
        "9": "order_ref, line_no: the same as in line 8",
        "10": torn,
        "11": torn,
    }
    assert [row[0] for row in shop.rows(PLACED)] == ["kim", "noh"]
    mended = (shop.folder / "orders.rejects.csv").read_text(encoding="utf-8-sig").splitlines()
    kept = [mended[0], *(line for line in mended[1:] if ",B-1," in line)]
    kept = [line.replace(",4524,cap,0,", ",04524,cap,1,") for line in kept]
    assert bring(shop, shop.file("mended.csv", "\n".join(kept)))[2] == {"placed": 1, "unchanged": 0, "refused": 0}
    assert ("lee", 2, "cap", 1) in shop.rows(LINES)


def test_an_order_that_cannot_be_is_rejected_with_the_reason(shop: Desk) -> None:
    rows = {
        "2": ("A-1,,kim,04524,no-such,1,,,,", "no-such"),
        "3": ("B-1,,kim,99999,tee,1,,,,", "99999"),
        "4": ("C-1,,kim,04524,tee,9999,,,,", "10000"),
        "5": ("C-1,,kim,04524,tee,1,,,,", "10000"),
        "6": ("D-1,,kim,04524,tee,41,,,,", "standard: Only 40 of 41 units of tee can be sent in time."),
        "7": ("E-1,,kim,04524,tee,1,swift,,,", "swift"),
        "8": ("F-1,,kim,04524,tee,1,,dawn,,", "by dawn now. dawn: 2 places: no such delivery to this place."),
        "9": ("G-1,,kim,04524,wine,1,,,,", "a birth year is needed"),
        "10": ("H-1,,kim,04524,tee,1,,,USD,", "USD"),
        "11": ("I-1,,kim,04524,tee,1,,,,", ""),
    }
    code, told, orders = bring(shop, shop.file("orders.csv", HEAD + "\n".join(row for row, _ in rows.values())))
    assert (code, told["loaded"], told["rejected"]) == (1, 1, 9)
    assert orders == {"placed": 1, "unchanged": 0, "refused": 8}
    why = reasons(shop, "orders")
    assert why.keys() == rows.keys() - {"11"}
    for line, sentence in why.items():
        assert rows[line][1] in sentence
    assert "It could come by next_day, pickup, standard." in why["8"]
    assert told["files"][0]["reasons"] == {
        "sku-unknown": 1, "postcode-unknown": 1, "bad-quantity": 2, "no-way": 3, "not-for-sale": 1,
        "no-exchange-rate": 1,
    }  # fmt: skip
    assert shop.rows(HELD) == [("tee", 1)]


def test_who_stands_first_in_the_file_is_served_first(shop: Desk) -> None:
    """And whoever came too late is tried anew when the file comes again: the first stay placed."""
    file = shop.file(
        "orders.csv", f"{HEAD}Z-1,,kim,04524,tee,30,,,,\nA-1,,lee,04524,tee,20,,,,\nB-1,,min,04524,tee,10,,,,"
    )
    assert bring(shop, file)[2] == {"placed": 2, "unchanged": 0, "refused": 1}
    assert "Only 10 of 20 units of tee" in reasons(shop, "orders")["3"]
    assert shop.rows(LINES) == [("kim", 1, "tee", 30), ("min", 1, "tee", 10)]
    stock = shop.file("stock.csv", "node_id,sku,owner_id,on_hand\nhouse-1,tee,maker,50\n")
    assert shop.bring("stock", stock)[0] == 0
    code, _, orders = bring(shop, file)
    assert (code, orders) == (0, {"placed": 1, "unchanged": 2, "refused": 0})


def test_every_form_of_file(shop: Desk) -> None:
    """CP949 with a Korean order number, a workbook with numbers as numbers, Parquet with types of its own."""
    korean = f"{HEAD}전화-1,,kim,04524,tee,1,,,,\n".encode("cp949")
    assert bring(shop, shop.file("orders.csv", korean))[2]["placed"] == 1
    assert bring(shop, shop.file("orders.csv", korean.decode("cp949")))[2]["unchanged"] == 1
    frame = pl.DataFrame({"order_ref": [7], "shopper_id": ["lee"], "postcode": ["04524"], "sku": ["tee"], "units": [2]})
    frame.write_excel(shop.folder / "orders.xlsx")
    frame.write_parquet(shop.folder / "orders.parquet")
    assert bring(shop, shop.folder / "orders.xlsx")[2]["placed"] == 1
    assert bring(shop, shop.folder / "orders.parquet")[2]["unchanged"] == 1


def test_what_cannot_be_asked_is_told(shop: Desk) -> None:
    good = shop.file("orders.csv", f"{HEAD}A-1,,kim,04524,tee,1,,,,")
    wrong = shop.file("wrong.csv", "order,sku\nA-1,tee\n")
    asked = {
        "import-shop-unclear": [(good,), (good, "--shop", "market", "--client", "call centre")],
        "partner-unknown": [(good, "--shop", "nobody")],
        "shop-collects-nothing": [(good, "--shop", "swift")],
        "import-header-wrong": [(wrong, "--shop", "market"), (good, wrong, "--shop", "market")],
    }
    for code, ways in asked.items():
        for words in ways:
            status, told = shop.bring("orders", *words)
            assert (status, told["code"]) == (1, code)
    assert shop.bring("stock", good, "--shop", "market")[1]["code"] == "import-shop-unclear"
    assert shop.rows("SELECT count(*) FROM orders.order") == [(0,)]


def test_the_manuals_example_names_every_column() -> None:
    assert template(ORDERS).splitlines()[0] + "\n" == HEAD


class _PowerError(Exception):
    """The machine went dark."""


class _Failing:
    """Hands out transactions; the power goes in one of them, after its work and before its commit."""

    def __init__(self, pool: Pool, last: int) -> None:
        self._pool, self._left = pool, last

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Conn]:
        self._left -= 1
        async with self._pool.transaction() as conn:
            yield conn
            if not self._left:
                raise _PowerError


def frame_of(*orders: tuple[str, int]) -> pl.DataFrame:
    """An order of tees for each number and units."""
    rows = [(ref, "kim", "04524", "tee", units) for ref, units in orders]
    return pl.DataFrame(rows, schema=["order_ref", "shopper_id", "postcode", "sku", "units"], orient="row")


async def reserved(pool: Pool) -> int:
    """Units held, when nothing has drifted."""
    async with pool.transaction() as conn:
        assert await drift(conn) == []
        rows = await conn.execute("SELECT coalesce(sum(reserved), 0)::int FROM stock.balance")
        [(units,)] = await rows.fetchall()
    return units


async def test_an_interrupted_import_is_run_again(db: Pool) -> None:
    """What was committed stays, what was not leaves nothing, and the rejects are whole after the second run."""
    await found(db)
    frame = frame_of(("A", 1), ("B", 99), ("C", 2), ("D", 4), ("E", 99))
    clock = SimClock(MONDAY)
    kept: list[tuple[list[int], bool]] = []

    def sink(rejected: pl.DataFrame, *, more: bool) -> None:
        kept.append((rejected["import_line"].to_list(), more))

    with pytest.raises(_PowerError):  # the first transaction looks at the shop, the fourth places C
        await import_orders.load(_Failing(db, 4), frame, CENTRE, clock, sink=sink)
    assert await reserved(db) == 1
    assert kept == [([2], False)]

    seen: list[tuple[int, int]] = []
    report = await import_orders.load(
        db, frame, CENTRE, clock, sink=sink, told=lambda done, rows: seen.append((done, rows))
    )
    assert report.orders == Counted(placed=2, unchanged=1, refused=2)
    assert (report.rows, report.loaded, report.unchanged, report.rejected) == (5, 2, 1, 2)
    assert kept[1:] == [([2], False), ([5], True)]
    assert seen == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    assert await reserved(db) == 7


async def test_twins_at_once_place_each_order_once(db: Pool) -> None:
    await found(db)
    frame = frame_of(*((f"R-{number}", 4) for number in range(10)))  # all that there is
    reports = await asyncio.gather(*(import_orders.load(db, frame, CENTRE, SimClock(MONDAY)) for _ in range(4)))
    assert sum(report.orders.placed for report in reports) == 10
    assert {report.orders.placed + report.orders.unchanged for report in reports} == {10}
    assert await reserved(db) == 40


async def test_two_shops_after_the_last_units(db: Pool) -> None:
    """The same numbers in another shop are other orders; nobody is promised what the other got."""
    await found(db)
    other = Source("stranger", "calls", CENTRE.terms)
    frame = frame_of(*((f"R-{number}", 3) for number in range(10)))
    reports = await asyncio.gather(
        *(import_orders.load(db, frame, source, SimClock(MONDAY)) for source in (CENTRE, other))
    )
    assert sum(report.orders.placed for report in reports) == 13
    assert sum(report.orders.refused for report in reports) == 7
    assert await reserved(db) == 39
