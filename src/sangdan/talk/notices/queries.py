"""All SQL of the notices room: one statement, one function, no decisions."""

from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit import lists
from sangdan.kit.db import Conn, Json, many, maybe, run, value
from sangdan.kit.lists import Listing, Wish

from .model import Args, Channel, Known, Language, Notice, State, Topic

BUYER: Final[LiteralString] = "SELECT shop_id, shopper_id FROM orders.buyer WHERE order_id = %(order_id)s"
NOTE: Final[LiteralString] = """
    -- Facts of a topic that come before it is decided what to say are said together; a fact that was noted before
    -- changes nothing.
    WITH joined AS (
        UPDATE notices.notice
           SET causes = CASE WHEN %(cause)s = ANY(causes) THEN causes ELSE causes || %(cause)s::text END,
               due_at = least(due_at, %(due_at)s)
         WHERE (order_id, topic) = (%(order_id)s, %(topic)s) AND template IS NULL AND state IN ('waiting', 'held')
     RETURNING notice_id
    )
    INSERT INTO notices.notice (order_id, notice_id, topic, shop_id, shopper_id, causes, at, due_at)
    SELECT %(order_id)s, %(notice_id)s, %(topic)s, %(shop_id)s, %(shopper_id)s, ARRAY[%(cause)s::text], %(at)s,
           %(due_at)s
     WHERE NOT EXISTS (SELECT FROM joined)
    ON CONFLICT DO NOTHING
"""
_FIELDS: Final[LiteralString] = """
    SELECT order_id, notice_id, topic, shop_id, shopper_id, causes, at, state, because, due_at, template, args,
           language, channel, receiver, round, leg, attempts, provider_ref, sent_at
"""
_NOTICE: Final[LiteralString] = _FIELDS + " FROM notices.notice"
DUE: Final[LiteralString] = (
    _NOTICE
    + """
     WHERE state IN ('waiting', 'held', 'sending') AND due_at <= %(at)s
     ORDER BY due_at, order_id, at, notice_id
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
"""
)
NEXT_DUE: Final[LiteralString] = """
    SELECT min(due_at) AS due_at FROM notices.notice WHERE state IN ('waiting', 'held', 'sending')
"""
KNOWN: Final[LiteralString] = """
    -- Locks what the shopper knows: of two messages to one shopper the second builds on the first.
    INSERT INTO notices.told AS old (order_id, known) VALUES (%(order_id)s, %(known)s)
    ON CONFLICT (order_id) DO UPDATE SET known = old.known
    RETURNING known
"""
LEARN: Final[LiteralString] = "UPDATE notices.told SET known = %(known)s WHERE order_id = %(order_id)s"
WORD: Final[LiteralString] = """
    UPDATE notices.notice SET template = %(template)s, args = %(args)s, language = %(language)s
     WHERE (order_id, notice_id) = (%(order_id)s, %(notice_id)s)
"""
MOVE: Final[LiteralString] = """
    UPDATE notices.notice
       SET state = %(state)s, because = %(because)s, due_at = coalesce(%(due_at)s, due_at),
           receiver = coalesce(%(receiver)s, receiver)
     WHERE (order_id, notice_id) = (%(order_id)s, %(notice_id)s)
"""
RECORD: Final[LiteralString] = """
    -- Whoever lost the lease meanwhile changes nothing any more.
    UPDATE notices.notice
       SET state = %(state)s, because = %(because)s, due_at = coalesce(%(due_at)s, due_at), leg = %(leg)s,
           attempts = %(attempts)s, channel = coalesce(%(channel)s, channel), provider_ref = %(provider_ref)s,
           sent_at = CASE WHEN %(state)s = 'sent' THEN %(at)s::timestamptz END
     WHERE (order_id, notice_id) = (%(order_id)s, %(notice_id)s)
       AND state = 'sending' AND (round, leg, attempts) = (%(round)s, %(was_leg)s, %(was_attempts)s)
"""
PUT_OFF: Final[LiteralString] = """
    UPDATE notices.notice
       SET state = %(state)s, because = 'not_ready', due_at = coalesce(%(due_at)s, due_at), attempts = %(attempts)s
     WHERE (order_id, notice_id) = (%(order_id)s, %(notice_id)s)
"""
AGAIN: Final[LiteralString] = """
    UPDATE notices.notice n
       SET state = 'waiting', because = NULL, due_at = %(at)s, round = round + 1, leg = 0, attempts = 0,
           provider_ref = NULL
     WHERE (order_id, notice_id) = (%(order_id)s, %(notice_id)s) AND state IN ('failed', 'suppressed')
       AND (template IS NOT NULL
            OR NOT EXISTS (SELECT FROM notices.notice w
                            WHERE (w.order_id, w.topic) = (n.order_id, n.topic) AND w.template IS NULL
                              AND w.state IN ('waiting', 'held')))
"""
SEE: Final[LiteralString] = (
    _NOTICE
    + """
     WHERE notice_id = %(notice_id)s AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)
"""
)
PAGE: Final[LiteralString] = (
    _NOTICE
    + """
     WHERE (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)
       AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)
       AND (%(state)s::text IS NULL OR state = %(state)s)
       AND notice_id > %(after)s::uuid
     ORDER BY notice_id
     LIMIT %(limit)s
"""
)
ROWS: Final[LiteralString] = "SELECT * FROM notices.notice WHERE true"
LISTED: Final[LiteralString] = (
    "WITH looked AS ("
    + ROWS
    + ")"
    + _FIELDS
    + " FROM looked WHERE (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)"
)
# What is not over is found by another index than the order's.
_UNSENT: Final[LiteralString] = """
    SELECT * FROM (SELECT * FROM notices.notice WHERE state IN ('waiting', 'held', 'sending') OFFSET 0) u WHERE true
"""
_OVER: Final = frozenset({"state:suppressed", "state:failed"})
_OPEN: Final = frozenset({"state:waiting", "state:held", "state:sending"})
NOTICES: Final = Listing(
    select=LISTED,
    where={
        # Conditions that name their values word for word are served by an index of those rows alone.
        "state:waiting": "state = 'waiting'",
        "state:held": "state = 'held'",
        "state:sending": "state = 'sending'",
        "state:sent": "state = 'sent'",
        "state:suppressed": "state = 'suppressed'",
        "state:failed": "state = 'failed'",
        "topic": "topic = %(topic)s",
        "of": "order_id = %(of)s::uuid",
    },
    orders={
        "order": lists.Order(
            (("notice_id", "uuid"),),
            ("notice_id",),
            served=_OPEN | _OVER | {"of"},
            apart=dict.fromkeys(_OPEN, _UNSENT),
        )
    },
    rows=ROWS,
    most=20_000,
)
OF_ORDER: Final[LiteralString] = _NOTICE + " WHERE order_id = %(order_id)s ORDER BY at, notice_id"
RECENT: Final[LiteralString] = (
    _NOTICE
    + """
     WHERE state = 'sent' AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)
     ORDER BY sent_at DESC, notice_id DESC
     LIMIT %(limit)s
"""
)
FORGET: Final[LiteralString] = """
    UPDATE notices.notice SET receiver = NULL
     WHERE (shop_id, shopper_id) = (%(shop_id)s, %(shopper_id)s) AND receiver IS NOT NULL
"""


