"""What the journals say must be, and what the database says is: every difference is a finding.

Nothing here trusts a balance: each is computed anew from the deeds that were acknowledged.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from .deeds import (
    CELLS,
    FIRST_UNITS,
    INBOUND_UNITS,
    INBOUNDS,
    PREORDER_MAX,
    AnyDeed,
    Arrive,
    Cancel,
    Cell,
    Count,
    End,
    Hold,
    Place,
    Receive,
    Send,
    Told,
)
from .facts import Facts
from .journal import Story
from .wishes import Part, Wish

SHOWN: Final = 5  # findings of a kind that are spelled out


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it must be: which check found it, and what it is."""

    check: str
    what: str


class Outcome(msgspec.Struct, frozen=True):
    """All journals together.

    deeds  by key; twins made the same deed under the same key
    told   all answers to a key
    """

    deeds: Mapping[str, AnyDeed]
    told: Mapping[str, Sequence[Told]]

    def done(self) -> Iterator[tuple[AnyDeed, Told]]:
        """Deeds that had their effect, and the answer."""
        for key, deed in self.deeds.items():
            answer = next((told for told in self.told.get(key, ()) if told.done), None)
            if answer is not None:
                yield deed, answer


def together(stories: Sequence[Story]) -> Outcome:
    """Put journals together."""
    deeds: dict[str, AnyDeed] = {}
    told: defaultdict[str, list[Told]] = defaultdict(list)
    for story in stories:
        deeds.update(story.deeds)
        for key, answers in story.told.items():
            told[key] += answers
    return Outcome(deeds, told)


class Ledger:
    """What the acknowledged deeds leave behind.

    counted  units by which a count moved its shelf, by key: the one thing that the deeds do not say themselves
    """

    def __init__(self, outcome: Outcome, counted: Mapping[str, int]) -> None:
        self.on_hand: Counter[Cell] = Counter(dict.fromkeys(CELLS, FIRST_UNITS))
        self.reserved: Counter[Cell] = Counter()
        self.promised: Counter[str] = Counter()
        self.shares: Counter[tuple[Cell, str]] = Counter()
        self.hours: Counter[tuple[str, datetime]] = Counter()
        self.orders: dict[UUID, list[str]] = {}
        self.wishes: dict[UUID, Wish] = {}
        done = list(outcome.done())
        arrived = {deed.inbound_id for deed, _ in done if isinstance(deed, Arrive)}
        for inbound_id in arrived:
            self.on_hand[INBOUNDS[inbound_id]] += INBOUND_UNITS
        ended = {deed.reservation_id for deed, _ in done if isinstance(deed, End)}
        left: dict[UUID, tuple[Wish, Part]] = {}
        gone: Counter[UUID] = Counter()
        cancelled: Counter[UUID] = Counter()
        for deed, told in done:
            match deed:
                case Place():
                    self.orders.setdefault(deed.wish.order_id, []).append(deed.key)
                    self.wishes[deed.wish.order_id] = deed.wish
                    left |= {deed.wish.reservation_id(part): (deed.wish, part) for part in deed.wish.parts}
                case Receive():
                    self.on_hand[deed.cell] += deed.units
                case Count():
                    self.on_hand[deed.cell] += counted.get(deed.key, 0)
                case Hold():
                    self.reserved[deed.cell] += 0 if deed.reservation_id in ended else deed.units
                case Cancel():
                    cancelled.update(dict(told.parts))
                case Send():
                    gone.update(dict(told.parts))
                case Arrive() | End():
                    pass
        boxes: dict[tuple[UUID, str], int] = defaultdict(int)
        for reservation_id, (wish, part) in left.items():
            cell, inbound_id = (part.node_id, part.sku), part.inbound_id
            units = part.units - cancelled[reservation_id] - gone[reservation_id]
            self.on_hand[cell] -= gone[reservation_id]
            boxes[wish.order_id, part.node_id] += part.units - cancelled[reservation_id]
            if inbound_id is None:
                self.shares[cell, wish.shop_id] += units
            if inbound_id is None or inbound_id in arrived:
                self.reserved[cell] += units
            else:
                self.promised[inbound_id] += units
        for (order_id, node_id), units in boxes.items():
            self.hours[node_id, self.wishes[order_id].hour_at] += 1 if units > 0 else 0


def judge(seen: Facts, outcome: Outcome) -> list[Finding]:
    """Hold the database against what its users were told.

    gives  nothing when all is well; of each check at most some findings
    """
    ledger = Ledger(outcome, seen.counted)
    checks = (
        (Finding("drift", f"{each.room}: {each.row}") for each in seen.drift),
        _answers(outcome),
        _orders(seen, ledger),
        _copies(seen),
        _shelves(seen, ledger),
        _dues(seen, ledger),
        _shares(seen, ledger),
        _hours(seen, ledger),
        _keys(seen, outcome),
        _counts(seen, outcome),
    )
    found: Counter[str] = Counter()
    told: list[Finding] = []
    for finding in (finding for check in checks for finding in check):
        found[finding.check] += 1
        if found[finding.check] <= SHOWN:
            told.append(finding)
    return told + [Finding(check, f"and {many - SHOWN} more") for check, many in found.items() if many > SHOWN]


