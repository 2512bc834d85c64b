"""The database server: its form, the settings that keep what is written, its clock, and who we are to it."""

from datetime import datetime
from typing import Final, LiteralString

import msgspec

from sangdan.kit.db import Conn, one
from sangdan.kit.migrate import Standing

from .finding import Finding

SKEW_S: Final = 2
SKEW_MOST_S: Final = 60
# What one process needs beside its pool: the lead, a migration.
BESIDE: Final = 2
BUSY_PPM: Final = 800_000
NAMED: Final = 3

LOOK: Final[LiteralString] = """
    -- When a statement began, the server knows by its own clock.
    SELECT current_setting('server_version') AS version,
           current_setting('fsync') = 'on' AS fsync,
           current_setting('full_page_writes') = 'on' AS full_page_writes,
           current_setting('synchronous_commit') <> 'off' AS synchronous_commit,
           current_setting('data_checksums') = 'on' AS checksums,
           current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
               AS connections,
           (SELECT count(*)::integer FROM pg_stat_activity WHERE backend_type = 'client backend') AS connected,
           (SELECT query_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS at,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
           (SELECT count(*)::integer FROM pg_index WHERE NOT (indisvalid AND indisready)) AS invalid_indexes
"""


class SeenDatabase(msgspec.Struct, frozen=True):
    """What a server says of itself; connections: how many there may be, connected: how many there are."""

    version: str
    fsync: bool
    full_page_writes: bool
    synchronous_commit: bool
    checksums: bool
    connections: int
    connected: int
    at: datetime
    is_superuser: bool
    invalid_indexes: int


async def look_at_database(conn: Conn) -> SeenDatabase:
    """Ask the server."""
    return await one(conn, SeenDatabase, LOOK)


def judge_database(seen: SeenDatabase, standing: Standing, at: datetime, pool_size: int) -> list[Finding]:
    """What is wrong with the server, and with our place in it.

    at         the process's clock when the server was asked
    pool_size  connections of one process
    """
    return [*_durability(seen), *_form(standing), *_room(seen, pool_size), *_clock(seen, at), *_rest(seen)]


def _durability(seen: SeenDatabase) -> list[Finding]:
    off = [
        name
        for name, on in (("fsync", seen.fsync), ("full_page_writes", seen.full_page_writes)) if not on
    ]  # fmt: skip
    found = [
        Finding("error", "not-durable", f"{name} is off.", "A power cut may destroy the whole database.",
                f"ALTER SYSTEM SET {name} = on; then restart PostgreSQL")
        for name in off
    ]  # fmt: skip
    if not seen.synchronous_commit:
        found.append(
            Finding("error", "commits-late", "synchronous_commit is off.",
                    "Orders that were acknowledged moments before a power cut are lost.",
                    "ALTER SYSTEM SET synchronous_commit = on; SELECT pg_reload_conf()")
        )  # fmt: skip
    if not seen.checksums:
        found.append(
            Finding("warning", "checksums-off", "Pages carry no checksums.", "A disk that forgets is noticed late.",
                    "Stop the server, then: pg_checksums --enable -D DATA_FOLDER")
        )  # fmt: skip
    return found


def _form(standing: Standing) -> list[Finding]:
    if standing.taken_away:
        return [
            Finding("error", "database-newer", "A newer version of Sangdan has contracted this database.",
                    "This version cannot work on it.", "Install the newer version")
        ]  # fmt: skip
    found: list[Finding] = []
    lacking = [*standing.expansions, *([] if standing.newer else standing.functions)]
    if lacking:
        named = ", ".join(lacking[:NAMED]) + (f" and {len(lacking) - NAMED} more" if lacking[NAMED:] else "")
        found.append(
            Finding("warning" if standing.may_change else "error", "database-older",
                    f"The database lacks {named}.",
                    "The next start makes these changes." if standing.may_change
                    else "The server does not start: its role may not change the database.",
                    "sangdan db migrate, as the role that owns the database")
        )  # fmt: skip
    if standing.newer:
        found.append(
            Finding("note", "database-ahead", f"The database has {len(standing.newer)} changes of a newer version.",
                    "This version goes on working; commands of it leave the database's form alone.",
                    "Install the newer version")
        )  # fmt: skip
    if standing.contractions:
        found.append(
            Finding("note", "contractions-wait", f"{', '.join(standing.contractions)} wait.",
                    "What only older versions need is still there.",
                    "When no older version runs any more: sangdan db migrate --contract")
        )  # fmt: skip
    return found


def _room(seen: SeenDatabase, pool_size: int) -> list[Finding]:
    if pool_size + BESIDE > seen.connections:
        return [
            Finding("error", "pool-too-large",
                    f"A process takes up to {pool_size} connections, the server gives {seen.connections} to all.",
                    "Requests wait and are refused while the database idles.",
                    "Lower SANGDAN_DATABASE_POOL_SIZE, or raise max_connections")
        ]  # fmt: skip
    if seen.connected * 1_000_000 > seen.connections * BUSY_PPM:
        return [
            Finding("warning", "connections-scarce",
                    f"{seen.connected} of {seen.connections} connections are taken.",
                    "One more process, and requests are refused.",
                    "Lower SANGDAN_DATABASE_POOL_SIZE, or raise max_connections")
        ]  # fmt: skip
    return []


def _clock(seen: SeenDatabase, at: datetime) -> list[Finding]:
    skew_s = abs((seen.at - at).total_seconds())
    if skew_s <= SKEW_S:
        return []
    return [
        Finding("error" if skew_s > SKEW_MOST_S else "warning", "clock-skew",
                f"This machine's clock and the database's differ by {skew_s:.0f} s.",
                "Cut-offs, timers and promises are reckoned by this machine's: orders go out too early or too late.",
                "timedatectl set-ntp true, on both machines")
    ]  # fmt: skip


def _rest(seen: SeenDatabase) -> list[Finding]:
    found: list[Finding] = []
    if seen.is_superuser:
        found.append(
            Finding("warning", "superuser", "Sangdan is the database's superuser.",
                    "A mistake or a break-in reaches everything on that server.",
                    "Make a role of its own, then: sangdan db grant ROLE (docs/install.md)")
        )  # fmt: skip
    if seen.invalid_indexes:
        found.append(
            Finding("warning", "indexes-unfinished", f"{seen.invalid_indexes} indexes were never finished.",
                    "What they should make quick is slow.", "sangdan db check names them")
        )  # fmt: skip
    return found
