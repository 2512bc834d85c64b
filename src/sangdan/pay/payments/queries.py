"""All SQL of the payments room: one statement, one function, no decisions."""

from typing import Final, LiteralString
from uuid import UUID

from msgspec.structs import asdict

from sangdan.kit.db import Conn, many, maybe, run

from .model import Call, Drift, Payment

_PAYMENT: Final[LiteralString] = """
    SELECT order_id, payment_id, shop_id, currency, state, amount_minor, captured_minor, refunded_minor, requested_at
      FROM payments.payment
     WHERE order_id = %(order_id)s
"""
PAYMENT: Final[LiteralString] = _PAYMENT + " AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)"
LOCKED: Final[LiteralString] = _PAYMENT + " FOR UPDATE"
CALLS: Final[LiteralString] = """
    SELECT order_id, key, kind, amount_minor, outcome, gateway_ref, answers, asked_at, answered_at
      FROM payments.call WHERE order_id = %(order_id)s ORDER BY asked_at, key
"""
ADD_CALL: Final[LiteralString] = """
    INSERT INTO payments.call (order_id, key, kind, amount_minor, asked_at)
    VALUES (%(order_id)s, %(key)s, %(kind)s, %(amount_minor)s, %(asked_at)s)
"""
SAVE: Final[LiteralString] = """
    -- Under the payment's row lock: the call and the payment as an answer, or its absence, leaves them.
    WITH moved AS (
        UPDATE payments.payment
           SET state = %(state)s, captured_minor = %(captured_minor)s, refunded_minor = %(refunded_minor)s
         WHERE order_id = %(order_id)s
    )
    INSERT INTO payments.call (order_id, key, kind, amount_minor, outcome, gateway_ref, answers, asked_at, answered_at)
    VALUES (%(order_id)s, %(key)s, %(kind)s, %(amount_minor)s, %(outcome)s, %(gateway_ref)s, %(answers)s,
            %(asked_at)s, %(answered_at)s)
    ON CONFLICT (order_id, key) DO UPDATE
       SET outcome = excluded.outcome, gateway_ref = excluded.gateway_ref,
           answers = excluded.answers, answered_at = excluded.answered_at
"""
MOVE: Final[LiteralString] = """
    UPDATE payments.payment
       SET state = %(state)s, captured_minor = %(captured_minor)s, refunded_minor = %(refunded_minor)s
     WHERE order_id = %(order_id)s
"""
DRIFT: Final[LiteralString] = """
    WITH approved AS (
        SELECT order_id,
               coalesce(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0)::bigint AS captured_minor,
               coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0)::bigint AS refunded_minor
          FROM payments.call WHERE outcome = 'approved' GROUP BY order_id
    ), both_sides AS (
        SELECT p.order_id, p.captured_minor, p.refunded_minor,
               coalesce(a.captured_minor, 0) AS called_captured, coalesce(a.refunded_minor, 0) AS called_refunded
          FROM payments.payment p LEFT JOIN approved a USING (order_id)
    )
    SELECT 'captured' AS "check", order_id, captured_minor AS payment_minor, called_captured AS calls_minor
      FROM both_sides WHERE captured_minor <> called_captured
     UNION ALL
    SELECT 'refunded', order_id, refunded_minor, called_refunded
      FROM both_sides WHERE refunded_minor <> called_refunded
     ORDER BY 1, 2
"""


async def payment(conn: Conn, order_id: UUID, seen_by: str | None) -> Payment | None:
    """The payment of an order, if `seen_by` (an ally; None for the tower) may see it."""
    return await maybe(conn, Payment, PAYMENT, order_id=order_id, seen_by=seen_by)


async def locked(conn: Conn, order_id: UUID) -> Payment | None:
    """The payment, with its row locked: its calls cannot change meanwhile."""
    return await maybe(conn, Payment, LOCKED, order_id=order_id)


async def calls(conn: Conn, order_id: UUID) -> list[Call]:
    """The payment's calls, oldest first."""
    return await many(conn, Call, CALLS, order_id=order_id)


async def add_call(conn: Conn, call: Call) -> None:
    """Write down that a call is to be made."""
    await run(
        conn,
        ADD_CALL,
        order_id=call.order_id,
        key=call.key,
        kind=call.kind,
        amount_minor=call.amount_minor,
        asked_at=call.asked_at,
    )


async def save(conn: Conn, moved: Payment, call: Call) -> None:
    """Write the payment and one of its calls as they are now; the call may be new."""
    await run(
        conn,
        SAVE,
        state=moved.state,
        captured_minor=moved.captured_minor,
        refunded_minor=moved.refunded_minor,
        **asdict(call),
    )


async def move(conn: Conn, moved: Payment) -> None:
    """Write the payment's state and sums."""
    await run(
        conn,
        MOVE,
        order_id=moved.order_id,
        state=moved.state,
        captured_minor=moved.captured_minor,
        refunded_minor=moved.refunded_minor,
    )


async def drift(conn: Conn) -> list[Drift]:
    """Every payment whose sums are not those of its approved calls."""
    return await many(conn, Drift, DRIFT)
