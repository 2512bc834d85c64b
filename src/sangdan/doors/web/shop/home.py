"""The storefront's first page: what is with the shopper today, what others like, and which doors are near."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency

from sangdan.flows.lay_out_front import lay_out_front
from sangdan.flows.near_stores import Door, doors_near
from sangdan.flows.picture import Shelves, network_of
from sangdan.flows.shop_window import Looker
from sangdan.kit.db import Pool
from sangdan.offer.network.model import Network

from ..answers import html, words
from .shell import Shell
from .telling import Teller

DOORS: Final = 3


@get("/", opt={"open": True})
async def page(
    request: Request[Any, Any, Any],
    shell: NamedDependency[Shell],
    pool: NamedDependency[Pool],
    shelves: NamedDependency[Shelves],
    at: NamedDependency[datetime],
) -> Response[str]:
    """Home."""
    async with pool.transaction() as conn:
        network = await network_of(conn)
        names = [each.category for each in shell.departments]
        front = await lay_out_front(conn, network, looker_of(shell, network, at), names, shelves)
    return html(
        request, "shop/home.html", shell=shell, tell=Teller(words(request), at), front=front,
        doors=_doors(shell, network, at),
    )  # fmt: skip


def looker_of(shell: Shell, network: Network, at: datetime) -> Looker:
    """For whom cards are laid out: this shop's shopper, at the place that they named."""
    place = None if shell.place is None else network.zone_of(shell.place.postcode)
    return Looker(shop_id=shell.visitor.shop_id, place=place, at=at)


def _doors(shell: Shell, network: Network, at: datetime) -> Sequence[Door]:
    if shell.place is None:
        return ()
    return list(islice(doors_near(network, network.zone_of(shell.place.postcode), at), DOORS))
