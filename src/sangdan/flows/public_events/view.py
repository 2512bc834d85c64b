"""A fact as one ally may hear it: nothing when it does not concern the ally, else reduced to its part. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from sangdan.kit.access import Role
from sangdan.kit.feed import Entry

from .kinds import BY_FACT, PARTS, Kind, Part
from .surroundings import Around, Parcel

# Where our events come from, for whoever collects those of many systems.
SOURCE: Final = "/v1/events"
_COURIERS: Final[frozenset[Part]] = frozenset({"carrier", "named"})
_ALL: Final[frozenset[Part]] = frozenset(PARTS)
_NONE: Final[frozenset[Part]] = frozenset()


class Viewer(msgspec.Struct, frozen=True):
    """Who is told.

    role        a courier hears of the parcels it carries alone
    partner_id  the ally; None for the tower
    node_ids    the nodes it is confined to; None for all of the ally's
    """

    role: Role
    partner_id: str | None
    node_ids: frozenset[str] | None = None


class Event(msgspec.Struct, frozen=True):
    """A public event, as CloudEvents 1.0 spells it in JSON.

    id        the same for everybody and for ever
    position  its place in the feed, a whole number as text (CloudEvents' own integers are too short)
    source    https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
    """

    specversion: str
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str
    position: str
    data: dict[str, Any]


def view(entry: Entry, orders: Mapping[UUID, Around], viewer: Viewer) -> Event | None:
    """The event for one viewer; None when it is not public, or does not concern the viewer.

    orders  what `gather` found around a page of entries
    """
    kind = BY_FACT.get(entry.type)
    if kind is None:
        return None
    around = orders.get(UUID(entry.data["order_id"])) if "order_id" in entry.data else None
    parcel = around.parcels.get(entry.data.get("parcel_no", 0)) if around is not None else None
    parts = _parts(kind, entry, around, parcel, viewer)
    if not parts:
        return None
    return Event(
        specversion="1.0",
        id=entry.event_id,
        source=SOURCE,
        type=kind.name,
        subject=entry.subject,
        time=entry.at,
        datacontenttype="application/json",
        position=str(entry.position),
        data=_data(kind, entry, around, parcel, parts, viewer.partner_id),
    )


def _parts(kind: Kind, entry: Entry, around: Around | None, parcel: Parcel | None, viewer: Viewer) -> frozenset[Part]:
    """What the viewer is to the event; nothing when it does not concern it."""
    if viewer.role == "tower":
        return _ALL
    partner_id = viewer.partner_id
    if viewer.node_ids is not None:
        confined = kind.scope == "parcel" and parcel is not None and parcel.node_id in viewer.node_ids
        return frozenset({"operator"}) if confined and parcel and parcel.operator_id == partner_id else _NONE
    if kind.scope == "partner":
        return frozenset({"named"}) if entry.data.get("partner_id") == partner_id else _NONE
    if around is None:
        return _NONE
    parts: set[Part] = set()
    if around.order.shop_id == partner_id:
        parts.add("shop")
    if kind.scope == "order":
        parts |= _parts_of_order(around, partner_id)
    elif kind.scope == "parcel" and parcel is not None:
        parts |= _parts_of_parcel(around, parcel, partner_id)
    return frozenset(parts & _COURIERS if viewer.role == "courier" else parts)


def _parts_of_order(around: Around, partner_id: str | None) -> set[Part]:
    parts: set[Part] = set()
    if any(line.seller_id == partner_id for line in around.lines.values()):
        parts.add("seller")
    if any(parcel.operator_id == partner_id for parcel in around.parcels.values()):
        parts.add("operator")
    return parts


def _parts_of_parcel(around: Around, parcel: Parcel, partner_id: str | None) -> set[Part]:
    parts: set[Part] = set()
    if parcel.operator_id == partner_id:
        parts.add("operator")
    if parcel.carrier_id == partner_id:
        parts.add("carrier")
    if any(around.lines[content.line_no].seller_id == partner_id for content in around.contents[parcel.parcel_no]):
        parts.add("seller")
    return parts


def _data(
    kind: Kind,
    entry: Entry,
    around: Around | None,
    parcel: Parcel | None,
    parts: frozenset[Part],
    partner_id: str | None,
) -> dict[str, Any]:
    """The fields that the parts may know, in the order of the kind's."""
    known: dict[str, Any] = {}
    if around is not None:
        known |= asdict(around.order)
    if parcel is not None:
        known |= asdict(parcel)
    known |= entry.data
    told: dict[str, Any] = {}
    for field in kind.fields:
        if not field.parts & parts:
            continue
        if field.name == "lines" and around is not None:
            told["lines"] = _lines(around, parcel, parts, partner_id)
        elif field.name == "parcels" and around is not None:
            told["parcels"] = _parcels(around, parts, partner_id)
        else:
            told[field.name] = known.get(field.of or field.name)
    return told


def _lines(around: Around, parcel: Parcel | None, parts: frozenset[Part], partner_id: str | None) -> list[Any]:
    """Lines of the order, or what of them is in the parcel; a seller's own alone when it is nothing else."""
    whole = "shop" in parts or (parcel is not None and "operator" in parts)
    if parcel is None:
        return [
            {
                "line_no": line.line_no, "sku": line.sku, "seller_id": line.seller_id, "units": line.units,
                "unit_price_minor": line.unit_price_minor,
            }
            for line in around.lines.values()
            if whole or line.seller_id == partner_id
        ]  # fmt: skip
    inside = [(around.lines[content.line_no], content.units) for content in around.contents[parcel.parcel_no]]
    return [
        {"line_no": line.line_no, "sku": line.sku, "seller_id": line.seller_id, "units": units}
        for line, units in inside
        if whole or line.seller_id == partner_id
    ]


def _parcels(around: Around, parts: frozenset[Part], partner_id: str | None) -> list[Any]:
    """The parcels that the order was placed with; an operator's own alone when it is nothing else."""
    return [
        {
            "parcel_no": parcel.parcel_no, "parcel_id": parcel.parcel_id, "node_id": parcel.node_id,
            "carrier_id": parcel.carrier_id, "service": parcel.service, "promised_at": parcel.promised_at,
        }
        for parcel in around.parcels.values()
        if not parcel.re_sourced and ("shop" in parts or parcel.operator_id == partner_id)
    ]  # fmt: skip
