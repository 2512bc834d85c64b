"""The network is changed: tried out against what is promised and asked for, refused when stale, and noted."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Final
from uuid import UUID

import pytest
from msgspec import convert

from sangdan.flows.change_network import (
    DayDraft,
    Draft,
    LaneDraft,
    NodeDraft,
    Preview,
    ReasonMissing,
    TermsMoved,
    TermsUnfit,
    WeekDraft,
    preview,
    save,
)
from sangdan.flows.picture import network_of
from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.calendars import BadHours
from sangdan.kit.problems import Problem
from sangdan.offer.network.errors import CalendarUnknown, LaneUnknown, NodeUnknown

from .alliance_town import Town

OPERATOR: Final = Seer("operator", "tower", None, None)
DAILY: Final = ("09:00-18:00",) * 7
TEN: Final = time(10)


def a_node(**changed: object) -> NodeDraft:
    known = {"node_id": "icheon", "calendar_id": "always", "handling_s": 3600, "parcels_per_hour": 50, "pickup": False}
    return convert({**known, **changed}, NodeDraft)


def a_lane(*cut_offs: time, departures: Sequence[time] = (time(20),), base_minor: int = 2500) -> LaneDraft:
    return LaneDraft("seoul.next_day", cut_offs, tuple(departures), None, base_minor, 100)


async def looked(town: Town, draft: Draft) -> Preview:
    async with town.pool.transaction() as conn:
        return await preview(conn, draft, town.clock.now())


async def saved(town: Town, draft: Draft, seal: str, reason: str = "조정") -> bool:
    async with town.pool.transaction() as conn:
        return await save(conn, OPERATOR, draft, seal, reason, town.clock.now())


async def trail(town: Town) -> list[audit.Entry]:
    async with town.pool.transaction() as conn:
        return await audit.latest(conn, None, 10)


def orders_in(found: Preview) -> list[UUID]:
    return [each.order_id for each in found.shifted]


async def test_a_cut_off_that_comes_earlier_moves_what_would_have_made_it(town: Town) -> None:
    order_id = await town.released(tea=2)
    [parcel] = await town.live(order_id)
    found = await looked(town, a_lane(TEN))  # it was packed by eleven at the earliest
    assert orders_in(found) == [order_id]
    assert (found.shifted[0].why, found.shifted[0].departs_at) == ("run_gone", parcel.departs_at)
    assert found.shifted[0].departs_anew == parcel.departs_at + timedelta(days=1)
    # The same tea is in Gimhae, whose lane still leaves tonight: the date stands, at another source or price.
    assert found.asked == 1
    assert {each.service for each in found.moved} == {"next_day"}
    assert await looked(town, a_lane(time(18))) != found


async def test_terms_as_they_are_change_nothing(town: Town) -> None:
    await town.released(tea=2)
    for draft in (a_node(), a_lane(time(18))):
        found = await looked(town, draft)
        assert (found.looked_at, found.asked) == (1, 1)
        assert (list(found.shifted), list(found.crowded), list(found.moved)) == ([], [], [])
        assert not await saved(town, draft, found.seal)
    assert await trail(town) == []


async def test_hours_that_close_over_a_planned_hour_are_seen(town: Town) -> None:
    """It is Monday; on Mondays nobody works any more, wherever the calendar holds."""
    order_id = await town.released(tea=2)
    week = WeekDraft("always", ("", *DAILY[1:]))
    found = await looked(town, week)
    assert orders_in(found) == [order_id]
    assert found.shifted[0].why == "closed"
    assert set(found.nodes) >= {"icheon", "gimhae", "gangnam"}
    assert {each.what for each in found.moved} <= {"later", "gone", "new"}
    assert found.moved


async def test_a_slower_node_misses_its_run_and_a_smaller_one_is_crowded(town: Town) -> None:
    order_id = await town.released(tea=1)
    other_id = await town.released(cup=1)
    slow = await looked(town, a_node(handling_s=10 * 3600))
    assert sorted(orders_in(slow)) == sorted([order_id, other_id])
    assert {each.why for each in slow.shifted} == {"slower"}
    small = await looked(town, a_node(parcels_per_hour=1))
    assert orders_in(small) == []
    assert [(each.node_id, each.parcels, each.parcels_max) for each in small.crowded] == [("icheon", 2, 1)]
    large = await looked(town, a_node(parcels_per_hour=60))
    assert (list(large.crowded), list(large.shifted)) == ([], [])


async def test_a_dearer_lane_is_told_by_what_shoppers_would_pay_or_where_it_would_come_from(town: Town) -> None:
    await town.released(tea=1)
    found = await looked(town, a_lane(time(18), base_minor=90_000))
    assert list(found.shifted) == []
    assert [each.what for each in found.moved] == ["elsewhere"]
    assert found.counts == {"elsewhere": 1}


async def test_saved_terms_hold_from_then_on_and_are_noted(town: Town) -> None:
    draft = a_node(parcels_per_hour=70, handling_s=1800)
    found = await looked(town, draft)
    assert await saved(town, draft, found.seal, "  새 라인 가동 ")
    async with town.pool.transaction() as conn:
        node = (await network_of(conn)).node("icheon")
    assert (node.parcels_per_hour, node.handling_s, node.temperatures) == (70, 1800, ["ambient"])
    [entry] = await trail(town)
    assert (entry.what, entry.subject, entry.actor) == ("node.terms-changed", "node/icheon", "operator")
    assert entry.reason == "새 라인 가동"
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["parcels_per_hour"], entry.after["parcels_per_hour"]) == (50, 70)
    assert not await saved(town, draft, found.seal, "twice changes nothing")
    assert len(await trail(town)) == 1


async def test_whoever_looked_before_somebody_else_saved_has_to_look_again(town: Town) -> None:
    first, second = a_node(parcels_per_hour=70), a_node(parcels_per_hour=80)
    seals = [(await looked(town, draft)).seal for draft in (first, second)]
    assert await saved(town, first, seals[0])
    with pytest.raises(TermsMoved):
        await saved(town, second, seals[1])
    assert await saved(town, second, (await looked(town, second)).seal)


async def test_a_date_can_be_closed_and_set_free_again(town: Town) -> None:
    monday = date(2026, 11, 23)
    closed = DayDraft("always", monday, "", "ad_hoc", "소방 점검")
    assert await saved(town, closed, (await looked(town, closed)).seal)
    async with town.pool.transaction() as conn:
        assert not (await network_of(conn)).calendar("always").is_open_on(monday)
    free = DayDraft("always", monday, None, "ad_hoc", "취소됨")
    assert await saved(town, free, (await looked(town, free)).seal)
    async with town.pool.transaction() as conn:
        assert (await network_of(conn)).calendar("always").is_open_on(monday)
    assert [each.what for each in await trail(town)] == ["calendar.day-changed"] * 2


async def test_a_lane_keeps_its_new_runs_and_price(town: Town) -> None:
    draft = a_lane(time(9), time(18), departures=(TEN, time(20)), base_minor=2700)
    assert await saved(town, draft, (await looked(town, draft)).seal)
    async with town.pool.transaction() as conn:
        [lane] = [each for each in (await network_of(conn)).between("seoul", "seoul") if each.service == "next_day"]
    assert (list(lane.cut_offs), list(lane.departures), lane.base_minor) == ([time(9), time(18)], [TEN, time(20)], 2700)


@pytest.mark.parametrize(
    ("draft", "problem"),
    [
        (a_node(node_id="nowhere"), NodeUnknown),
        (a_node(calendar_id="never"), CalendarUnknown),
        (a_node(parcels_per_hour=-1), TermsUnfit),
        (a_node(handling_s=31 * 86_400), TermsUnfit),
        (a_lane(), TermsUnfit),
        (a_lane(TEN, TEN), TermsUnfit),
        (LaneDraft("none", (TEN,), (TEN,), None, 0, 0), LaneUnknown),
        (WeekDraft("always", ("9-18", *DAILY[1:])), BadHours),
        (DayDraft("always", date(2026, 12, 25), "25:00-26:00", "ad_hoc", "x"), BadHours),
        (DayDraft("always", date(2026, 12, 25), "", "whim", "x"), TermsUnfit),
        (DayDraft("always", date(2026, 12, 25), "", "law", " "), TermsUnfit),
    ],
)
async def test_terms_that_cannot_be_are_refused(town: Town, draft: Draft, problem: type[Problem]) -> None:
    with pytest.raises(problem):
        await looked(town, draft)
    with pytest.raises(problem):
        await saved(town, draft, "")


async def test_a_change_needs_a_reason(town: Town) -> None:
    draft = a_node(parcels_per_hour=1)
    seal = (await looked(town, draft)).seal
    for reason in ("", "   ", "x" * 301):
        with pytest.raises(ReasonMissing):
            await saved(town, draft, seal, reason)
