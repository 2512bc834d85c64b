"""`sangdan drift`: prove that every balance is the sum of its facts."""

import msgspec
from psycopg import IsolationLevel

from sangdan.flows import drift as proof
from sangdan.kit.db import Conn

from .output import Json, answer, table
from .session import in_database


class Proof(msgspec.Struct, frozen=True):
    """The answer: what was checked, and what is not as its facts say."""

    checks: tuple[str, ...]
    drift_rows: int
    rows: list[proof.Drift]


def drift(*, json: Json = False) -> int:
    """List every balance that differs from the sum of its facts: stock, money, statements, capacity.

    Nothing is locked and nothing is changed; it may run beside a busy server. Exit code 1 when anything is
    found, so that a timer can call it.
    """
    rows = in_database(_drift)
    answer(Proof(tuple(proof.CHECKS), len(rows), rows), _told(rows), json=json)
    return 1 if rows else 0


async def _drift(conn: Conn) -> list[proof.Drift]:
    # One moment for all checks: what others write meanwhile must not look like drift.
    await conn.set_isolation_level(IsolationLevel.REPEATABLE_READ)
    await conn.set_read_only(True)
    return await proof.drift(conn)


def _told(rows: list[proof.Drift]) -> str:
    """The answer as people read it."""
    if not rows:
        return f"No drift: {', '.join(proof.CHECKS)} add up."
    cells = [
        (each.room, each.row["check"], ", ".join(f"{k} {v}" for k, v in each.row.items() if k != "check"))
        for each in rows
    ]
    return table(("room", "check", "what"), cells)
