"""Holding a promise: its units and its places in the floors' hours, for a shopper who makes up their mind."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.doors.texts import language
from sangdan.flows import hold_way
from sangdan.flows.place_order import PromiseTaken, StockGone
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.settings import Settings
from sangdan.offer.network.errors import NodeOut
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.errors import PromiseAltered, PromiseExpired, PromiseForeign, PromiseOutdated
from sangdan.order.baskets.errors import HeldAlready, NoSuchHold, TooManyHolds

from .desk import Desk


class NewHold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which promise to hold, and for how long: 1 second to 1 hour, and never longer than the promise itself stands.

    token  as it was handed out to this very client
    """

    token: Annotated[str, Meta(min_length=1, max_length=1_000_000)]
    hold_s: Annotated[int, Meta(ge=1, le=3600)] = 900


class HoldView(msgspec.Struct, frozen=True):
    """What is held until it expires. An order takes it by naming it: POST /v1/orders with `hold_id`."""

    hold_id: UUID
    expires_at: datetime


@post(
    "/v1/holds",
    tags=["promises"],
    responses=problems(
        PromiseAltered, PromiseForeign, PromiseExpired, PromiseOutdated, PromiseTaken, TooManyHolds, HeldAlready,
        StockGone, NodeOut,
    ),
)  # fmt: skip
async def hold(
    data: JSONBody[NewHold],
    request: Request[Seer, Any, Any],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    desk: NamedDependency[Desk],
    settings: NamedDependency[Settings],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> HoldView:
    """Keep everything that a promise needs, or nothing of it: the units, and the hours of the floors that pack them.

    When goods or hour went in between (`stock-gone`), the problem carries fresh ways in `args.alternatives`.
    """
    assert seer.partner_id is not None, "a shop acts for an ally"
    try:
        held = await hold_way.hold(
            conn, data.token, seer.client_id, seer.partner_id, data.hold_s, desk.secret, at, most=settings.holds_max
        )
    except StockGone as gone:
        opened = promises.open_(data.token, seer.client_id, at, desk.secret)
        spoken = language(request.headers.get("accept-language"))
        short = {each["sku"] for each in gone.facts["short"] if "sku" in each}
        gone.facts.update(await desk.instead(conn, opened.facts, short, seer.client_id, ids.new(at), spoken, at))
        raise
    return HoldView(held.order_id, held.expires_at)


@delete("/v1/holds/{hold_id:uuid}", tags=["promises"], responses=problems(NoSuchHold))
async def release(
    hold_id: FromPath[UUID],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
) -> None:
    """Let go of a hold before it expires; its units and places are free at once."""
    await hold_way.release(conn, hold_id, seer.client_id, at)
