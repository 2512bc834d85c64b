"""Transit times are learned anew, every day, from the parcels that this alliance has sent: a snapshot for its servers.

The parcels are read in the step's transaction; they are learned from in a thread beside it, so that whoever asks
meanwhile is answered. Learning again from the same parcels gives the same snapshot, but for its number.
"""

import asyncio
import heapq
import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from sangdan.flows.picture import network_of
from sangdan.kit.db import Conn
from sangdan.kit.events import due, set_timer
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.model.snapshot import Snapshot, encode
from sangdan.offer.promise.model.transit import Learner
from sangdan.offer.promise.queries import StoredSnapshot

from .courses import Course, courses
from .serving import Learned, Shelf, read

__all__ = ["Course", "Learned", "Shelf", "keep_going", "learn", "learned_from", "read"]

log = logging.getLogger("sangdan.transit")

KIND: Final = "promise.transit"
# One timer: another process that sets it only moves it.
KEY: Final = "learn"
EVERY: Final = timedelta(days=1)
# Whoever starts waits a little: a server that is started again and again does not learn again and again.
FIRST_AFTER: Final = timedelta(minutes=10)
REFIT_S: Final = 14 * 86_400
KEPT: Final = 14  # snapshots: a fortnight's, to look back at


async def keep_going(conn: Conn, at: datetime) -> None:
    """Have it learned every day from now on; whoever starts while it is fresh waits until it is a day old."""
    newest_at = await promises.newest_learned_at(conn)
    due_at = at + FIRST_AFTER
    await set_timer(conn, KIND, KEY, due_at if newest_at is None else max(due_at, newest_at + EVERY))


@due(KIND)
async def learn_daily(conn: Conn, key: str, _: dict[str, Any], at: datetime) -> None:
    """Learn, and set the timer for tomorrow."""
    learned = await learn(conn, at)
    log.info("transit times learned: %s", {each.service: each.completed for each in learned})
    await set_timer(conn, KIND, key, at + EVERY)


async def learn(conn: Conn, at: datetime) -> list[StoredSnapshot]:
    """Learn from the parcels promised until now, and keep what was learned under the next number.

    gives  a part for each service with enough of them; nothing is kept when there is none
    """
    await promises.lock_snapshots(conn)
    found = await courses(conn, await network_of(conn), at)
    learned = await asyncio.to_thread(learned_from, found, at)
    if not learned:
        return []
    number = await promises.next_snapshot_no(conn)
    parts = [
        StoredSnapshot(number, service, at, snapshot.completed, encode(snapshot))
        for service, snapshot in sorted(learned.items())
    ]
    for part in parts:
        await promises.keep_snapshot(conn, part)
    await promises.forget_snapshots(conn, number - KEPT)
    return parts


def learned_from(found: Sequence[Course], at: datetime) -> dict[str, Snapshot]:
    """By service, what parcels teach by an instant; services with too few of them are left out.

    found  in order of time, nothing in it later than the instant
    """
    by_service: defaultdict[str, list[Course]] = defaultdict(list)
    for course in found:
        by_service[course.service].append(course)
    learned: dict[str, Snapshot] = {}
    for service, ways in by_service.items():
        if (snapshot := _taught(ways, at).snapshot(at)) is not None:
            learned[service] = snapshot
    return learned


def _taught(ways: Sequence[Course], at: datetime) -> Learner:
    """A learner that lived through the parcels, each fact at its own instant."""
    learner = Learner(refit_s=REFIT_S)
    ahead: list[tuple[datetime, int, bool, str]] = []
    numbers = count()

    def tell(until: datetime) -> None:
        while ahead and ahead[0][0] <= until:
            happened_at, _, arrives, parcel_id = heapq.heappop(ahead)
            (learner.observe if arrives else learner.hand_over)(parcel_id, happened_at)

    for course in ways:
        tell(course.ordered_at)
        learner.expect(course.parcel_id, course.trip, course.ordered_at)
        for happened_at, arrives in ((course.handed_over_at, False), (course.arrived_at, True)):
            if happened_at is not None:
                heapq.heappush(ahead, (max(happened_at, course.ordered_at), next(numbers), arrives, course.parcel_id))
    tell(at)
    return learner
