"""All SQL of the baskets: one statement, one function, no decisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from sangdan.kit.db import Conn, Json, many, maybe, run, value

from .model import Bought, Choice, HeldPlace, HeldUnits, Hold, Part, Wished

OPEN: Final[LiteralString] = """
    -- Check and write are one statement: a promise is held once at a time, and an order never again.
    INSERT INTO baskets.hold AS old (order_id, client_id, turn, state, token, units, places, expires_at, at)
    VALUES (%(order_id)s, %(client_id)s, 1, 'held', %(token)s, '[]', '[]', %(expires_at)s, %(at)s)
    ON CONFLICT (order_id) DO UPDATE
       SET turn = old.turn + 1, state = 'held', token = excluded.token, expires_at = excluded.expires_at,
           at = excluded.at
     WHERE old.state IN ('released', 'expired')
 RETURNING turn
"""
HELD_BY: Final[LiteralString] = """
    -- Counted no farther than it matters.
    SELECT count(*)
      FROM (SELECT FROM baskets.hold
             WHERE client_id = %(client_id)s AND state = 'held' AND expires_at > %(at)s
             LIMIT %(most)s) h
"""
FILL: Final[LiteralString] = """
    UPDATE baskets.hold SET units = %(units)s, places = %(places)s WHERE order_id = %(order_id)s
"""
LOCKED: Final[LiteralString] = """
    SELECT order_id, client_id, turn, token, units, places, expires_at
      FROM baskets.hold
     WHERE order_id = %(order_id)s AND state = 'held'
       FOR UPDATE
"""
END: Final[LiteralString] = """
    UPDATE baskets.hold SET state = %(state)s, token = NULL WHERE order_id = %(order_id)s
"""
TOUCH: Final[LiteralString] = """
    -- Also the lock under which a basket is counted.
    INSERT INTO baskets.basket AS old (basket_id, changed_at) VALUES (%(basket_id)s, %(at)s)
    ON CONFLICT (basket_id) DO UPDATE SET changed_at = excluded.changed_at
"""
WISHES: Final[LiteralString] = """
    SELECT sku, units, chosen FROM baskets.wish WHERE basket_id = %(basket_id)s ORDER BY at, sku
"""
UNITS: Final[LiteralString] = """
    SELECT coalesce(sum(units), 0)::bigint FROM baskets.wish WHERE basket_id = %(basket_id)s
"""
PUT: Final[LiteralString] = """
    INSERT INTO baskets.wish AS old (basket_id, sku, units, chosen, at)
    SELECT %(basket_id)s, sku, units, chosen, %(at)s
      FROM unnest(%(skus)s::text[], %(units)s::bigint[], %(chosen)s::boolean[]) AS w (sku, units, chosen)
    ON CONFLICT (basket_id, sku) DO UPDATE SET units = excluded.units, chosen = excluded.chosen
"""
DROP: Final[LiteralString] = """
    DELETE FROM baskets.wish WHERE basket_id = %(basket_id)s AND sku = ANY(%(skus)s::text[])
"""
CHOOSE: Final[LiteralString] = """
    INSERT INTO baskets.choice AS old (basket_id, promise_id, token, like_order_id, at)
    VALUES (%(basket_id)s, %(promise_id)s, %(token)s, %(like_order_id)s, %(at)s)
    ON CONFLICT (basket_id) DO UPDATE
       SET (promise_id, token, like_order_id, at)
         = (excluded.promise_id, excluded.token, excluded.like_order_id, excluded.at)
"""
CHOICE: Final[LiteralString] = """
    SELECT basket_id, promise_id, token, like_order_id, at FROM baskets.choice WHERE basket_id = %(basket_id)s
"""
DROP_PARTS: Final[LiteralString] = "DELETE FROM baskets.choice_part WHERE basket_id = %(basket_id)s"
PUT_PARTS: Final[LiteralString] = """
    INSERT INTO baskets.choice_part (basket_id, part_no, promise_id, token)
    SELECT %(basket_id)s, part_no + 1, promise_id, token
      FROM unnest(%(promise_ids)s::uuid[], %(tokens)s::text[]) WITH ORDINALITY AS p (promise_id, token, part_no)
"""
PARTS: Final[LiteralString] = """
    SELECT promise_id, token FROM baskets.choice_part WHERE basket_id = %(basket_id)s ORDER BY part_no
"""
BUY: Final[LiteralString] = """
    INSERT INTO baskets.bought (order_id, basket_id, at) VALUES (%(order_id)s, %(basket_id)s, %(at)s)
    ON CONFLICT (order_id, basket_id) DO NOTHING
"""
BOUGHT: Final[LiteralString] = """
    SELECT order_id, at FROM baskets.bought WHERE basket_id = %(basket_id)s ORDER BY at DESC, order_id LIMIT %(limit)s
"""
MAY_SEE: Final[LiteralString] = """
    SELECT EXISTS (SELECT FROM baskets.bought WHERE (order_id, basket_id) = (%(order_id)s, %(basket_id)s))
"""
AGREE: Final[LiteralString] = """
    INSERT INTO baskets.agreement (order_id, text, version, at)
    SELECT %(order_id)s, text, version, %(at)s
      FROM unnest(%(texts)s::text[], %(versions)s::text[]) AS a (text, version)
    ON CONFLICT (order_id, text) DO NOTHING
"""
AGREED: Final[LiteralString] = """
    SELECT text, version FROM baskets.agreement WHERE order_id = %(order_id)s ORDER BY text
