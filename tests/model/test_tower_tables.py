"""The tower's tables without a database: what an address means, what pages and files show, who is led where."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any, cast
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.doors.web.tower.orders import ORDERS, sought
from sangdan.doors.web.tower.places import PLACES, navigation
from sangdan.doors.web.tower.promises import LinesUnreadable, read_basket
from sangdan.doors.web.tower.risks import span
from sangdan.doors.web.tower.tables import Asked, Cell, Choice, Column, Days, Flag, Option, Rows, Search, Table
from sangdan.doors.web.tower.tables.bookmark import opened, sealed
from sangdan.doors.web.tower.tables.export import spool
from sangdan.doors.web.tower.tables.view import View, read_view
from sangdan.doors.web.words import words_in
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.lists import Listing, Order, Which, Wish, key_of

ENGLISH = words_in("en")
ASKED = cast("Asked", None)  # rows at hand ask nothing
TOWER = Seer("operator", "tower", None)
KEY = b"k" * 32


class Jar(msgspec.Struct, frozen=True):
    """A row."""

    jar_id: int
    kind: str
    units: int


JARS = [Jar(n, "clay" if n % 3 else "glass", n % 7) for n in range(50)]


async def jars(asked: Asked) -> Sequence[Jar]:
    return JARS


SOURCE: Rows[Jar] = Rows(
    jars,
    {"units": lambda jar: (jar.units, jar.jar_id), "id": lambda jar: (jar.jar_id,)},
    {"kind": lambda jar, kind: jar.kind == kind, "full": lambda jar, _: jar.units == 6},
)
TABLE = Table[Jar](
    path="/jars",
    title="Jars",
    roles=frozenset({"tower"}),
    columns=(
        Column("id", "Jar", lambda jar, _: Cell(f"#{jar.jar_id}", code=True)),
        Column("units", "Units", lambda jar, say: say.number(jar.units), value=lambda jar: jar.units, kind="whole"),
        Column("made", "Made", lambda jar, say: "then", value=lambda jar: datetime(2026, 11, 23, tzinfo=UTC)),
        Column("full", "Full", lambda jar, say: "", value=lambda jar: jar.units == 6, kind="flag"),
        Column("gone", "Gone", lambda jar, say: "-", value=lambda jar: None),
    ),
    filters=(
        Search("q", "Search"),
        Choice("kind", "Kind", (Option("clay", "Clay"), Option("glass", "Glass"))),
        Flag("full", "Full"),
        Days("made", "Made"),
    ),
    source=SOURCE,
    order="-units",
    row_id=lambda jar: str(jar.jar_id),
)


def view(query: str = "") -> View:
    return read_view(dict(parse_qsl(query)), TABLE.filters, TABLE.source, TABLE.order, partial(opened, KEY, "/jars"))


@given(
    st.dictionaries(st.sampled_from(["q", "kind", "full", "made_from", "made_until", "order", "after", "x"]), st.text())
)
def test_whatever_stands_in_an_address_is_a_view_whose_own_address_means_the_same(raw: dict[str, str]) -> None:
    seen = read_view(raw, TABLE.filters, TABLE.source, TABLE.order)
    again = view(seen.query())
    assert (again.given, again.filters, again.unfit, again.order, again.descending) == (
        seen.given, seen.filters, seen.unfit, seen.order, seen.descending,
    )  # fmt: skip
    assert all(text.isprintable() and text == text.strip() for text in seen.given.values())


def test_a_bad_filter_is_told_and_left_out() -> None:
    seen = view("kind=steel&made_from=yesterday&full=1")
    assert seen.filters == {"full": True}
    assert seen.unfit == {"kind": "There is no such choice.", "made": "Give a day such as 2026-11-23."}
    assert view("made_from=2026-11-24&made_until=2026-11-23").unfit == {"made": "The last day is before the first."}


def test_days_are_koreas_and_both_included() -> None:
    asked = view("made_from=2026-11-23&made_until=2026-11-23").filters["made"]
    assert asked["made_from"].astimezone(UTC) == datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert asked["made_until"].astimezone(UTC) == datetime(2026, 11, 23, 15, tzinfo=UTC)


def test_a_heading_sorts_and_then_turns() -> None:
    assert view().sorted_by("id") == "order=id"
    assert view("order=id").sorted_by("id") == "order=-id"
    assert view("order=-id").sorted_by("id") == "order=id"
    assert view("kind=clay&order=nonsense").query() == "kind=clay&order=-units"


@pytest.mark.parametrize("order", ["units", "-units", "id", "-id"])
async def test_pages_follow_one_another_without_gap_or_double(order: str) -> None:
    query, seen = f"kind=clay&order={order}", list[Jar]()
    while True:
        asked = view(query)
        rows = await SOURCE.page(ASKED, asked.wish(), 8)
        seen += rows[:7]
        if len(rows) < 8:
            break
        query = asked.next(SOURCE.key(rows[6], asked.order), partial(sealed, KEY, "/jars"))
    wanted = [jar for jar in JARS if jar.kind == "clay"]
    assert len(seen) == len(wanted)
    assert set(seen) == set(wanted)
    keys = [SOURCE.key(jar, order.removeprefix("-")) for jar in seen]
    assert keys == sorted(keys, reverse=order.startswith("-"))


@pytest.mark.parametrize("after", ["x", "W10", "WzFd!", "bnVsbA", "9" * 2000])
def test_an_address_that_was_cut_begins_at_the_beginning(after: str) -> None:
    assert (
        read_view({"after": after}, TABLE.filters, ORDERS.source, "-placed", partial(opened, KEY, "/x")).after is None
    )


def test_an_address_tells_nobody_at_which_row_a_page_stopped() -> None:
    told = sealed(KEY, "/jars", '["2026-11-23T09:00:00Z","due:leaf"]')
    assert b"due:" not in base64.urlsafe_b64decode(told)
    assert opened(KEY, "/jars", told) == '["2026-11-23T09:00:00Z","due:leaf"]'
    assert opened(KEY, "/pots", told) == opened(bytes(32), "/jars", told) == opened(KEY, "/jars", told[4:]) == ""


def test_an_export_writes_what_programs_read() -> None:
    assert [column.exported(JARS[6], ENGLISH) for column in TABLE.columns] == [
        "#6", "6", "2026-11-23T09:00:00+09:00", "true", "",
    ]  # fmt: skip


class Looking(Rows[Jar]):
    """Looks at six jars for a page."""

    async def page(self, asked: Asked, wish: Wish, limit: int) -> Sequence[Jar]:
        looked = await super().page(asked, replace(wish, filters={}), 6)
        return [jar for jar in looked if jar.kind == wish.filters["kind"]][:limit]

    async def end(self, asked: Asked, wish: Wish) -> tuple[Any, ...] | None:
        looked = await super().page(asked, replace(wish, filters={}), 6)
        return self.key(looked[-1], wish.order) if len(looked) == 6 else None


async def test_an_export_goes_on_where_a_page_stopped_looking() -> None:
    few: Rows[Jar] = Looking(jars, {"id": lambda jar: (jar.jar_id,)})
    asked, file = read_view({"kind": "glass"}, TABLE.filters, few, "id"), BytesIO()
    by = Asked(cast("Conn", None), TOWER, datetime(2026, 11, 23, tzinfo=UTC), ENGLISH)
    told = await spool(replace(TABLE, source=few), asked, by, file)
    glass = [jar for jar in JARS if jar.kind == "glass"]
    assert told.rows == len(glass) > 6
    assert [line.split(b",")[0] for line in file.getvalue().splitlines()] == [b"#%d" % jar.jar_id for jar in glass]


# --- one statement for each wish


LISTING = Listing(
    select="SELECT a, b FROM t WHERE true",
    where={"state:open": "s = 'open'", "shop": "shop = %(shop)s", "made": "at >= %(made_from)s"},
    orders={"at": Order((("at", "timestamptz"), ("id", "uuid")), ("at", "id"))},
)


def test_only_what_is_asked_for_stands_in_the_statement() -> None:
    plain = LISTING.statement({}, "at", descending=False, after=False)
    assert " ".join(plain.split()) == "SELECT a, b FROM t WHERE true ORDER BY at, id LIMIT %(limit)s"
    whole = LISTING.statement({"state": Which("open"), "shop": "x"}, "at", descending=True, after=True)
    assert "s = 'open'" in whole
    assert "made_from" not in whole
    assert "(at, id) < (%(after_0)s::timestamptz, %(after_1)s::uuid)" in whole
    assert "ORDER BY at DESC, id DESC" in whole


def test_what_an_index_serves_chooses_the_rows_that_are_looked_at() -> None:
    long = Listing(
        select="WITH looked AS (SELECT * FROM t WHERE true) SELECT a, b FROM looked t WHERE true",
        where={**LISTING.where, "sold": "sold_at < %(sold_until)s"},
        orders={
            "at": Order(
                (("at", "timestamptz"), ("id", "uuid")), ("at", "id"),
                served=frozenset({"made", "state:open"}),
                bounds={"sold": "at < %(sold_until)s"},
                apart={"state:open": "SELECT * FROM few t WHERE true"},
            )
        },
        rows="SELECT * FROM t WHERE true",
    )  # fmt: skip
    asked = {"shop": "x", "made": "then", "sold": "later"}
    told = " ".join(long.statement(asked, "at", descending=True, after=True).split())
    assert told == (
        "WITH looked AS (SELECT * FROM t WHERE true AND at >= %(made_from)s AND at < %(sold_until)s "
        "AND (at, id) < (%(after_0)s::timestamptz, %(after_1)s::uuid) ORDER BY at DESC, id DESC LIMIT %(most)s) "
        "SELECT a, b FROM looked t WHERE true AND shop = %(shop)s AND sold_at < %(sold_until)s "
        "ORDER BY at DESC, id DESC LIMIT %(limit)s"
    )
    end = " ".join(long.end({"shop": "x", "state": Which("open")}, "at", descending=False, after=False).split())
    assert end == "SELECT * FROM few t WHERE true AND s = 'open' ORDER BY at, id OFFSET %(most)s - 1 LIMIT 1"


def test_a_filter_that_the_list_does_not_know_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        LISTING.statement({"state": Which("shut")}, "at", descending=False, after=False)


def test_a_rows_key_is_its_order() -> None:
    class Dated(msgspec.Struct):
        at: int
        id: int

    assert key_of(Dated(3, 4), LISTING, "at") == (3, 4)
    assert Wish({}, "at").after is None


# --- what is looked for, and who goes where


def test_an_order_is_found_by_any_of_its_names() -> None:
    order_id = UUID("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0011")
    assert sought(str(order_id)) == {"q": str(order_id), "q_first": order_id, "q_last": order_id, "q_end": None}
    beginning = sought("0199AAAA-BBBB")
    assert beginning["q_first"] == UUID("0199aaaa-bbbb-0000-0000-000000000000")
    assert beginning["q_last"] == UUID("0199aaaa-bbbb-ffff-ffff-ffffffffffff")
    assert sought("FFFF-0011")["q_end"] == "ffff0011"
    assert sought("A-77 / 3") == {"q": "A-77 / 3", "q_first": None, "q_last": None, "q_end": None}


def test_the_navigation_shows_where_one_is_and_nothing_one_may_not_see() -> None:
    here = [
        entry.place.url
        for section in navigation("tower", "/tower/orders/17", has_shop=True)
        for entry in section.entries
        if entry.here
    ]
    assert here == ["/tower/orders"]
    assert not navigation("courier", "/tower", has_shop=True)
    for role in ("shop", "ally"):
        shown = {entry.place.url for section in navigation(role, "/tower", has_shop=True) for entry in section.entries}
        assert shown == {place.url for place in PLACES if role in place.roles}
    keys = [place.key for place in PLACES if place.key]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 min"), (59 * 60, "59 min"), (-600, "10 min"), (3600, "1 h"), (5400, "1 h 30 min"), (180_000, "2 d 2 h")],
)
def test_a_span_is_told_in_two_units_at_most(seconds: int, told: str) -> None:
    assert span(seconds, ENGLISH) == told


def test_a_basket_is_read_as_people_write_it() -> None:
    basket = read_basket(" milk-1l x 2\r\n\n bread ×3\negg-10\nham 4 ", " 04524 ", "1990", TOWER)
    assert [(wish.sku, wish.units) for wish in basket.wishes] == [
        ("milk-1l", 2),
        ("bread", 3),
        ("egg-10", 1),
        ("ham", 4),
    ]
    assert (basket.postcode, basket.birth_year, basket.shop_id) == ("04524", 1990, None)
    with pytest.raises(LinesUnreadable, match="Line 2"):
        read_basket("milk\n<script>", "04524", "", TOWER)


def test_the_storefront_is_in_the_navigation_only_where_there_is_one() -> None:
    for has_shop in (True, False):
        sections = navigation("tower", "/tower", has_shop=has_shop)
        shown = {entry.place.url for section in sections for entry in section.entries}
        assert ("/shop" in shown) is has_shop
        assert "/floor" in shown
