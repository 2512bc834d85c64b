"""Whether a database is sound: its form is this version's, its pages are readable, its balances and feed add up."""

from typing import Any

import msgspec
from psycopg import IsolationLevel

from sangdan.kit import structure
from sangdan.kit.db import Conn
from sangdan.kit.migrate import Standing

from .drift import CHECKS, drift


class Wrong(msgspec.Struct, frozen=True):
    """One thing that is not as it should be.

    check  which of the checks found it: form, structure, indexes, pages, feed, or one of `sangdan drift`
    what   a sentence, or what the check says
    """

    check: str
    what: str


class Soundness(msgspec.Struct, frozen=True):
    """What was checked, what is wrong, and what could not be looked at."""

    checks: list[str]
    wrong: list[Wrong]
    notes: list[str]


def form(standing: Standing) -> list[Wrong]:
    """Whether the database has had every change that this version knows."""
    lacking = [*standing.expansions, *standing.functions]
    found = [Wrong("form", f"{name} has not been applied: run `sangdan db migrate`") for name in lacking]
    if standing.taken_away:
        found.append(Wrong("form", f"a newer version has taken something away: {', '.join(standing.taken_away)}"))
    return found


async def contents(conn: Conn, wanted: dict[str, str] | None) -> tuple[list[str], list[Wrong]]:
    """Everything that can be asked over one connection, at one moment, while others write.

    conn    before its first statement
    wanted  the parts of a database of this version; None when another version's form is in place
    gives   names of the checks, and what they found
    """
    await conn.set_isolation_level(IsolationLevel.REPEATABLE_READ)
    await conn.set_read_only(True)
    wrong: list[Wrong] = []
    if wanted is not None:
        wrong += [Wrong("structure", text) for text in structure.differences(await structure.parts(conn), wanted)]
    wrong += [
        Wrong("indexes", f"{name} was never finished: run `sangdan db shell -- -c 'REINDEX INDEX {name}'`")
        for name in await structure.invalid_indexes(conn)
    ]
    wrong += _feed(await structure.feed(conn))
    wrong += [Wrong(found.room, _told(found.row)) for found in await drift(conn)]
    read = await structure.pages(conn)
    if read.failures:
        wrong.append(Wrong("pages", f"{read.failures} pages did not match their checksums: restore from a backup"))
    names = [*(["structure"] if wanted is not None else []), "indexes", "feed", *CHECKS, "checksums"]
    return names, wrong


def _feed(seen: structure.Feed) -> list[Wrong]:
    if structure.is_whole(seen):
        return []
    return [
        Wrong(
            "feed",
            f"its head is {seen.head}, its last entry {seen.last}, it has {seen.entries} entries, "
            f"{seen.without_fact} of them without a fact",
        )
    ]


def _told(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())