"""
FORGET: Final[LiteralString] = """
    DELETE FROM baskets.basket
     WHERE basket_id IN (SELECT basket_id FROM baskets.basket WHERE changed_at < %(before)s
                          ORDER BY changed_at LIMIT %(limit)s)
"""


class _Agreed(msgspec.Struct, frozen=True):
    text: str
    version: str


class _Chosen(msgspec.Struct, frozen=True):
    basket_id: UUID
    promise_id: UUID
    token: str
    like_order_id: UUID | None
    at: datetime


class _Row(msgspec.Struct, frozen=True):
    order_id: UUID
    client_id: str
    turn: int
    token: str
    units: list[dict[str, Any]]
    places: list[dict[str, Any]]
    expires_at: datetime


async def open_(
    conn: Conn, order_id: UUID, client_id: str, token: str, expires_at: datetime, at: datetime
) -> int | None:
    """Begin a hold with nothing in it; gives its turn, None while there is another or when it became an order."""
    return await value(conn, OPEN, order_id=order_id, client_id=client_id, token=token, expires_at=expires_at, at=at)


async def held_by(conn: Conn, client_id: str, most: int, at: datetime) -> int:
    """How many holds of a client stand; of more than `most`, so many."""
    return await value(conn, HELD_BY, client_id=client_id, most=most, at=at)


async def fill(conn: Conn, hold: Hold) -> None:
    """Note what a hold holds."""
    await run(conn, FILL, order_id=hold.order_id, units=Json(hold.units), places=Json(hold.places))


async def locked(conn: Conn, order_id: UUID) -> Hold | None:
    """A hold that stands, with its row locked."""
    row = await maybe(conn, _Row, LOCKED, order_id=order_id)
    if row is None:
        return None
    units = msgspec.convert(row.units, tuple[HeldUnits, ...])
    places = msgspec.convert(row.places, tuple[HeldPlace, ...])
    return Hold(row.order_id, row.client_id, row.turn, row.token, units, places, row.expires_at)


async def end(conn: Conn, order_id: UUID, state: str) -> None:
    """A hold has ended: nothing of it is left to give back."""
    await run(conn, END, order_id=order_id, state=state)


async def touch(conn: Conn, basket_id: UUID, at: datetime) -> None:
    """A basket is used: it exists, and nobody else changes it until our transaction ends."""
    await run(conn, TOUCH, basket_id=basket_id, at=at)


async def wishes(conn: Conn, basket_id: UUID) -> list[Wished]:
    """What is in a basket, in the order in which it came."""
    return await many(conn, Wished, WISHES, basket_id=basket_id)


async def units(conn: Conn, basket_id: UUID) -> int:
    """How many units are in a basket."""
    return await value(conn, UNITS, basket_id=basket_id)


async def put(conn: Conn, basket_id: UUID, wanted: Sequence[Wished], at: datetime) -> None:
    """Write lines of a basket, in place of those of the same SKU."""
    await run(
        conn, PUT, basket_id=basket_id, skus=[each.sku for each in wanted], units=[each.units for each in wanted],
        chosen=[each.chosen for each in wanted], at=at,
    )  # fmt: skip


async def drop(conn: Conn, basket_id: UUID, skus: Sequence[str]) -> None:
    """Take lines off a basket."""
    await run(conn, DROP, basket_id=basket_id, skus=list(skus))


async def choose(conn: Conn, choice: Choice) -> None:
    """Keep the way or ways that are about to be taken, in place of those before."""
    await run(
        conn, CHOOSE, basket_id=choice.basket_id, promise_id=choice.promise_id, token=choice.token,
        like_order_id=choice.like_order_id, at=choice.at,
    )  # fmt: skip
    await run(conn, DROP_PARTS, basket_id=choice.basket_id)
    if choice.more:
        await run(
            conn, PUT_PARTS, basket_id=choice.basket_id, promise_ids=[part.promise_id for part in choice.more],
            tokens=[part.token for part in choice.more],
        )  # fmt: skip


async def choice(conn: Conn, basket_id: UUID) -> Choice | None:
    """The way or ways that are about to be taken from a basket."""
    first = await maybe(conn, _Chosen, CHOICE, basket_id=basket_id)
    if first is None:
        return None
    return Choice(**asdict(first), more=tuple(await many(conn, Part, PARTS, basket_id=basket_id)))


async def buy(conn: Conn, order_id: UUID, basket_id: UUID, at: datetime) -> None:
    """From now on an order may be looked at from a basket; harmless twice."""
    await run(conn, BUY, order_id=order_id, basket_id=basket_id, at=at)


async def bought(conn: Conn, basket_id: UUID, limit: int) -> list[Bought]:
    """The orders that may be looked at from a basket, the latest first."""
    return await many(conn, Bought, BOUGHT, basket_id=basket_id, limit=limit)


async def may_see(conn: Conn, order_id: UUID, basket_id: UUID) -> bool:
    """Whether an order may be looked at from a basket."""
    return await value(conn, MAY_SEE, order_id=order_id, basket_id=basket_id)


async def agree(conn: Conn, order_id: UUID, agreed: Mapping[str, str], at: datetime) -> None:
    """Keep what was agreed to with an order: versions by text."""
    await run(conn, AGREE, order_id=order_id, texts=list(agreed), versions=list(agreed.values()), at=at)


async def agreed(conn: Conn, order_id: UUID) -> dict[str, str]:
    """What was agreed to with an order: versions by text."""
    return {each.text: each.version for each in await many(conn, _Agreed, AGREED, order_id=order_id)}


async def forget(conn: Conn, before: datetime, limit: int) -> int:
    """Drop baskets that nobody has touched since; gives how many."""
    return await run(conn, FORGET, before=before, limit=limit)