class Buyer(msgspec.Struct, frozen=True):
    """Whom an order's notices are for."""

    shop_id: str
    shopper_id: str


async def note(
    conn: Conn, order_id: UUID, notice_id: UUID, topic: Topic, cause: str, at: datetime, due_at: datetime
) -> None:
    """Note a fact that the order's shopper is to be told of."""
    buyer = await maybe(conn, Buyer, BUYER, order_id=order_id)
    if buyer is not None:
        await run(
            conn, NOTE, order_id=order_id, notice_id=notice_id, topic=topic, cause=cause, at=at, due_at=due_at,
            shop_id=buyer.shop_id, shopper_id=buyer.shopper_id,
        )  # fmt: skip


async def due(conn: Conn, at: datetime, limit: int) -> list[Notice]:
    """Notices that somebody has to look at by `at`, with their rows locked; those that others look at are left out."""
    return await _notices(conn, DUE, at=at, limit=limit)


async def next_due(conn: Conn) -> datetime | None:
    """When the next notice is due; None while none waits."""
    return await value(conn, NEXT_DUE)


async def known(conn: Conn, order_id: UUID, first: Known) -> Known:
    """What an order's shopper knows, locked; `first` when they were told nothing yet."""
    return msgspec.convert(await value(conn, KNOWN, order_id=order_id, known=Json(first)), Known)


