"""The latest snapshot behind the port: looked for now and then, read once, and answered from by every question."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sangdan.kit.db import Conn
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.model import Service
from sangdan.offer.promise.model.history import Trip
from sangdan.offer.promise.model.snapshot import Answers, SnapshotUnfit, decode
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit

log = logging.getLogger("sangdan.transit")

LOOK_EVERY: Final = timedelta(seconds=30)
STALE: Final = timedelta(days=30)  # what was learned before that says nothing of today


class Learned(Transit):
    """Answers from one snapshot; lanes of services that it does not know are believed."""

    def __init__(self, snapshot_no: int, answers: dict[str, Answers]) -> None:
        self.snapshot_no = snapshot_no
        self._answers = answers

    def quantiles(self, service: Service, trip: Trip, at: datetime) -> Sequence[int]:
        """See Transit."""
        answers = self._answers.get(service)
        return trip.configured_s if answers is None else answers.quantiles(trip)


class Shelf:
    """Where a server keeps the snapshot that it answers from."""

    def __init__(self) -> None:
        self._transit: Transit = AS_CONFIGURED
        self._looked_at: datetime | None = None

    async def transit(self, conn: Conn, at: datetime) -> Transit:
        """What to answer from now: the latest snapshot, or the lanes as configured while there is none but old ones."""
        if self._looked_at is None or abs(at - self._looked_at) >= LOOK_EVERY:
            self._looked_at = at
            newest_no = await promises.newest_snapshot_no(conn, at - STALE)
            if newest_no != self._transit.snapshot_no:
                self._transit = AS_CONFIGURED if newest_no is None else await read(conn, newest_no)
        return self._transit


async def read(conn: Conn, snapshot_no: int) -> Learned:
    """A stored snapshot, ready to answer; a service whose part cannot be used goes by its lanes, and that is logged."""
    answers: dict[str, Answers] = {}
    for stored in await promises.snapshots(conn, snapshot_no):
        try:
            answers[stored.service] = Answers(decode(stored.body))
        except SnapshotUnfit as unfit:
            log.warning("%s of snapshot %s is not used: %s", stored.service, snapshot_no, unfit.detail)
    return Learned(snapshot_no, answers)
