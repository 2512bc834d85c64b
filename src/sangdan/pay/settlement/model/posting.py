"""The transfers of a confirmed order.

In the alliance's book each ally has one account, due:<ally>, and every transfer between two of them is a line of
both statements. A shop keeps a book of its own, where its escrow is; there each of those transfers that touches the
shop comes again from the shop's side, under the same id, so that its due:alliance is always minus the alliance's
due:<shop>. What concerns the shop alone (own goods, delivery) is in its book only.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.ids import derive
from sangdan.kit.ledger.model import Transfer
from sangdan.kit.money import allocate, share_ppm

from ..errors import NoTerms
from .facts import ALLIANCE, LineFacts, OrderFacts, Terms, due

# Which account of a shop's own book stands behind its part in a transfer: when it is debited, when it is credited.
MIRRORED: Final[Mapping[str, tuple[str, str]]] = {
    "goods": ("escrow", "sales"),
    "commission": ("commission", "commission"),
    "commission_vat": ("vat", "vat"),
    "fulfilment": ("fulfilment", "fulfilment"),
    "fulfilment_vat": ("vat", "vat"),
    "carriage": ("carriage", "carriage"),
}


def postings(order: OrderFacts, terms: Mapping[str, Terms], shops: Collection[str] = ()) -> list[Transfer]:
    """Everything that a confirmed order moves between the allies.

    terms   of every ally that sells through another's shop, and of every operator that packs for others
    shops   allies that keep a book, besides the order's shop: whatever touches them is mirrored there
    gives   transfers with ids derived from the order's, so that posting them again changes nothing
    raises  NoTerms
    """
    assert order.refunded_minor <= order.captured_minor
    keepers = {order.shop_id, *shops}
    between = [*_goods(order, terms), *_fulfilment(order, terms), *_carriage(order)]
    mirrored = [mirror for each in between for mirror in _mirrors(each, keepers)]
    return between + mirrored + [*_own_goods(order), *_delivery(order)]


def _goods(order: OrderFacts, terms: Mapping[str, Terms]) -> Iterator[Transfer]:
    """The shop passes the price on to the seller, who pays commission and VAT on it."""
    shop = due(order.shop_id)
    for line in order.lines:
        amount_minor = _worth(line)
        if line.seller_id == order.shop_id or amount_minor == 0:
            continue
        agreed = _agreed(terms, line.seller_id, order)
        seller, place = due(line.seller_id), f"line/{line.line_no}"
        commission_minor = share_ppm(amount_minor, agreed.commission_ppm)
        yield from _transfer(order, "goods", shop, seller, amount_minor, place)
        yield from _transfer(order, "commission", seller, shop, commission_minor, place)
        yield from _transfer(order, "commission_vat", seller, shop, share_ppm(commission_minor, agreed.vat_ppm), place)


def _fulfilment(order: OrderFacts, terms: Mapping[str, Terms]) -> Iterator[Transfer]:
    """Whoever picks and packs is paid by the sellers of what is in the parcel."""
    sellers = {line.line_no: line.seller_id for line in order.lines}
    for parcel in order.parcels:
        handled = {line_no: units for line_no, units in sorted(parcel.units.items()) if units > 0}
        if all(sellers[line_no] == parcel.operator_id for line_no in handled):
            continue
        agreed = _agreed(terms, parcel.operator_id, order)
        for line_no, fee_minor in _fees(handled, agreed).items():
            if sellers[line_no] == parcel.operator_id:
                continue
            seller, operator = due(sellers[line_no]), due(parcel.operator_id)
            place = f"parcel/{parcel.parcel_no}/line/{line_no}"
            vat_minor = share_ppm(fee_minor, agreed.vat_ppm)
            for each in _transfer(order, "fulfilment", seller, operator, fee_minor, place):
                yield replace(each, currency=agreed.currency)
            for each in _transfer(order, "fulfilment_vat", seller, operator, vat_minor, place):
                yield replace(each, currency=agreed.currency)


def _fees(handled: Mapping[int, int], agreed: Terms) -> dict[int, int]:
    """A parcel's fees by line: each line's units, and its share of the parcel by units, the rest to earlier lines."""
    shares = allocate(agreed.parcel_fee_minor, list(handled.values()))
    return {
        line_no: units * agreed.unit_fee_minor + share
        for (line_no, units), share in zip(handled.items(), shares, strict=True)
    }


def _carriage(order: OrderFacts) -> Iterator[Transfer]:
    """The shop promised the delivery, so it pays the carriers."""
    for parcel in order.parcels:
        if parcel.carrier_id is not None and parcel.carrier_id != order.shop_id:
            shop, carrier = due(order.shop_id), due(parcel.carrier_id)
            yield from _transfer(order, "carriage", shop, carrier, parcel.carrier_minor, f"parcel/{parcel.parcel_no}")


def _own_goods(order: OrderFacts) -> Iterator[Transfer]:
    """What the shop sold itself is earned."""
    for line in order.lines:
        if line.seller_id == order.shop_id:
            for each in _transfer(order, "own_goods", "escrow", "sales", _worth(line), f"line/{line.line_no}"):
                yield replace(each, book=order.shop_id)


def _delivery(order: OrderFacts) -> Iterator[Transfer]:
    """What is in escrow beyond the goods is earned by the delivery; what is missing was goodwill of the shop's."""
    left_minor = order.captured_minor - order.refunded_minor - sum(map(_worth, order.lines))
    earned_minor = min(left_minor, order.delivery_minor)
    for each in _transfer(order, "delivery_income", "escrow", "delivery_income", earned_minor, "delivery"):
        yield replace(each, book=order.shop_id)
    for each in _transfer(order, "goodwill", "goodwill", "escrow", -left_minor, "delivery"):
        yield replace(each, book=order.shop_id)


def _mirrors(transfer: Transfer, keepers: Collection[str]) -> Iterator[Transfer]:
    """The same movement as each shop's own book tells it: against the alliance, and what stands behind it."""
    behind_debit, behind_credit = MIRRORED[transfer.kind]
    debited, credited = transfer.debit.removeprefix(due("")), transfer.credit.removeprefix(due(""))
    if debited in keepers:
        yield replace(transfer, book=debited, debit=behind_debit, credit=due(ALLIANCE))
    if credited in keepers:
        yield replace(transfer, book=credited, debit=due(ALLIANCE), credit=behind_credit)


def _transfer(
    order: OrderFacts, kind: str, debit: str, credit: str, amount_minor: int, place: str
) -> Iterator[Transfer]:
    """One transfer in the alliance's book; none for nothing.

    place  which line or parcel it is for
    """
    if amount_minor > 0:
        yield Transfer(
            book=ALLIANCE,
            transfer_id=_id(order.order_id, kind, place),
            currency=order.currency,
            debit=debit,
            credit=credit,
            amount_minor=amount_minor,
            kind=kind,
            reference=f"{order.order_id}/{place}",
            at=order.at,
        )


def _id(order_id: UUID, kind: str, place: str) -> UUID:
    return derive(order_id, "settlement", kind, place)


def _worth(line: LineFacts) -> int:
    return line.units * line.unit_price_minor


def _agreed(terms: Mapping[str, Terms], partner_id: str, order: OrderFacts) -> Terms:
    if (agreed := terms.get(partner_id)) is None:
        raise NoTerms(
            f"Order {order.order_id} cannot be settled: nothing is agreed with {partner_id} for its date. "
            "Enter a contract that covers it.",
            order_id=str(order.order_id),
            partner_id=partner_id,
        )
    return agreed