async def learn(conn: Conn, order_id: UUID, known: Known) -> None:
    """Write what the shopper knows from now on."""
    await run(conn, LEARN, order_id=order_id, known=Json(known))


async def word(conn: Conn, notice: Notice, template: str, args: Args, language: Language) -> None:
    """Write what is said, for good."""
    await run(
        conn, WORD, order_id=notice.order_id, notice_id=notice.notice_id, template=template, args=Json(args),
        language=language,
    )  # fmt: skip


async def move(
    conn: Conn, notice: Notice, state: State, because: str | None, due_at: datetime | None, receiver: str | None = None
) -> None:
    """Write a notice's state; due_at and receiver stay as they are when None."""
    await run(
        conn, MOVE, order_id=notice.order_id, notice_id=notice.notice_id, state=state, because=because, due_at=due_at,
        receiver=receiver,
    )  # fmt: skip


async def record(
    conn: Conn, was: Notice, state: State, because: str | None, due_at: datetime | None, leg: int, attempts: int,
    channel: Channel | None, provider_ref: str | None, at: datetime,
) -> bool:  # fmt: skip
    """Write what became of a try; False when somebody else took it over meanwhile."""
    return bool(
        await run(
            conn, RECORD, order_id=was.order_id, notice_id=was.notice_id, round=was.round, was_leg=was.leg,
            was_attempts=was.attempts, state=state, because=because, due_at=due_at, leg=leg, attempts=attempts,
            channel=channel, provider_ref=provider_ref, at=at,
        )
    )  # fmt: skip


async def put_off(conn: Conn, notice: Notice, state: State, due_at: datetime | None, attempts: int) -> None:
    """Write that a notice could not be made ready."""
    await run(
        conn, PUT_OFF, order_id=notice.order_id, notice_id=notice.notice_id, state=state, due_at=due_at,
        attempts=attempts,
    )  # fmt: skip


async def again(conn: Conn, notice: Notice, at: datetime) -> bool:
    """Let a notice that is over wait once more; False when it is not over."""
    return bool(await run(conn, AGAIN, order_id=notice.order_id, notice_id=notice.notice_id, at=at))


async def see(conn: Conn, notice_id: UUID, seen_by: str | None) -> Notice | None:
    """A notice, if it is of the asker's shop (None: the tower)."""
    return next(iter(await _notices(conn, SEE, notice_id=notice_id, seen_by=seen_by)), None)


async def page(
    conn: Conn,
    seen_by: str | None,
    order_id: UUID | None,
    state: State | None,
    after: UUID,
    limit: int,
) -> list[Notice]:
    """Notices by the time of their order, after a known one."""
    return await _notices(conn, PAGE, seen_by=seen_by, order_id=order_id, state=state, after=after, limit=limit)


async def of_order(conn: Conn, order_id: UUID) -> list[Notice]:
    """All notices of an order, oldest first."""
    return await _notices(conn, OF_ORDER, order_id=order_id)


async def recent(conn: Conn, seen_by: str | None, limit: int) -> list[Notice]:
    """What was sent last, newest first."""
    return await _notices(conn, RECENT, seen_by=seen_by, limit=limit)


async def forget(conn: Conn, shop_id: str, shopper_id: str) -> int:
    """Drop the masked address of a person everywhere; gives in how many notices it stood."""
    return await run(conn, FORGET, shop_id=shop_id, shopper_id=shopper_id)


async def _notices(conn: Conn, sql: LiteralString, **args: Any) -> list[Notice]:
    return await many(conn, Notice, sql, **args)


async def listed(conn: Conn, seen_by: str | None, wish: Wish, limit: int) -> list[Notice]:
    """A page of notices as people look for them."""
    return await lists.page(conn, Notice, NOTICES, wish, limit, seen_by=seen_by)
