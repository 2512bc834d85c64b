"""The work: does a worker lead, does it keep up, and what went out in vain."""

from datetime import datetime, timedelta
from typing import Final, LiteralString

import msgspec

from sangdan.kit.db import Conn, one

from .finding import Finding

LATE: Final = timedelta(seconds=60)

LOOK: Final[LiteralString] = """
    -- The lead is the advisory lock of kit.engine: the lower half of its number is an objid here.
    SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                    WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
                      AND l.objid::bigint = hashtext('sangdan.engine')::bigint & 4294967295) AS leads,
           (SELECT count(*) FROM kit.outbox) AS facts,
           (SELECT min(at) FROM kit.outbox) AS oldest_at,
           (SELECT count(*) FROM kit.outbox WHERE attempts > 0) AS failing,
           (SELECT min(due_at) FROM kit.timer) AS timer_at,
           (SELECT count(*) FROM webhooks.dead) AS dead_webhooks,
           (SELECT count(*) FROM notices.notice WHERE state = 'failed') AS failed_notices
"""


class SeenWork(msgspec.Struct, frozen=True):
    """What waits.

    leads           some process is the worker that leads
    facts           facts whose reactions have not run
    oldest_at       since when the oldest of them waits
    failing         those of them whose reactions have failed before
    timer_at        when the earliest timer is due
    dead_webhooks   endpoints that were switched off because they took nothing
    failed_notices  messages that no way could carry
    """

    leads: bool
    facts: int
    oldest_at: datetime | None
    failing: int
    timer_at: datetime | None
    dead_webhooks: int
    failed_notices: int


async def look_at_work(conn: Conn) -> SeenWork:
    """Ask the database, which has this version's form."""
    return await one(conn, SeenWork, LOOK)


def judge_work(seen: SeenWork, at: datetime) -> list[Finding]:
    """What does not get done.

    at  now
    """
    late = [since for since in (seen.oldest_at, seen.timer_at) if since is not None and at - since > LATE]
    found: list[Finding] = []
    if not seen.leads:
        found.append(
            Finding("error" if late else "warning", "no-worker",
                    "No worker leads" + (f", and work waits since {min(late).isoformat()}." if late else "."),
                    "Orders are not released, money is not taken, nobody is told anything.",
                    "systemctl start sangdan-worker, or: sangdan worker")
        )  # fmt: skip
    elif late:
        found.append(
            Finding("warning", "backlog", f"{seen.facts} facts wait, the oldest work since {min(late).isoformat()}.",
                    "Releases and messages are late.", "journalctl -u sangdan-worker tells what holds it up")
        )  # fmt: skip
    if seen.failing:
        found.append(
            Finding("warning", "facts-failing", f"The reactions to {seen.failing} facts have failed and are retried.",
                    "What should follow from them has not happened.", "journalctl -u sangdan-worker -p err")
        )  # fmt: skip
    if seen.dead_webhooks:
        found.append(
            Finding("warning", "webhooks-dead", f"{seen.dead_webhooks} webhooks took nothing and are switched off.",
                    "Those allies hear of nothing.", "sangdan webhooks list; see docs/webhooks.md")
        )  # fmt: skip
    if seen.failed_notices:
        found.append(
            Finding("warning", "notices-failed", f"{seen.failed_notices} messages to shoppers could not be sent.",
                    "Somebody waits for a parcel that will be late, and does not know.",
                    "sangdan notices list --state failed")
        )  # fmt: skip
    return found
