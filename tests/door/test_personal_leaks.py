"""After a story full of people, their strings are nowhere in the database, the logs, the figures or an answer kept."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import httpx
import pytest
from psycopg import sql

from sangdan.doors.api.app import House
from sangdan.kit.db import Conn, Pool
from sangdan.kit.engine import Engine

from . import alliance
from .conftest import AT
from .journey import Callers, placed, shipped

PATH: Final = "/v1/shoppers/kim"
KIM: Final = {
    "name": "독고영재",
    "phone": "010-0000-7391",
    "email": "youngjae.dokgo@example.com",
    "lines": ["경상북도 울릉군 울릉읍 도동길 77-3"],
    "clearance_code": "P000000007391",
}
DOOR: Final = {
    "name": "Wilhelmina Ottersby",
    "phone": "+44 20 7946 0958",
    "lines": ["서울특별시 도봉구 해등로 9191", "옥탑방"],
    "note": "비밀번호 4711#",
}
# What would betray them, in any spelling that we make of it; long enough not to come up in an id or a cipher by chance.
NEEDLES: Final = (
    *("독고영재", "010-0000-7391", "01000007391", "youngjae", "dokgo", "도동길", "P000000007391"),
    *("Wilhelmina", "Ottersby", "7946 0958", "442079460958", "해등로", "옥탑방", "4711#"),
)

TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
     ORDER BY 1, 2
"""


async def everything(conn: Conn) -> dict[str, str]:
    """Every row of every table as text, bytes in hexadecimal; by table."""
    told: dict[str, str] = {}
    for schema, table in await (await conn.execute(TABLES)).fetchall():
        rows = await conn.execute(sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(schema, table)))
        told[f"{schema}.{table}"] = "\n".join(row[0] for row in await rows.fetchall())
    return told


def betrayals(told: str) -> Iterator[str]:
    """The needles in a text, as they are or as the hexadecimal of their bytes."""
    for needle in NEEDLES:
        if needle in told or needle.encode().hex() in told:
            yield needle


def logged(records: list[logging.LogRecord]) -> str:
    """All that a log could write of its records."""
    return "\n".join(f"{each.getMessage()} {vars(each)} {each.exc_info}" for each in records)


async def test_a_story_full_of_people_leaves_no_word_of_them(
    callers: Callers, door: httpx.AsyncClient, engine: Engine, db: Pool, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shop = callers["shop"]
    await alliance.found(door)
    await shop.put(PATH, KIM)
    await shop.put(PATH, {**KIM, "phone": "010-0000-7391-1"})
    await shop.put("/v1/shoppers/lee", KIM)
    await shop.post(f"{PATH}/consents", {"kind": "ads", "given": True, "how": "signup"})
    await callers["tower"].post("/v1/shopper-searches", {"phone": KIM["phone"], "email": KIM["email"]})
    seen = [await shop.get(PATH), await callers["tower"].get(PATH, reason="call")]
    order = await shipped(callers, engine, DOOR)
    open_order = await placed(callers, DOOR)
    seen.append(await callers["courier"].get(f"/v1/orders/{order['order_id']}/recipient"))
    report = {"at": (AT + timedelta(hours=20)).isoformat(), "state": "delivered"}
    await callers["courier"].post(f"/v1/parcels/{order['parcels'][0]['parcel_id']}/tracking", report)
    await shop.delete(PATH)
    await engine.drain()
    await callers["tower"].get(f"{PATH}/kept", reason="law")
    await shop.put(f"/v1/orders/{open_order['order_id']}/recipient", DOOR)

    assert all(list(betrayals(answer.text)) for answer in seen), "the story has them in it"
    async with db.transaction() as conn:
        told = await everything(conn)
    assert {table: found for table, text in told.items() if (found := list(betrayals(text)))} == {}
    assert len(told["shoppers.kept"]) > 0
    assert len(told["shoppers.recipient"]) > 0
    assert list(betrayals(logged(caplog.records))) == []
    assert list(betrayals((await callers["tower"].get("/metrics")).text)) == []
    assert list(betrayals(repr(house.vault))) == []


async def test_a_betrayal_is_seen(conn: Conn) -> None:
    """In a text column, in a document, and as bytes."""
    await conn.execute("CREATE TABLE stock.bad (plain text, document jsonb, answer bytea)")
    await conn.execute("INSERT INTO stock.bad VALUES ('to 독고영재', '{\"a\": \"옥탑방\"}', %s)", [b"call 01000007391"])
    assert set(betrayals((await everything(conn))["stock.bad"])) == {"독고영재", "옥탑방", "01000007391"}
