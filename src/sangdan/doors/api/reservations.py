"""Holding stock for a basket, for a while."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.flows.check_nodes import check_nodes
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.offer.network.errors import NodeOut
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.errors import BadUnits, NoSuchReservation, OutOfStock
from sangdan.offer.stock.model import Reservation

from .fields import Code, CodeInQuery, Units


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units of one owner's SKU on one node."""

    node_id: Code
    sku: Code
    owner_id: Code
    units: Units


class Basket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to hold, and for how long: 1 second to 1 hour."""

    lines: Annotated[list[Wanted], Meta(min_length=1, max_length=100)]
    hold_s: Annotated[int, Meta(ge=1, le=3600)] = 900


class Hold(msgspec.Struct, frozen=True):
    """What is held until it expires, in the order asked for. Who knows a reservation's id may let go of it."""

    reservations: list[Reservation]


@post("/v1/reservations", tags=["stock"], responses=problems(OutOfStock, BadUnits, NodeOut))
async def reserve(
    data: JSONBody[Basket],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> Hold:
    """Hold every line of a basket, or none of them; a shop with a share of a shelf takes from its share."""
    held: dict[int, Reservation] = {}
    expires_at = at + timedelta(seconds=data.hold_s)
    await check_nodes(conn, [(line.node_id, line.sku) for line in data.lines], at)
    # Shelves are locked in one order everywhere, so that two baskets cannot wait for each other.
    for place in sorted(range(len(data.lines)), key=lambda n: _shelf(data.lines[n])):
        line = data.lines[place]
        wanted = Reservation(
            node_id=line.node_id,
            reservation_id=ids.new(at),
            sku=line.sku,
            owner_id=line.owner_id,
            units=line.units,
            expires_at=expires_at,
        )
        held[place] = await stock.reserve(conn, wanted, at, seer.partner_id)
    return Hold([held[place] for place in sorted(held)])


@delete("/v1/reservations/{reservation_id:uuid}", tags=["stock"], responses=problems(NoSuchReservation))
async def release(reservation_id: FromPath[UUID], node_id: CodeInQuery, conn: NamedDependency[Conn]) -> None:
    """Let go of a basket's hold before it expires."""
    await stock.release(conn, node_id, reservation_id)


def _shelf(line: Wanted) -> tuple[str, str, str]:
    return line.node_id, line.sku, line.owner_id
