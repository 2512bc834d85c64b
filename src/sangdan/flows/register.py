"""Importing this module makes every reaction, call and timer known. Each door that runs the engine does."""

from . import (
    authorise_payment,
    cancel_order,
    capture_payment,
    confirm_order,
    deliver_parcel,
    pay_order,
    re_source,
    refund_payment,
    release_order,
    ship_parcel,
)

__all__ = [
    "authorise_payment", "cancel_order", "capture_payment", "confirm_order", "deliver_parcel", "pay_order",
]