def _answers(outcome: Outcome) -> Iterator[Finding]:
    """Every deed has an answer in the end, and only one."""
    for key in outcome.deeds:
        answers = outcome.told.get(key, ())
        if not answers:
            yield Finding("open", f"nobody knows what became of {key}")
        if len({told.parts for told in answers if told.done}) > 1:
            yield Finding("answer", f"{key} was answered in two ways")
        if sum(told.done and not told.again for told in answers) > 1:
            yield Finding("twice", f"{key} was done more than once")


def _orders(seen: Facts, ledger: Ledger) -> Iterator[Finding]:
    """An order stands, exactly as it was wished, if and only if somebody was told so; a promise is taken once."""
    parts: defaultdict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    for order_id, *part in seen.orders:
        parts[order_id].append(tuple(part))
    for order_id, wish in ledger.wishes.items():
        wished = sorted((part.line_no, part.node_id, part.units, part.inbound_id or "") for part in wish.parts)
        stands = sorted((line_no, node, units, due or "") for line_no, node, units, due in parts.pop(order_id, []))
        if not stands:
            yield Finding("lost", f"order {order_id} was acknowledged and is not there")
        elif stands != wished:
            yield Finding("altered", f"order {order_id} is not what was wished: {stands}")
        if len(ledger.orders[order_id]) > 1:
            yield Finding("doubled", f"promise of order {order_id} was taken under {ledger.orders[order_id]}")
    for order_id in parts:
        yield Finding("ghost", f"order {order_id} stands, and nobody was told so")


def _copies(seen: Facts) -> Iterator[Finding]:
    """One fact, one payment, one promise for each order."""
    for order_id, *copies in seen.copies:
        if copies != [1, 1, 1]:
            yield Finding("copies", f"order {order_id} has facts, payments, promises: {copies}")


def _shelves(seen: Facts, ledger: Ledger) -> Iterator[Finding]:
    """What lies on a shelf, and what is held of it."""
    for node_id, sku, on_hand, reserved, _ in seen.balances:
        cell = node_id, sku
        if reserved > on_hand or reserved < 0:
            yield Finding("oversold", f"{cell}: {reserved} of {on_hand} are held")
        if (on_hand, reserved) != (ledger.on_hand[cell], ledger.reserved[cell]):
            must = ledger.on_hand[cell], ledger.reserved[cell]
            yield Finding("shelf", f"{cell} has {(on_hand, reserved)} on hand and held; the deeds leave {must}")


def _dues(seen: Facts, ledger: Ledger) -> Iterator[Finding]:
    """What is promised of supply that has not come."""
    for inbound_id, reserved in seen.dues:
        if reserved > PREORDER_MAX:
            yield Finding("oversold", f"{inbound_id}: {reserved} are promised, of which {PREORDER_MAX} may be")
        if reserved != ledger.promised[inbound_id]:
            yield Finding(
                "due", f"{inbound_id}: {reserved} are promised; the deeds leave {ledger.promised[inbound_id]}"
            )


def _shares(seen: Facts, ledger: Ledger) -> Iterator[Finding]:
    """What shops hold of their shares."""
    for node_id, sku, shop_id, most, taken in seen.shares:
        must = ledger.shares[(node_id, sku), shop_id]
        if taken > most:
            yield Finding("oversold", f"{shop_id} holds {taken} of its share of {most} of {sku} on {node_id}")
        if taken != must:
            yield Finding("share", f"{shop_id} holds {taken} of {sku} on {node_id}; the deeds leave {must}")


def _hours(seen: Facts, ledger: Ledger) -> Iterator[Finding]:
    """What the floors have to make in each hour."""
    for node_id, hour_at, parcels, most in seen.hours:
        if parcels > most:
            yield Finding("overbooked", f"{node_id} has {parcels} parcels at {hour_at}, and can make {most}")
        if parcels != ledger.hours[node_id, hour_at]:
            must = ledger.hours[node_id, hour_at]
            yield Finding("hour", f"{node_id} has {parcels} parcels at {hour_at}; the deeds leave {must}")


def _keys(seen: Facts, outcome: Outcome) -> Iterator[Finding]:
    """A key is kept if and only if its deed was done."""
    kept = seen.keys
    done = {deed.key for deed, _ in outcome.done()}
    for key in done - kept:
        yield Finding("key", f"{key} was done, and its key is not kept")
    for key in kept - done:
        yield Finding("key", f"{key} is kept, and nobody was told that it was done")


def _counts(seen: Facts, outcome: Outcome) -> Iterator[Finding]:
    """Only counts that were acknowledged moved anything."""
    done = {deed.key for deed, _ in outcome.done() if isinstance(deed, Count)}
    for key in seen.counted.keys() - done - {"first"}:
        yield Finding("count", f"count {key} moved {seen.counted[key]} units, and nobody was told so")
