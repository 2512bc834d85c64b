"""Importing this module makes every reaction, call and timer known. Each door that runs the engine does."""

from . import (
    authorise_payment,
    capture_payment,
    confirm_order,
    deliver_parcel,
    inquire_payment,
    pay_order,
    re_source,
    refund_payment,
    release_order,
    ship_parcel,
)

REACTIVE = (
    authorise_payment, capture_payment, confirm_order, deliver_parcel, inquire_payment, pay_order, re_source,
    refund_payment, release_order, ship_parcel,
)  # fmt: skip
