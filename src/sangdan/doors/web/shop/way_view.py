"""A promised way as a shopper reads it: what it is, when, how surely, from where, for how much and why."""

from collections.abc import Mapping, Sequence

import msgspec

from sangdan.offer.catalogue.model import Sku
from sangdan.offer.network.model import Network
from sangdan.offer.promise.model import Way

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
    until   how long it may be taken as it stands
    """

    key: str
    service: str
    title: str
    icon: str
    when: str
    chance: str
    place: str | None
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
    way: Way, why: Sequence[str], network: Network, goods: Mapping[str, Sku], say: Words, tell: Teller
) -> WayShown:
    """A way in words.

    why    its reasons as sentences, which may hold ids
    goods  the SKUs of its lines
    """
    names = {line.line_no: say.of(goods[line.sku]) for line in way.lines}
    return WayShown(
        key=key_of(way),
        service=way.service,
        title=tell.service(way.service),
        icon=tell.icon(way.service),
        when=tell.arrival(way.service, way.promised_at),
        chance=tell.odds(way.service, way.probability_ppm),
        place=None if way.node_id is None else _node(way.node_id, network, say),
        goods_minor=way.price.goods_minor,
        delivery_minor=way.price.delivery_minor,
        vat_minor=way.price.vat_minor,
        total_minor=way.price.total_minor,
        currency=way.currency,
        co2e_g=way.co2e_g,
        parcels=tuple(
            ParcelShown(
                parcel.parcel_no,
                _node(parcel.node_id, network, say),
                tuple(f"{names[part.line_no]} × {part.units}" for part in parcel.contents),
                tell.arrival(parcel.service, parcel.promised_at),
                tell.odds(parcel.service, parcel.probability_ppm),
            )
            for parcel in way.parcels
        ),
        why=tuple(with_names(sentence, network, goods, say) for sentence in why),
        until=say.time(way.expires_at),
    )


def with_names(sentence: str, network: Network, goods: Mapping[str, Sku], say: Words) -> str:
    """A sentence with names where it has the ids of nodes and goods; longer ids first."""
    names = {node_id: say.of(node) for node_id, node in network.nodes.items() if node_id in sentence}
    names |= {sku: say.of(each) for sku, each in goods.items() if sku in sentence}
    for known in sorted(names, key=len, reverse=True):
        sentence = sentence.replace(known, names[known])
    return sentence


def _node(node_id: str, network: Network, say: Words) -> str:
    node = network.nodes.get(node_id)
    return node_id if node is None else say.of(node)
