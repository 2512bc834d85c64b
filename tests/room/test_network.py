"""The network: a picture of it in memory that knows when it is stale, and lookups that say what is wrong."""

import asyncio
from datetime import UTC, date, datetime, time

import pytest
from psycopg import Rollback

from sangdan.flows.picture import network_of
from sangdan.kit.db import Conn, Pool, value
from sangdan.offer.network import commands as network
from sangdan.offer.network.errors import CalendarUnknown, NodeUnknown, PostcodeMalformed, PostcodeUnknown
from sangdan.offer.network.model import Network, Postcode
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.model import Partner

from .copy_rows import csv

TRANSIT = "{1,2,3,4,5,6,7,8,9,10}"


def a_lane(lane_id: str, to_zone: str, *, service: str = "standard", base_minor: int = 2500) -> str:
    return (
        f'{lane_id},icheon,{to_zone},{service},hanjin,weekdays,{{13:00}},{{14:00}},,"{TRANSIT}",{{ambient}},'
        f"KRW,{base_minor},100,20000,62000,105"
    )


async def a_country(conn: Conn) -> None:
    """Two zones and an island, one node, two lanes, one surcharge."""
    await partners.save_partner(conn, Partner("hanjin", "carrier", "한진", "Hanjin"))
    week = '"{09:00-18:00,09:00-18:00,09:00-18:00,09:00-18:00,09:00-18:00,"""",""""}"'
    await network.load_calendars(conn, csv(f"weekdays,Asia/Seoul,KR,{week}"))
    await network.load_calendar_days(conn, csv("weekdays,2026-12-25,10:00-12:00,special_opening,notice"))
    await network.load_zones(
        conn,
        csv("icheon,이천,Icheon,37272000,127435000", "seoul,서울,Seoul,37566500,126978000", "jeju,제주,Jeju,1,1"),
    )
    await network.load_postcodes(conn, csv("04524,seoul,mainland", "63000,jeju,jeju", "01000,seoul,mainland"))
    await network.load_nodes(
        conn,
        csv('icheon-1,cold,hanjin,이천 센터,Icheon,icheon,1,1,"{ambient,chilled}",weekdays,3600,1200,false'),
    )
    await network.load_lanes(conn, csv(a_lane("b", "seoul"), a_lane("a", "seoul", service="next_day")))
    await network.load_surcharges(conn, csv("hanjin,jeju,3000,KRW,86400"))


async def test_a_picture_holds_every_table(conn: Conn) -> None:
    await a_country(conn)
    seen = await network.picture(conn)
    assert seen.zone_of("63000") == Postcode("63000", "jeju", "jeju")
    assert seen.node("icheon-1").temperatures == ["ambient", "chilled"]
    assert [lane.lane_id for lane in seen.between("icheon", "seoul")] == ["a", "b"]
    assert seen.between("seoul", "icheon") == ()
    assert seen.between("icheon", "seoul")[0].cut_offs == [time(13)]
    assert seen.between("icheon", "seoul")[0].transit_s == list(range(1, 11))
    assert (surcharge := seen.surcharge("hanjin", "jeju")) is not None
    assert (surcharge.amount_minor, surcharge.extra_s) == (3000, 86400)
    assert seen.surcharge("hanjin", "island") is None
    assert seen.zones["seoul"].name_ko == "서울"


async def test_calendars_know_weeks_holidays_and_dated_rules(conn: Conn) -> None:
    await a_country(conn)
    calendar = (await network.picture(conn)).calendar("weekdays")
    assert calendar.is_open_on(date(2026, 11, 20))
    assert not calendar.is_open_on(date(2026, 11, 21))  # a Saturday
    assert not calendar.is_open_on(date(2026, 10, 9))  # 한글날
    christmas = calendar.windows(datetime(2026, 12, 24, 15, tzinfo=UTC), datetime(2026, 12, 25, 15, tzinfo=UTC))
    assert christmas == ((datetime(2026, 12, 25, 1, tzinfo=UTC), datetime(2026, 12, 25, 3, tzinfo=UTC)),)


