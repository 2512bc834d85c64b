"""`sangdan drift`: prove that every balance is the sum of its facts."""

import asyncio

import msgspec
import psycopg

from sangdan.flows import drift as proof
from sangdan.kit import postgres
from sangdan.kit.settings import load

from .output import Json, answer, table


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
    with postgres.database(load()) as url:
        rows = asyncio.run(_drift(url))
    answer(Proof(tuple(proof.CHECKS), len(rows), rows), _told(rows), json=json)
    return 1 if rows else 0


async def _drift(url: str) -> list[proof.Drift]:
    async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC") as conn:
        # One moment for all checks: what others write meanwhile must not look like drift.
        await conn.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
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
