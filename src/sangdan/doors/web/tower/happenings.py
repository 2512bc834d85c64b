"""What happens in the engine, in words: facts, what falls due, and the events that other systems hear of."""

import re
from collections.abc import Mapping
from typing import Final

from sangdan.doors.web.words import Words, mark
from sangdan.flows import public_events
from sangdan.flows.send_webhooks import PING

# By the name of the fact.
FACTS: Final[Mapping[str, str]] = {
    "orders.placed": mark("Order placed"),
    "orders.authorised": mark("Order paid for"),
    "orders.reduced": mark("Order reduced"),
    "orders.released": mark("Order released to the floor"),
    "orders.re_promised": mark("Parcel promised anew"),
    "orders.date_accepted": mark("Later date taken"),
    "orders.shipped": mark("Order on its way"),
    "orders.delivered": mark("Order delivered"),
    "orders.confirmed": mark("Purchase confirmed"),
    "orders.cancelled": mark("Order cancelled"),
    "payments.requested": mark("Payment asked for"),
    "payments.authorised": mark("Payment authorised"),
    "payments.declined": mark("Payment declined"),
    "payments.inquiry_due": mark("Payment to be asked after"),
    "payments.capture_requested": mark("Capture asked for"),
    "payments.captured": mark("Payment captured"),
    "payments.refund_requested": mark("Refund asked for"),
    "payments.refunded": mark("Money refunded"),
    "payments.void_requested": mark("Void asked for"),
    "payments.voided": mark("Payment voided"),
    "payments.refused": mark("Payment call refused"),
    "warehouse.picked": mark("Parcel picked"),
    "warehouse.packed": mark("Parcel packed"),
    "warehouse.handed_over": mark("Parcel handed over"),
    "warehouse.cancelled": mark("Parcel taken off the floor"),
    "delivery.moved": mark("Parcel moved"),
    "delivery.delivered": mark("Parcel delivered"),
    "delivery.lost": mark("Parcel lost"),
    "reviews.written": mark("Review written"),
    "reviews.decided": mark("Review decided"),
    "settlement.closed": mark("Settlement closed"),
    "shoppers.erased": mark("Shopper erased"),
    "webhooks.switched_off": mark("Webhook switched off"),
}
# By the kind of the timer.
TIMERS: Final[Mapping[str, str]] = {
    "baskets.hold": mark("Baskets looked at again"),
    "floor.late-photos": mark("Late photos let go"),
    "lane.clear": mark("Closed lane cleared"),
    "lane.open": mark("Lane taken up again"),
    "node.clear": mark("Closed node cleared"),
    "order.confirm": mark("Purchase confirmed by itself"),
    "order.move": mark("Parcel sourced anew"),
    "order.release": mark("Order released to the floor"),
    "order.reroute": mark("Order routed anew"),
    "payment.inquire": mark("Payment asked after"),
    "promise.scarcity": mark("Scarcity priced anew"),
    "promise.transit": mark("Transit times learned"),
    "shoppers.purge": mark("Erased shoppers purged"),
    "stock.expire": mark("Reservations let go"),
}

_WAITED: Final = re.compile(r"no answer within (\S+) seconds")
_FAILED: Final = re.compile(r"(\w+): ")


def fact(name: str, say: Words) -> str:
    """What has happened."""
    return say(FACTS[name]) if name in FACTS else name


def timer(kind: str, say: Words) -> str:
    """What is due."""
    return say(TIMERS[kind]) if kind in TIMERS else kind


def event(kind: str, say: Words) -> str:
    """What another system hears of, by its public type."""
    if kind == PING:
        return say("Test event")
    public = public_events.KINDS.get(kind)
    return kind if public is None else fact(public.fact, say)


def unanswered(error: str | None, say: Words) -> str:
    """Why a webhook had no answer; of what failed on the way, its name in the protocol. '' where it had one."""
    if not error:
        return ""
    if waited := _WAITED.fullmatch(error):
        return say("no answer within %(s)s seconds", s=waited[1])
    if failed := _FAILED.match(error):
        return say("no connection (%(why)s)", why=failed[1])
    return say("this address may not be called")
