"""A shopper says where the goods should go: by postcode, or by the name of the city, county or district."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from sangdan.kit.problems import NotFound
from sangdan.offer.network.model import Network, Postcode, Zone
from sangdan.offer.promise.model.inputs import PICKUP

MAINLAND: Final = "mainland"


class PlaceNotServed(NotFound):
    """A postcode that exists, to which no lane leads and in whose zone there is no store."""

    code = "place-not-served"


class ZoneUnknown(NotFound):
    """There is no such zone, or no postcode lies in it."""

    code = "zone-unknown"


class Place(msgspec.Struct, frozen=True):
    """Where goods should go.

    area      mainland, jeju or island
    services  that reach it, pickup where it has a store, by name
    """

    postcode: str
    area: str
    zone: Zone
    services: tuple[str, ...]


def place_at(network: Network, postcode: str) -> Place:
    """The place of a postcode.

    postcode  five digits, as text
    raises    PostcodeMalformed, PostcodeUnknown, PlaceNotServed
    """
    found = network.zone_of(postcode)
    zone = network.zones[found.zone_id]
    services = _services(network, zone.zone_id)
    if not services:
        raise PlaceNotServed(
            f"Nobody brings anything to {postcode} ({zone.name_en}) yet: choose another place to shop for.",
            postcode=postcode, place=zone.name_ko,
        )  # fmt: skip
    return Place(postcode, found.area, zone, services)


def place_in(network: Network, zone_id: str) -> Place:
    """A place that stands for a whole zone: on the mainland where it has one, at its lowest postcode.

    raises  ZoneUnknown, PlaceNotServed
    """
    inside = [each for each in network.postcodes.values() if each.zone_id == zone_id]
    if not inside:
        raise ZoneUnknown(f"There is no district {zone_id[:64]!r}: choose one of the list.", zone_id=zone_id[:64])
    return place_at(network, min(inside, key=_plainest).postcode)


def districts(network: Network) -> Mapping[tuple[str, str], Sequence[Zone]]:
    """Every zone in which somebody lives, under its province's names in Korean and English, the most peopled first.

    source  a zone is called '서울특별시 강남구' and 'Gangnam-gu, Seoul'; one that is not stands under its own name
    """
    peopled = Counter(each.zone_id for each in network.postcodes.values())
    found: dict[tuple[str, str], list[Zone]] = {}
    for zone_id in sorted(peopled):
        zone = network.zones[zone_id]
        found.setdefault((zone.name_ko.partition(" ")[0], zone.name_en.rpartition(", ")[2]), []).append(zone)
    weight = {names: sum(peopled[zone.zone_id] for zone in inside) for names, inside in found.items()}
    return {names: found[names] for names in sorted(found, key=lambda names: (-weight[names], names))}


def _plainest(each: Postcode) -> tuple[bool, str]:
    return each.area != MAINLAND, each.postcode


def _services(network: Network, zone_id: str) -> tuple[str, ...]:
    reached = {
        lane.service
        for from_zone, to_zone in network.lanes
        if to_zone == zone_id
        for lane in network.between(from_zone, to_zone)
    }
    if any(node.pickup and node.zone_id == zone_id for node in network.nodes.values()):
        reached.add(PICKUP)
    return tuple(sorted(reached))
