"""What stands around every page of the storefront: whose shop it is, who shops, for where, and what there is."""

from collections.abc import Sequence

import msgspec
from litestar.di import NamedDependency

from sangdan.flows.choose_place import Place, PlaceNotServed, place_at
from sangdan.flows.picture import network_of
from sangdan.kit.db import Conn, Pool
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import Category
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown
from sangdan.offer.network.model import Network, Zone
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.model import Disclosure, Partner

from ..words import Words
from .visitor import NoStorefront, Visitor


class Shell(msgspec.Struct, frozen=True, kw_only=True):
    """The frame's facts.

    place        where goods should go; None when nobody said, or nobody delivers there any more
    categories   the whole tree, each before those below it
    disclosure   what the law wants told of the shop, None when it was not brought in
    """

    visitor: Visitor
    shop: Partner
    place: Place | None
    categories: Sequence[Category]
    disclosure: Disclosure | None

    @property
    def departments(self) -> list[Category]:
        """The categories at the top of the tree, in the order in which they are shown."""
        return sorted((each for each in self.categories if "/" not in each.category), key=lambda each: each.place)

    def place_name(self, say: Words) -> str:
        """The district that goods go to, '' without one."""
        return "" if self.place is None else self.short(self.place.zone, say)

    @staticmethod
    def short(zone: Zone, say: Words) -> str:
        """A zone's name without its province, which stands first in Korean and last in English."""
        whole = say.of(zone)
        short = whole.partition(" ")[2] if say.language == "ko" else whole.partition(",")[0]
        return short or whole


async def shell(visitor: NamedDependency[Visitor], pool: NamedDependency[Pool]) -> Shell:
    """The frame for whoever asks.

    raises  NoStorefront
    """
    async with pool.connection() as conn:
        return await shell_of(conn, visitor)


async def shell_of(conn: Conn, visitor: Visitor) -> Shell:
    """The same on a connection at hand, for one whose place has just changed, say."""
    network = await network_of(conn)
    shop = next((each for each in await partners.partners(conn, None) if each.partner_id == visitor.shop_id), None)
    if shop is None:
        raise NoStorefront(f"SANGDAN_STOREFRONT names {visitor.shop_id}, and there is no such ally.")
    told = await partners.disclosures(conn, [visitor.shop_id])
    return Shell(
        visitor=visitor, shop=shop, place=_place(network, visitor.postcode),
        categories=await catalogue.categories(conn), disclosure=told[0] if told else None,
    )  # fmt: skip


def _place(network: Network, postcode: str | None) -> Place | None:
    if postcode is None:
        return None
    try:
        return place_at(network, postcode)
    except (PostcodeMalformed, PostcodeUnknown, PlaceNotServed):
        return None
