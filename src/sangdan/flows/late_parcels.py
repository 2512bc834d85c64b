"""What of an order has not left its floor, and what of that comes later than it was sold for."""

from datetime import datetime
from typing import Final

from sangdan.order.orders.model import Parcel, Whole

ON_THE_FLOOR: Final = frozenset({"planned", "released"})


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
