"""Parcels on their way: where they are, and the carriers' reports."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import Body, FromPath, JSONBody
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.delivery.errors import NoSuchParcel
from sangdan.ship.delivery.model import Parcel, Report, State, Tracked

from .fields import Text, check_instant
from .nodes import seen_order


class Tracking(msgspec.Struct, frozen=True):
    """A parcel after its hand-over, with every report of its carrier by the carrier's time."""

    parcel: Parcel
    reports: list[Tracked]


class NewReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A carrier's report; `at` is the carrier's own instant."""

    at: Annotated[datetime, Meta(tz=True)]
    state: State
    detail: Text | None = None


class ParcelReport(NewReport, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A report of one of several parcels."""

    parcel_id: UUID


class Refusal(msgspec.Struct, frozen=True):
    """A report that was not taken; `index` counts from 0 in what was sent."""

    index: int
    code: str
    detail: str


class Taken(msgspec.Struct, frozen=True):
    """How many reports were taken, and which were not."""

    taken: int
    refused: list[Refusal]


Reports = Annotated[list[ParcelReport], Body(min_items=1, max_items=1000)]


@get("/v1/parcels/{parcel_id:uuid}", tags=["parcels"], responses=problems(NoSuchParcel))
async def parcel(parcel_id: FromPath[UUID], conn: NamedDependency[Conn], seer: NamedDependency[Seer]) -> Tracking:
    """Where a parcel is. A carrier sees those it carries, an ally those of orders it has a part in."""
    order_id = await _order_of(conn, parcel_id)
    carrier_id = seer.seen_by if seer.role == "courier" else None
    if carrier_id is None and seer.seen_by is not None:
        try:
            await seen_order(conn, order_id, seer)
        except NoSuchOrder as foreign:  # which would say of what order the parcel is
            raise _unknown(parcel_id) from foreign
    found = await delivery.parcel(conn, order_id, parcel_id, carrier_id)
    return Tracking(found, await delivery.tracking(conn, order_id, parcel_id))


# Reports are kept once, by parcel, instant and state: sending them again changes nothing.
@post(
    "/v1/parcels/{parcel_id:uuid}/tracking",
    tags=["parcels"],
    status_code=200,
    opt={"harmless": True},
    responses=problems(NoSuchParcel),
)
async def track(
    parcel_id: FromPath[UUID],
    data: JSONBody[NewReport],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
) -> Parcel:
    """Take one report. It may come late, twice and out of order."""
    order_id = await _order_of(conn, parcel_id)
    return await delivery.track(conn, _report(order_id, parcel_id, data), seer.seen_by, at)


@post("/v1/tracking", tags=["parcels"], status_code=200, opt={"harmless": True}, responses=problems())
async def track_many(
    data: Reports, conn: NamedDependency[Conn], seer: NamedDependency[Seer], at: NamedDependency[datetime]
) -> Taken:
    """Take up to 1,000 reports at once; those of parcels that the carrier does not have are named, the others taken."""
    known = await orders.orders_of_parcels(conn, [each.parcel_id for each in data])
    refused: list[Refusal] = []
    # Parcels are locked in one order, so that two carriers' batches cannot wait for each other.
    for index in sorted(range(len(data)), key=lambda i: (data[i].parcel_id, data[i].at)):
        each = data[index]
        try:
            order_id = _known_order(known, each.parcel_id)
            await delivery.track(conn, _report(order_id, each.parcel_id, each), seer.seen_by, at)
        except NoSuchParcel as why:
            refused.append(Refusal(index, why.code, why.detail))
    return Taken(len(data) - len(refused), sorted(refused, key=lambda each: each.index))


async def _order_of(conn: Conn, parcel_id: UUID) -> UUID:
    return _known_order(await orders.orders_of_parcels(conn, [parcel_id]), parcel_id)


def _known_order(known: dict[UUID, UUID], parcel_id: UUID) -> UUID:
    if parcel_id not in known:
        raise _unknown(parcel_id)
    return known[parcel_id]


def _unknown(parcel_id: UUID) -> NoSuchParcel:
    return NoSuchParcel(f"Parcel {parcel_id} was not handed over.", parcel_id=str(parcel_id))


def _report(order_id: UUID, parcel_id: UUID, told: NewReport) -> Report:
    at = check_instant("at", told.at)
    return Report(order_id=order_id, parcel_id=parcel_id, at=at, state=told.state, detail=told.detail)
