"""A batch of orders laid out as the columns that flows.place_orders reads, in its order."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from sangdan.kit.ids import derived
from sangdan.offer.promise.model import Content, Parcel, WayLine

from .taken import Claim, Taken

# A column as PostgreSQL spells an array.
Column: TypeAlias = str
CellKey: TypeAlias = tuple[str, str, str]
DueKey: TypeAlias = tuple[str, str]
SlotKey: TypeAlias = tuple[str, datetime]

_NULL: Final = "NULL"


class Columns(msgspec.Struct, frozen=True):
    """A batch for the database.

    cells, dues, slots  by key, ascending; a place's number counts through all three, from 1
    places              what to tell of each: its node, and the SKU or the hour
    """

    orders: list[Column]
    lines: list[Column]
    parcels: list[Column]
    sources: list[Column]
    cells: list[Column]
    dues: list[Column]
    slots: list[Column]
    wants: list[Column]
    keys: list[Column]
    nodes: list[Column]
    stored: bytes
    places: list[tuple[str, str]]


def columns(batch: Sequence[Taken], at: datetime) -> Columns:
    """Lay a batch out.

    batch  in the order in which they came; no order twice
    at     when they are placed
    """
    layout = _Layout(at)
    for number, taken in enumerate(batch, start=1):
        layout.add(number, taken)
    return layout.columns()


class _Layout:
    """Rows of a batch, gathered order by order."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._orders: list[tuple[Any, ...]] = []
        self._lines: list[tuple[Any, ...]] = []
        self._parcels: list[tuple[Any, ...]] = []
        self._sources: list[tuple[Any, ...]] = []
        self._keys: list[tuple[Any, ...]] = []
        self._stored: list[bytes] = []
        self._stored_bytes = 0
        self._cells: list[dict[CellKey, int]] = []
        self._dues: list[dict[DueKey, int]] = []
        self._slots: list[dict[SlotKey, int]] = []
        self._slots_max: dict[SlotKey, int] = {}
        self._due_skus: dict[DueKey, str] = {}

    def add(self, number: int, taken: Taken) -> None:
        way, order_id = taken.promise.way, taken.order_id
        self._orders.append(self._order(taken))
        self._lines.extend(_line(number, line) for line in way.lines)
        lines = {line.line_no: line for line in way.lines}
        cells: defaultdict[CellKey, int] = defaultdict(int)
        dues: defaultdict[DueKey, int] = defaultdict(int)
        slots: defaultdict[SlotKey, int] = defaultdict(int)
        slip = taken.promise.slip
        for parcel, per_hour, pack_by in zip(way.parcels, slip.parcels_per_hour, slip.pack_by, strict=True):
            self._parcels.append(_parcel(number, order_id, parcel, pack_by))
            slot = parcel.node_id, parcel.slot_at
            slots[slot] += 1
            self._slots_max[slot] = max(self._slots_max.get(slot, 0), per_hour)
            for part in parcel.contents:
                line = lines[part.line_no]
                self._sources.append(_source(number, order_id, parcel, part, line))
                if part.inbound_id is None:
                    cells[parcel.node_id, line.sku, line.seller_id] += part.units
                else:
                    dues[parcel.node_id, part.inbound_id] += part.units
                    self._due_skus[parcel.node_id, part.inbound_id] = line.sku
        self._cells.append(cells)
        self._dues.append(dues)
        self._slots.append(slots)
        if taken.claim is not None:
            self._keys.append(self._key(number, taken.claim))

    def columns(self) -> Columns:
        cells, dues, slots = _sums(self._cells), _sums(self._dues), _sums(self._slots)
        numbers = {place: number for number, place in enumerate([*cells, *dues, *slots], start=1)}
        wants = [
            (number, numbers[place], units)
            for number, wanted in enumerate(zip(self._cells, self._dues, self._slots, strict=True), start=1)
            for part in wanted
            for place, units in part.items()
        ]
        nodes = sorted({parcel[3] for parcel in self._parcels})
        return Columns(
            orders=_spelled(self._orders, 25),
            lines=_spelled(self._lines, 10),
            parcels=_spelled(self._parcels, 16),
            sources=_spelled(self._sources, 9),
            cells=_spelled([(*key, units) for key, units in cells.items()], 4),
            dues=_spelled([(*key, units) for key, units in dues.items()], 3),
            slots=_spelled([(*key, self._slots_max[key], parcels) for key, parcels in slots.items()], 4),
            wants=_spelled(wants, 3),
            keys=_spelled(self._keys, 7),
            nodes=_spelled([(node,) for node in nodes], 1),
            stored=b"".join(self._stored),
            places=[
                *((node_id, sku) for node_id, sku, _ in cells),
                *((due[0], self._due_skus[due]) for due in dues),
                *((node_id, str(hour_at)) for node_id, hour_at in slots),
            ],
        )

    def _order(self, taken: Taken) -> tuple[Any, ...]:
        way, buyer, order_id = taken.promise.way, taken.buyer, taken.order_id
        starts = self._store(taken.promise.inputs)
        self._store(taken.promise.answer)
        return (
            order_id, taken.promise.promise_id, buyer.client_id, buyer.shop_id, buyer.shopper_id, taken.order_ref,
            way.currency, way.price.goods_minor, way.price.delivery_minor, way.cost_minor, way.co2e_g,
            taken.promise.slip.postcode, way.service, way.promised_at, way.probability_ppm, taken.at or self._at,
            taken.release_at, taken.confirm_days, derived(order_id, "payment"), way.price.total_minor,
            derived(order_id, "event", "placed"), derived(order_id, "event", "payment"),
            starts, len(taken.promise.inputs), len(taken.promise.answer),
        )  # fmt: skip

    def _key(self, number: int, claim: Claim) -> tuple[Any, ...]:
        starts = self._store(claim.answer)
        return (
            number, claim.client_id, claim.key, claim.body_hash.hex(), claim.status, starts, len(claim.answer)
        )  # fmt: skip

    def _store(self, piece: bytes) -> int:
        """Where a piece begins, counted from 1 as SQL does."""
        starts = self._stored_bytes + 1
        self._stored.append(piece)
        self._stored_bytes += len(piece)
        return starts