async def test_a_postcode_says_what_is_wrong_with_it(conn: Conn) -> None:
    await a_country(conn)
    seen = await network.picture(conn)
    with pytest.raises(PostcodeUnknown, match="99999 does not exist"):
        seen.zone_of("99999")
    with pytest.raises(PostcodeMalformed, match="1000 looks like 01000: send it as text with its leading zero"):
        seen.zone_of("1000")
    for wrong in ("", "045245", "04-24", "0452a", "０４５２４", " 4524"):
        with pytest.raises(PostcodeMalformed, match="five digits"):
            seen.zone_of(wrong)


async def test_what_is_not_there_is_named(conn: Conn) -> None:
    seen = await network.picture(conn)
    with pytest.raises(NodeUnknown, match="'nowhere'"):
        seen.node("nowhere")
    with pytest.raises(CalendarUnknown, match="'never'"):
        seen.calendar("never")


async def test_a_picture_is_read_again_only_when_something_changed(conn: Conn) -> None:
    await a_country(conn)
    seen = await network.fresh(conn, None)
    assert await network.fresh(conn, seen) is seen
    same = await network.load_lanes(conn, csv(a_lane("a", "seoul", service="next_day")))
    assert same.changed == 0
    assert await network.fresh(conn, seen) is seen
    dearer = await network.load_lanes(conn, csv(a_lane("a", "seoul", service="next_day", base_minor=2600)))
    assert dearer.changed == 1
    newer = await network.fresh(conn, seen)
    assert newer.version != seen.version
    assert newer.between("icheon", "seoul")[0].base_minor == 2600
    assert seen.between("icheon", "seoul")[0].base_minor == 2500


async def test_a_picture_of_what_was_rolled_back_is_not_taken_for_what_came_instead(conn: Conn) -> None:
    """A server that closed a node and failed to commit would else never learn of the next node that closes."""
    await a_country(conn)
    async with conn.transaction() as undone:
        await network.load_lanes(conn, csv(a_lane("a", "seoul", service="next_day", base_minor=2600)))
        seen = await network.fresh(conn, None)
        raise Rollback(undone)
    await network.load_lanes(conn, csv(a_lane("a", "seoul", service="next_day", base_minor=2700)))
    assert (await network.fresh(conn, seen)).between("icheon", "seoul")[0].base_minor == 2700


async def test_every_table_raises_the_version(conn: Conn) -> None:
    """A table that forgot would leave every server with yesterday's network."""
    before = await value(conn, "SELECT number FROM network.version")
    await a_country(conn)
    assert await value(conn, "SELECT number FROM network.version") == before + 7


async def test_two_lanes_of_one_service_are_refused(conn: Conn) -> None:
    await a_country(conn)
    loaded = await network.load_lanes(conn, csv(a_lane("c", "jeju"), a_lane("d", "seoul")))
    assert loaded.changed == 1
    assert [(each.line, each.reason) for each in loaded.refused] == [
        (3, "lane b already leads from icheon to seoul with this service and carrier: change that lane")
    ]


async def test_known_ids(conn: Conn) -> None:
    await a_country(conn)
    assert await network.known_zones(conn, ["seoul", "atlantis"]) == {"seoul"}
    assert await network.known_nodes(conn, ["icheon-1", "icheon-2"]) == {"icheon-1"}
    assert await network.known_calendars(conn, ["weekdays", "x"]) == {"weekdays"}


async def test_of_many_who_find_the_network_changed_one_reads_it(db: Pool) -> None:
    async with db.transaction() as conn:
        await a_country(conn)

    async def look() -> Network:
        async with db.transaction() as conn:
            return await network_of(conn)

    first = {id(each) for each in await asyncio.gather(*(look() for _ in range(6)))}
    async with db.transaction() as conn:
        await network.load_zones(conn, csv("busan,부산,Busan,35179000,129075000"))
    found = await asyncio.gather(*(look() for _ in range(6)))

    assert len(first) == 1
    assert len({id(each) for each in found}) == 1
    assert "busan" in found[0].zones
