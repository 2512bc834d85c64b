"""Importing this module makes every reaction, call and timer known. Each door that runs the engine does."""

from sangdan.offer.reviews import events as review_events
from sangdan.talk.webhooks import events as webhook_events

from . import (
    authorise_payment,
    capture_payment,
    close_lane,
    close_node,
    confirm_order,
    deliver_parcel,
    erase_shopper,
    floor_photo,
    hold_way,
    inquire_payment,
    learn_transit,
    pay_order,
    price_scarcity,
    re_source,
    refund_payment,
    release_order,
    ship_parcel,
    tell_shopper,
)

REACTIVE = (
    authorise_payment, capture_payment, close_lane, close_node, confirm_order, deliver_parcel, erase_shopper,
    floor_photo, hold_way, inquire_payment, learn_transit, pay_order, price_scarcity, re_source, refund_payment,
    release_order, ship_parcel, tell_shopper,
)  # fmt: skip
# Facts that nobody here reacts to are dispatched too, and must be known for that.
UNHEARD = (review_events, webhook_events)
