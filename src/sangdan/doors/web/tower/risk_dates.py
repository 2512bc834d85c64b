"""The dates that can still be had for a parcel at risk, to choose one of."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sangdan.doors.web import states
from sangdan.doors.web.answers import words
from sangdan.doors.web.names import node_name
from sangdan.doors.web.words import Words
from sangdan.flows.later_date import Date, later_dates
from sangdan.flows.picture import network_of
from sangdan.flows.shopper_picture import number_of
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool
from sangdan.offer.network.model import Network

from .frame import page
from .places import ALLIES
from .risk_actions import PIN, costs
from .tables import check_role


class Shown(msgspec.Struct, frozen=True):
    """A date in words; `pin` is what choosing it sends."""

    pin: str
    when: str
    way: str
    cost: str
    keeps: bool


@get("/risks/{parcel_id:uuid}/dates")
async def dates(
    request: Request[Seer, Any, Any], parcel_id: FromPath[UUID], pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:  # fmt: skip
    """What can still be had, the soonest first."""
    check_role(request, ALLIES)
    say = words(request)
    async with pool.transaction() as conn:
        found = await later_dates(conn, parcel_id, at, request.user.seen_by)
        network = await network_of(conn)
    before = found.before
    return page(
        request, "tower/risk_dates.html", order_id=before.order_id, number=number_of(before.order_id),
        parcel_no=before.parcel_no, promised=say.when(before.promised_at), chance=say.chance(before.probability_ppm),
        node=node_name(before.node_id, network, say), service=say(states.SERVICE[before.service]),
        dates=[_shown(date, parcel_id, network, say) for date in found.dates],
    )  # fmt: skip


def _shown(date: Date, parcel_id: UUID, network: Network, say: Words) -> Shown:
    way = say(
        "%(node)s, %(service)s · %(chance)s",
        node=" + ".join(node_name(node_id, network, say) for node_id in date.node_ids),
        service=say(states.SERVICE[date.service]),
        chance=say.chance(date.chance_ppm),
    )
    when = say("by %(promised)s", promised=say.when(date.promised_at))
    return Shown(f"{parcel_id}{PIN}{date.key}", when, way, costs(date, say), date.keeps)
