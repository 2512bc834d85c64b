"""What of an order has not left its floor, and what of that comes later than it was sold for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sangdan.kit.history import Told
from sangdan.order.orders.model import Parcel, Whole

ON_THE_FLOOR: Final = frozenset({"planned", "released"})

ANSWERED: Final = "orders.date_accepted"


def open_date(whole: Whole, told: Sequence[Told]) -> datetime | None:
    """The later date that the shopper has not answered yet; None when there is nothing to answer.

    told  the order's facts, among others or not
    """
    said = [fact for fact in told if fact.type == ANSWERED or _is_later(fact)]
    if said and max(said, key=lambda fact: fact.sequence).type == ANSWERED:
        return None
    return max((parcel.promised_at for parcel in late_parcels(whole)), default=None)


def late_parcels(whole: Whole) -> list[Parcel]:
    """The parcels still on their floor that come later than anything in them was sold for, on their way to a door."""
    sold_by: dict[int, datetime] = {}
    for part in whole.parcel_lines:
        parcel = whole.parcel(part.parcel_no)
        if not parcel.re_sourced:
            sold_by[part.line_no] = max(sold_by.get(part.line_no, parcel.promised_at), parcel.promised_at)
    return [
        parcel
        for parcel in waiting_parcels(whole)
        if any(parcel.promised_at > sold_by[part.line_no] for part in whole.inside(parcel.parcel_no))
    ]


def waiting_parcels(whole: Whole) -> list[Parcel]:
    """The parcels that are to be brought to the shopper and have not left their floor, with anything left in them."""
    return [
        parcel
        for parcel in whole.parcels
        if parcel.state in ON_THE_FLOOR and parcel.carrier_id is not None and whole.inside(parcel.parcel_no)
    ]


def _is_later(fact: Told) -> bool:
    return fact.type == "orders.re_promised" and not fact.data["kept"]