def _line(number: int, line: WayLine) -> tuple[Any, ...]:
    return (
        number, line.line_no, line.sku, line.seller_id, line.units, line.unit_price_minor, line.vat_class,
        line.rate_id, line.kit_sku, line.kit_no,
    )  # fmt: skip


def _parcel(number: int, order_id: UUID, parcel: Parcel, pack_by: int | None) -> tuple[Any, ...]:
    return (
        number, parcel.parcel_no, derived(order_id, "parcel", parcel.parcel_no), parcel.node_id, parcel.operator_id,
        parcel.carrier_id, parcel.service, parcel.slot_at, parcel.ready_at, parcel.departs_at, parcel.promised_at,
        parcel.probability_ppm, parcel.fee_minor, parcel.carrier_minor, parcel.weight_g,
        None if pack_by is None else datetime.fromtimestamp(pack_by, UTC),
    )  # fmt: skip


def _source(number: int, order_id: UUID, parcel: Parcel, part: Content, line: WayLine) -> tuple[Any, ...]:
    """Where units come from: the cell, or the dated supply, that will hold them."""
    reservation_id = derived(order_id, "reservation", parcel.parcel_no, part.line_no, part.inbound_id or "")
    return (
        number, parcel.parcel_no, part.line_no, parcel.node_id, line.sku, line.seller_id, part.units, part.inbound_id,
        reservation_id,
    )  # fmt: skip


def _sums(wanted: Iterable[dict[Any, int]]) -> dict[Any, int]:
    """What all orders want of each place; places ascending."""
    sums: defaultdict[Any, int] = defaultdict(int)
    for each in wanted:
        for place, units in each.items():
            sums[place] += units
    return {place: sums[place] for place in sorted(sums)}


def _spelled(rows: Sequence[tuple[Any, ...]], width: int) -> list[Column]:
    """Rows as columns, each spelled as an array."""
    if not rows:
        return ["{}"] * width
    return [_column(column) for column in zip(*rows, strict=True)]


def _column(values: Sequence[Any]) -> Column:
    """One column; text that needs no escape is joined as it is."""
    if isinstance(next((value for value in values if value is not None), None), str):
        if None not in values:
            joined = '","'.join(values)
            if "\\" not in joined and joined.count('"') == 2 * (len(values) - 1):
                return '{"' + joined + '"}'
        return "{" + ",".join(_NULL if value is None else _quoted(value) for value in values) + "}"
    return "{" + ",".join(map(str, values)).replace("None", _NULL) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
