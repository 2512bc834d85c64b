"""The sentences in which an order's facts are told: by the fact's name, its report, its reason."""

from collections.abc import Mapping
from typing import Final

from sangdan.doors.web.words import mark

FACTS: Final[Mapping[str, str]] = {
    "orders.placed": mark("Ordered; stock and an hour of capacity were reserved with it."),
    "orders.reduced": mark("%(amount)s came off the order: %(reason)s."),
    "orders.released": mark("Released to the floor."),
    "orders.re_promised": mark("Parcel %(parcel_no)s now comes from %(node)s."),
    "orders.date_accepted": mark("The shopper took the later date."),
    "orders.shipped": mark("Every parcel has left."),
    "orders.delivered": mark("Every parcel has arrived."),
    "orders.confirmed": mark("The purchase is confirmed."),
    "orders.cancelled": mark("The order was cancelled: %(reason)s."),
    "payments.authorised": mark("The payment is authorised."),
    "payments.declined": mark("The payment was declined: %(reason)s."),
    "payments.captured": mark("%(amount)s was taken."),
    "payments.refunded": mark("%(amount)s went back."),
    "payments.voided": mark("The payment was let go."),
    "payments.refused": mark("The gateway refused; somebody has to look."),
    "warehouse.picked": mark("Parcel %(parcel_no)s was picked whole at %(node)s."),
    "warehouse.picked_short": mark(
        "%(missing)s not on the shelf at %(node)s; the stock was corrected and another source sought."
    ),
    "warehouse.packed": mark("Parcel %(parcel_no)s is packed."),
    "warehouse.handed_over": mark("Parcel %(parcel_no)s left %(node)s."),
    "warehouse.cancelled": mark("Parcel %(parcel_no)s is not to be made at %(node)s any more."),
    "delivery.delivered_kept": mark("Parcel %(parcel_no)s arrived as promised."),
    "delivery.delivered_late": mark("Parcel %(parcel_no)s arrived later than promised."),
    "delivery.lost": mark("The carrier has given parcel %(parcel_no)s up."),
}
REPORTS: Final[Mapping[str, str]] = {
    "in_transit": mark("Parcel %(parcel_no)s is in transit."),
    "out_for_delivery": mark("Parcel %(parcel_no)s is out for delivery."),
    "attempt_fail": mark("Parcel %(parcel_no)s could not be handed over."),
    "available_for_pickup": mark("Parcel %(parcel_no)s waits to be collected."),
    "exception": mark("The carrier reports trouble with parcel %(parcel_no)s."),
}
REASONS: Final[Mapping[str, str]] = {
    "shopper": mark("the shopper asked"),
    "payment_declined": mark("the payment was declined"),
    "refused": mark("the bank refused"),
    "no_answer": mark("the bank never answered"),
    "not_on_shelf": mark("not on the shelf, nor anywhere else"),
    "node_out": mark("the node is out of service"),
    "lost_in_transit": mark("lost on the way"),
}
CODES: Final[Mapping[str, str]] = {
    "late_pick": mark("Late on the floor"),
    "missed_departure": mark("Missed its departure"),
    "slow_transit": mark("Slow on the way"),
    "carrier_exception": mark("Carrier trouble"),
    "node_down": mark("Node out of service"),
    "lane_closed": mark("Lane closed"),
    "lost": mark("Lost"),
}
RISKS: Final[Mapping[str, str]] = {
    "late_pick": mark("Promised ready at %(ready_at)s, and not done yet."),
    "late_pick_next": mark(
        "Promised ready at %(ready_at)s, and not done yet. The next departure is %(next_departs_at)s."
    ),
    "missed_departure": mark("It missed the departure at %(departs_at)s."),
    "missed_departure_next": mark("It missed the departure at %(departs_at)s. The next is %(next_departs_at)s."),
    "slow_transit": mark("Left at %(departed_at)s on a way that usually takes %(usual)s, and is slower."),
    "slow_transit_waiting": mark("Not on its way yet, which usually takes %(usual)s."),
    "carrier_exception": mark("The carrier reported trouble."),
    "node_down": mark("%(node)s is out of service."),
    "lane_closed": mark("The lane that it leaves by is closed."),
    "lane_closed_next": mark("The lane that it leaves by is closed. The next departure is %(next_departs_at)s."),
    "lost": mark("The carrier has lost it."),
}
MOVED: Final[Mapping[str, str]] = {
    "kept": mark("The date stands: by %(promised)s · %(chance)s."),
    "later": mark("The date moves: by %(promised)s · %(chance)s. The shopper is told."),
}
