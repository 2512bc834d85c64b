"""A promised way as a shopper reads it: what it is, when, how surely, from where, for how much and why."""

from collections.abc import Mapping, Sequence

import msgspec

from sangdan.doors.api.desk import WayView
from sangdan.flows.quote_promise.atlas import atlas_of
from sangdan.kit.db import Conn
from sangdan.offer.catalogue.model import Sku
from sangdan.offer.network.model import Network
from sangdan.offer.partners import commands as partners
from sangdan.offer.promise.model import Way

from ..names import node_name, with_names
from ..words import Words
from .telling import Teller


class ParcelShown(msgspec.Struct, frozen=True):
    """A parcel of a way.

    goods  names with units
    """

    parcel_no: int
    place: str
    goods: tuple[str, ...]
    when: str
    chance: str


class WayShown(msgspec.Struct, frozen=True, kw_only=True):
    """A way.

    key     tells it apart when the page is sent; holds what the shopper saw of its date and price
    place   the store to fetch it at; None when it is delivered
    far     how far that is from where the shopper is
    seller  whoever sells it, by name; several with commas
    dearer_minor  how much more its goods cost than by the cheapest of the ways
    until   how long it may be taken as it stands
    """

    key: str
    service: str
    title: str
    icon: str
    when: str
    chance: str
    place: str | None
    far: str | None
    seller: str
    dearer_minor: int
    goods_minor: int
    delivery_minor: int
    vat_minor: int
    total_minor: int
    currency: str
    co2e_g: int
    parcels: tuple[ParcelShown, ...]
    why: tuple[str, ...]
    until: str


class Picked(msgspec.Struct, frozen=True):
    """The way that a form names, with what its page said of it."""

    service: str
    node_id: str | None
    promised_s: int
    total_minor: int


def key_of(way: Way) -> str:
    """What a form sends for a way."""
    return f"{way.service}~{way.node_id or ''}~{int(way.promised_at.timestamp())}~{way.price.total_minor}"


def picked(key: str) -> Picked | None:
    """The way that a form named; None when it is none of ours."""
    parts = key.split("~")
    if len(parts) != 4 or not all(each.isascii() and each.isdigit() and len(each) < 16 for each in parts[2:]):
        return None
    return Picked(parts[0], parts[1] or None, int(parts[2]), int(parts[3]))


def still_as_good(way: Way, wanted: Picked) -> bool:
    """Whether a fresh way is what the shopper saw: the same, no later and no dearer."""
    return (
        (way.service, way.node_id) == (wanted.service, wanted.node_id)
        and int(way.promised_at.timestamp()) <= wanted.promised_s
        and way.price.total_minor <= wanted.total_minor
    )


def shown(
    told: WayView,
    least_minor: int,
    zone_id: str,
    network: Network,
    goods: Mapping[str, Sku],
    sellers: Mapping[str, str],
    say: Words,
    tell: Teller,
) -> WayShown:
    """A way in words.

    least_minor  what the goods cost by the cheapest of the ways
    zone_id      of the shopper
    goods        the SKUs of its lines
    sellers      names of those who sell them
    """
    way = told.way
    names = {line.line_no: say.of(goods[line.sku]) for line in way.lines}
    return WayShown(
        key=key_of(way),
        service=way.service,
        title=tell.service(way.service),
        icon=tell.icon(way.service),
        when=tell.arrival(way.service, way.promised_at),
        chance=tell.odds(way.service, way.probability_ppm),
        place=None if way.node_id is None else node_name(way.node_id, network, say),
        far=None if way.node_id is None else _far(way.node_id, zone_id, network, tell),
        seller=sold_by(way, sellers),
        dearer_minor=way.price.goods_minor - least_minor,
        goods_minor=way.price.goods_minor,
        delivery_minor=way.price.delivery_minor,
        vat_minor=way.price.vat_minor,
        total_minor=way.price.total_minor,
        currency=way.currency,
        co2e_g=way.co2e_g,
        parcels=tuple(
            ParcelShown(
                parcel.parcel_no,
                node_name(parcel.node_id, network, say),
                tuple(f"{names[part.line_no]} × {part.units}" for part in parcel.contents),
                tell.arrival(parcel.service, parcel.promised_at),
                tell.odds(parcel.service, parcel.probability_ppm),
            )
            for parcel in way.parcels
        ),
        why=tuple(with_names(sentence, network, goods, say) for sentence in told.why),
        until=say.time(way.expires_at),
    )


def _far(node_id: str, zone_id: str, network: Network, tell: Teller) -> str | None:
    atlas = atlas_of(network)
    at = atlas.number.get(node_id)
    return None if at is None else tell.far(int(atlas.distances_m(zone_id)[at]))


async def names_of_sellers(conn: Conn, ways: Sequence[Way], say: Words) -> dict[str, str]:
    """What those are called who sell the goods of some ways."""
    wanted = sorted({line.seller_id for way in ways for line in way.lines})
    return {each.partner_id: say.of(each) for each in await partners.partners(conn, wanted)}


def sold_by(way: Way, names: Mapping[str, str]) -> str:
    """Whoever sells the goods of a way."""
    return ", ".join(dict.fromkeys(names.get(line.seller_id, line.seller_id) for line in way.lines))
