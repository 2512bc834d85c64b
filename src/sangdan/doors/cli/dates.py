"""`sangdan promise evaluate, learn, learned`: judge learned dates on real orders; learn from our own, and look."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from sangdan.adapters import olist
from sangdan.doors.sim.dates import Evaluated, evaluated, run, spoken
from sangdan.doors.sim.dates.courses import courses
from sangdan.flows import learn_transit
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.problems import Invalid
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.model.fit import ALONE, THIN
from sangdan.offer.promise.model.snapshot import SnapshotUnfit, decode
from sangdan.offer.promise.model.transit import Learner
from sangdan.offer.promise.queries import StoredSnapshot

from .output import Json, answer, local, progress, table
from .session import in_database


class Part(msgspec.Struct, frozen=True):
    """What is in use for a service.

    completed  parcels that had arrived, of those it was learned from
    state      in use, or why not
    """

    service: str
    completed: int
    bytes: int
    state: str


class Looked(msgspec.Struct, frozen=True):
    """A snapshot of what was learned; number and instant are None while there is none."""

    snapshot_no: int | None
    learned_at: datetime | None
    services: list[Part]


class NothingToJudge(Invalid):
    """A folder whose orders say nothing about dates."""

    code = "nothing-to-judge"


def evaluate(folder: Path, /, *, json: Json = False) -> None:
    """Judge the learned dates on the real orders of Olist's public data set.

    Parameters
    ----------
    folder
        Holds the files under their original names, as CSV, plain or with .gz.
    """
    told = _judged(olist.read(folder))
    answer(told, spoken(told), json=json)


def _judged(files: olist.Files) -> Evaluated:
    read = olist.orders_of(files)
    found = list(courses(read, olist.alliance_of(files, read)))
    with progress() as bar:
        task = bar.add_task("orders", total=len(found))
        asked = run(found, read.happened, Learner(), lambda: bar.advance(task))
    told = evaluated(read.rows_in, asked)
    if told is None:
        raise NothingToJudge(f"All of {read.rows_in} orders were cancelled: there is no date to judge.")
    return told


def learn(*, json: Json = False) -> None:
    """Learn transit times from this alliance's own parcels."""
    at = WallClock().now()
    parts = in_database(lambda conn: learn_transit.learn(conn, at))
    told = _looked(parts)
    nothing = f"Nothing was learned: no service has more than {THIN} parcels that arrived. Lanes are believed."
    answer(told, _told(told) if parts else nothing, json=json)


def learned(*, json: Json = False) -> None:
    """Tell what servers answer from: the latest snapshot, how old it is, and from how many parcels it was learned."""

    async def look(conn: Conn) -> Sequence[StoredSnapshot]:
        newest_no = await promises.newest_snapshot_no(conn, datetime.fromtimestamp(0, UTC))
        return () if newest_no is None else await promises.snapshots(conn, newest_no)

    told = _looked(in_database(look))
    nothing = "Nothing was learned yet: lanes are believed as they are. `sangdan promise learn` learns now."
    answer(told, _told(told) if told.services else nothing, json=json)


def _looked(parts: Sequence[StoredSnapshot]) -> Looked:
    if not parts:
        return Looked(None, None, [])
    return Looked(parts[0].snapshot_no, parts[0].learned_at, [_part(stored) for stored in parts])


def _part(stored: StoredSnapshot) -> Part:
    try:
        known = decode(stored.body).around.scores[ALONE] is not None
        state = "in use" if known else "too few parcels: lanes are believed"
    except SnapshotUnfit as unfit:
        state = unfit.detail
    return Part(stored.service, stored.completed, len(stored.body), state)


def _told(told: Looked) -> str:
    assert told.learned_at is not None
    rows = [(part.service, part.completed, part.bytes, part.state) for part in told.services]
    found = table(("service", "parcels", "bytes", "state"), rows)
    return f"Snapshot {told.snapshot_no}, learned {local(told.learned_at)}.\n{found}"
