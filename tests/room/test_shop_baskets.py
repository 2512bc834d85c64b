"""A basket of the storefront: bounded, counted under its lock, merged into a member's, forgotten in the end."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import psycopg
import pytest

from sangdan.flows.check_out import number_as_kept, order_number
from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.ids import Ids
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.errors import BasketFull, ChoiceGone, UnitsUnfit
from sangdan.order.baskets.model import MOST_UNITS, MOST_WISHES, Choice, Wished

AT: Final = datetime(2026, 11, 23, 1, tzinfo=UTC)
MINE: Final = UUID(int=1)
MEMBERS: Final = UUID(int=2)


def some(n: int, first: int = 0) -> list[tuple[str, int]]:
    return [(f"sku-{place:04}", 1) for place in range(first, first + n)]


async def test_a_thousand_lines_are_refused_whole(conn: Conn) -> None:
    with pytest.raises(BasketFull, match="100 different goods"):
        await baskets.add(conn, MINE, some(1000), AT)
    assert await baskets.wishes(conn, MINE) == []
    await baskets.add(conn, MINE, some(MOST_WISHES), AT)
    with pytest.raises(BasketFull):
        await baskets.add(conn, MINE, some(1, MOST_WISHES), AT)
    await baskets.add(conn, MINE, some(1), AT)  # more of what is there
    assert await baskets.units(conn, MINE) == MOST_WISHES + 1


async def test_many_tabs_together_put_in_no_more_than_fits(db: Pool) -> None:
    async def put_in(n: int) -> bool:
        try:
            async with db.transaction() as conn:
                await baskets.add(conn, MINE, some(1, n), AT)
        except BasketFull:
            return False
        return True

    put = await asyncio.gather(*(put_in(n) for n in range(MOST_WISHES + 20)))
    assert sum(put) == MOST_WISHES
    async with db.connection() as conn:
        assert len(await baskets.wishes(conn, MINE)) == MOST_WISHES


async def test_units_are_bounded_and_none_takes_the_line_out(conn: Conn) -> None:
    await baskets.add(conn, MINE, [("tea", MOST_UNITS - 1)], AT)
    for more in (2, 0, -1):
        with pytest.raises(UnitsUnfit):
            await baskets.add(conn, MINE, [("tea", more)], AT)
    await baskets.put(conn, MINE, Wished("tea", 5, chosen=False), AT)
    assert await baskets.wishes(conn, MINE) == [Wished("tea", 5, chosen=False)]
    await baskets.put(conn, MINE, Wished("tea", 0, chosen=True), AT)
    assert await baskets.wishes(conn, MINE) == []


async def test_a_visitor_who_signs_in_brings_what_fits(conn: Conn) -> None:
    await baskets.add(conn, MEMBERS, [("tea", MOST_UNITS), *some(MOST_WISHES - 2)], AT)
    await baskets.add(conn, MINE, [("tea", 3), ("cup", 2), ("pot", 1)], AT)
    await baskets.merge(conn, MINE, MEMBERS, AT)

    assert await baskets.wishes(conn, MINE) == []
    there = {each.sku: each.units for each in await baskets.wishes(conn, MEMBERS)}
    assert (len(there), there["tea"], there["cup"]) == (MOST_WISHES, MOST_UNITS, 2)
    assert "pot" not in there


async def test_only_the_latest_choice_counts(conn: Conn) -> None:
    await baskets.touch(conn, MINE, AT)
    first, second = (Choice(MINE, UUID(int=n), "token", None, AT) for n in (7, 8))
    await baskets.choose(conn, first)
    await baskets.choose(conn, second)
    assert await baskets.chosen(conn, MINE, second.promise_id) == second
    with pytest.raises(ChoiceGone):
        await baskets.chosen(conn, MINE, first.promise_id)


async def test_who_may_look_at_an_order(conn: Conn) -> None:
    order_id = Ids(seed=1).new(AT)
    for _ in range(2):
        await baskets.buy(conn, order_id, MINE, AT)
    assert [each.order_id for each in await baskets.bought(conn, MINE, 10)] == [order_id]
    assert await baskets.may_see(conn, order_id, MINE)
    assert not await baskets.may_see(conn, order_id, MEMBERS)


async def test_what_was_agreed_to_stays(conn: Conn) -> None:
    order_id = Ids(seed=1).new(AT)
    await baskets.agree(conn, order_id, {"terms": "1", "ads": "1"}, AT)
    await baskets.agree(conn, order_id, {"terms": "2"}, AT)
    assert await value(conn, "SELECT version FROM baskets.agreement WHERE text = 'terms'") == "1"
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        await run(conn, "DELETE FROM baskets.agreement")


async def test_a_basket_that_nobody_touches_is_forgotten_with_all_in_it(conn: Conn) -> None:
    await baskets.add(conn, MINE, [("tea", 1)], AT)
    await baskets.choose(conn, Choice(MINE, UUID(int=7), "token", None, AT))
    await baskets.add(conn, MEMBERS, [("tea", 1)], AT + timedelta(days=1))
    assert await baskets.forget(conn, AT + timedelta(hours=1), 100) == 1
    assert (await baskets.wishes(conn, MINE), await baskets.choice(conn, MINE)) == ([], None)
    assert await baskets.units(conn, MEMBERS) == 1


def test_an_order_number_can_be_typed_as_it_is_read_out() -> None:
    number = order_number(Ids(seed=1).new(AT), AT)
    assert number.startswith("261123-")
    spelled = {number, number.lower(), number.replace("-", ""), f" {number.replace('-', ' ')} "}
    assert {number_as_kept(each) for each in spelled} == {number}
    assert number_as_kept("4711") == "4711"
