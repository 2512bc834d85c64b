"""A shelf is corrected by hand: once, noted with its reason, and never below what is promised."""

import asyncio
from collections import Counter
from typing import Final
from uuid import UUID

import pytest

from sangdan.flows.adjust_stock import adjust
from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.problems import Problem
from sangdan.offer.catalogue.errors import SkuUnknown
from sangdan.offer.network.errors import NodeUnknown
from sangdan.offer.partners.errors import PartnerUnknown
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.errors import BadUnits, UnitsReserved
from sangdan.offer.stock.model import Balance, Cause

from .alliance_town import Town

OPERATOR: Final = Seer("operator", "tower", None, None)
TEA: Final = ("icheon", "tea", "leaf")


async def adjusted(
    town: Town, by: int, *, cause: Cause = "damaged", cell: tuple[str, str, str] = TEA, number: int = 1,
    seer: Seer = OPERATOR,
) -> Balance:  # fmt: skip
    async with town.pool.transaction() as conn:
        return await adjust(conn, seer, UUID(int=number), cell, by, cause, "상자가 젖었어요", town.clock.now())


async def history(town: Town) -> list[tuple[int, str, str]]:
    async with town.pool.transaction() as conn:
        return [(each.units, each.kind, each.reference) for each in await stock.movements(conn, *TEA, None, 10)]


async def trail(town: Town) -> list[audit.Entry]:
    async with town.pool.transaction() as conn:
        return await audit.latest(conn, None, 10, what="stock.")


async def test_units_go_with_their_reason_and_what_was_before(town: Town) -> None:
    now = await adjusted(town, -3)
    assert (now.on_hand, now.reserved) == (7, 0)
    assert (-3, "lost", "adjust:damaged") in await history(town)
    [entry] = await trail(town)
    assert (entry.subject, entry.reason) == ("cell/icheon/tea/leaf", "상자가 젖었어요")
    assert (entry.before, entry.after) == ({"on_hand": 10}, {"on_hand": 7, "by": -3, "cause": "damaged"})
    assert (await adjusted(town, 2, cause="found", number=2)).on_hand == 9
    assert (await adjusted(town, 1, cause="counted", number=3)).on_hand == 10
    assert sorted(kind for _, kind, _ in await history(town)) == ["count", "count", "found", "lost"]
    await town.audit()


async def test_sent_twice_or_at_once_it_happens_once(town: Town) -> None:
    answers = await asyncio.gather(*(adjusted(town, -4) for _ in range(6)))
    assert {each.on_hand for each in answers} == {6}
    assert len(await trail(town)) == 1
    await town.audit()


async def test_what_is_promised_stays(town: Town) -> None:
    """Eight of ten are promised; whoever takes them off, in whatever order, gets two at most."""
    await town.order(tea=8)
    with pytest.raises(UnitsReserved):
        await adjusted(town, -3)
    answers = await asyncio.gather(*(adjusted(town, -1, number=n) for n in range(1, 6)), return_exceptions=True)
    assert Counter(map(type, answers)) == {Balance: 2, UnitsReserved: 3}
    assert await town.shelf("icheon", "tea") == (8, 8)
    await town.audit()


async def test_a_shelf_that_nobody_has_seen_begins_with_what_was_found(town: Town) -> None:
    new = ("gangnam", "tea", "leaf")
    assert (await adjusted(town, 5, cause="found", cell=new)).on_hand == 5
    with pytest.raises(UnitsReserved):
        await adjusted(town, -1, cell=("gangnam", "cup", "stem"), number=2)
    await town.audit()


@pytest.mark.parametrize(
    ("cell", "by", "problem"),
    [
        (("nowhere", "tea", "leaf"), 1, NodeUnknown),
        (("icheon", "gold", "leaf"), 1, SkuUnknown),
        (("icheon", "tea", "nobody"), 1, PartnerUnknown),
        (TEA, 0, BadUnits),
        (TEA, 2_000_000_000, BadUnits),
    ],
)
async def test_what_cannot_be_is_refused(
    town: Town, cell: tuple[str, str, str], by: int, problem: type[Problem]
) -> None:
    with pytest.raises(problem):
        await adjusted(town, by, cell=cell)
    assert await trail(town) == []


async def test_another_operators_shelf_is_not_there(town: Town) -> None:
    with pytest.raises(NodeUnknown):
        await adjusted(town, -1, seer=Seer("store", "ally", "mart", None))
    assert (await adjusted(town, -1, seer=Seer("centre", "ally", "logis", None))).on_hand == 9
