"""An order told to its shopper: how far it is, every step so far, and why a promise moved."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from sangdan.flows.follow_order import Followed, Step
from sangdan.talk.notices.model import LineNow, Names, ParcelNow

from ..words import Words, mark
from .telling import Teller

# The states that an order goes through, as a shopper calls them; the last that was reached is marked.
ROAD: Final[Mapping[str, str]] = {
    "placed": mark("Ordered"),
    "authorised": mark("Paid"),
    "released": mark("Being prepared"),
    "shipped": mark("On its way"),
    "delivered": mark("Arrived"),
}
ROAD_TO_STORE: Final[Mapping[str, str]] = {**ROAD, "shipped": mark("Ready for you"), "delivered": mark("Collected")}
HEADLINES: Final[Mapping[str, str]] = {
    "placed": mark("We are confirming your payment"),
    "authorised": mark("Your order is in"),
    "released": mark("We are preparing your order"),
    "shipped": mark("Your order is on its way"),
    "delivered": mark("Your order has arrived"),
    "confirmed": mark("Thank you for your purchase"),
    "cancelled": mark("This order was cancelled"),
}
TO_STORE: Final[Mapping[str, str]] = {
    **HEADLINES, "shipped": mark("Ready to be collected"), "delivered": mark("You have collected your order"),
}  # fmt: skip
STEPS: Final[Mapping[str, str]] = {
    "orders.placed": mark("We received your order and set the goods aside for you."),
    "payments.authorised": mark("Your payment was approved."),
    "payments.declined": mark("Your payment was not approved. Nothing was charged."),
    "payments.captured": mark("%(amount)s was charged."),
    "payments.refunded": mark("%(amount)s was refunded."),
    "payments.voided": mark("Your payment was released; nothing was charged."),
    "orders.released": mark("We began to prepare your order."),
    "orders.reduced": mark("Part of your order will not come: %(amount)s less to pay."),
    "orders.cancelled": mark("Your order was cancelled."),
    "orders.delivered": mark("Everything has arrived."),
    "orders.confirmed": mark("Your purchase is confirmed."),
    "warehouse.packed": mark("Packed at %(place)s."),
    "shipped": mark("Left %(place)s."),
    "ready": mark("Ready for you at %(place)s."),
    "delivery.out_for_delivery": mark("The courier is bringing it to you now."),
    "delivery.attempt_fail": mark("The courier could not hand it over and will try again."),
    "delivery.available_for_pickup": mark("It waits for you at %(place)s."),
    "delivery.exception": mark("The carrier reports a difficulty on the way."),
    "delivery.delivered": mark("Delivered, as promised."),
    "delivery.delivered_late": mark("Delivered, later than we promised. We are sorry."),
    "delivery.collected": mark("You collected it."),
    "delivery.lost": mark("The carrier has lost the parcel."),
    "orders.date_accepted": mark("You took the new date. Thank you for your patience."),
    "re_promised": mark("It now comes from %(place)s, and later than we said."),
    "re_promised_kept": mark("It now comes from %(place)s. The date stands."),
}
WHY: Final[Mapping[str, str]] = {
    "not_on_shelf": mark("Why: the goods were not on the shelf where we had reserved them."),
    "node_power": mark("Why: the place that was preparing it lost its power."),
    "node_fire": mark("Why: there was a fire where it was being prepared."),
    "node_flood": mark("Why: the place that was preparing it was flooded."),
    "node_other": mark("Why: the place that was preparing it had to close."),
    "node_out": mark("Why: the place that was preparing it had to close."),
    "late_pick": mark("Why: it took us longer to prepare than we had planned."),
    "missed_departure": mark("Why: it missed the run that it was meant for."),
    "slow_transit": mark("Why: it takes longer on its way than usual."),
    "carrier_exception": mark("Why: the carrier reports a difficulty."),
    "lane_closed": mark("Why: the route it was to take is closed."),
    "node_down": mark("Why: the place that was preparing it had to close."),
    "lost_in_transit": mark("Why: the parcel was lost on its way."),
    "shopper": mark("You asked for it."),
    "payment_declined": mark("Why: the payment was not approved."),
    "operator": mark("Why: the seller cannot supply it."),
}
MONEY_BACK: Final = frozenset({"payments.voided", "payments.refunded", "payments.declined"})
GOOD: Final = frozenset(
    {
        "orders.date_accepted",
        "delivery.delivered",
        "delivery.collected",
        "orders.delivered",
        "orders.confirmed",
        "ready",
    }
)
CHANGE: Final = frozenset(
    {"re_promised", "re_promised_kept", "orders.reduced", "delivery.attempt_fail", "delivery.exception"}
)
BAD: Final = frozenset({"payments.declined", "orders.cancelled", "delivery.lost", "delivery.delivered_late"})


class Moment(msgspec.Struct, frozen=True):
    """A step in words; mark is plain, good, change or bad."""

    at: str
    mark: str
    text: str
    more: tuple[str, ...] = ()


class Stage(msgspec.Struct, frozen=True):
    """A station of the order's road; `state` is done, here or ahead."""

    text: str
    state: str


class LineTold(msgspec.Struct, frozen=True):
    """A line: what was ordered and what that costs, what of it is left, and when that comes."""

    line_no: int
    name: str
    units: int
    left: int
    sum_minor: int
    when: str | None


class ParcelTold(msgspec.Struct, frozen=True):
    """A parcel that comes or came."""

    parcel_no: int
    place: str
    carrier: str | None
    tracking_no: str
    goods: tuple[str, ...]
    when: str


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """The page of an order.

    version  changes when anything of it does
    moments  the latest first
    later    the later date that the shopper may take or decline, None when there is none
    whole    declining it cancels all of the order
    """

    order_id: UUID
    order_no: str
    state: str
    headline: str
    when: str | None
    chance: str | None
    place: str | None
    road: tuple[Stage, ...]
    moments: tuple[Moment, ...]
    lines: tuple[LineTold, ...]
    parcels: tuple[ParcelTold, ...]
    goods_minor: int
    delivery_minor: int
    cancelled_minor: int
    due_minor: int
    currency: str
    cancellable: bool
    cancellable_until: str
    confirmable: bool
    confirms_on: str | None
    placed: str
    version: str
    lives: bool
    later: str | None
    whole: bool


def story(followed: Followed, say: Words, tell: Teller) -> Story:
    """An order in words."""
    order, now = followed.order, followed.now
    pickup = order.service == "pickup"
    coming = [parcel for parcel in now.parcels if parcel.state not in ("cancelled", "lost")]
    last = max(coming, key=lambda parcel: parcel.promised_at, default=None)
    ended = order.state in ("delivered", "confirmed", "cancelled") or (pickup and order.state == "shipped")
    chance_ppm = min((line.chance_ppm for line in now.lines if line.left), default=order.probability_ppm)
    return Story(
        order_id=order.order_id,
        order_no=now.order_no,
        state=order.state,
        headline=say((TO_STORE if pickup else HEADLINES)[order.state]),
        when=None if last is None or ended else tell.arrival(order.service, last.promised_at),
        chance=None if ended or last is None else tell.odds(order.service, chance_ppm),
        place=_named(last.place, say) if pickup and last is not None else None,
        road=_road(order.state, pickup, say),
        moments=tuple(_moment(step, order.currency, say) for step in reversed(followed.steps)),
        lines=tuple(_line(line, followed.prices[line.line_no], order.service, say, tell) for line in now.lines),
        parcels=tuple(_parcel(parcel, now.lines, order.service, say, tell) for parcel in coming),
        goods_minor=order.goods_minor,
        delivery_minor=order.delivery_minor,
        cancelled_minor=order.cancelled_minor,
        due_minor=order.due_minor,
        currency=order.currency,
        cancellable=now.cancellable,
        cancellable_until=say.time(order.release_at),
        confirmable=order.state == "delivered",
        confirms_on=None if now.confirm_on is None else say.day(date.fromisoformat(now.confirm_on)),
        placed=say.when(order.placed_at),
        version=f"{order.state}-{len(followed.steps)}-{order.cancelled_minor}",
        lives=_lives(followed),
        later=None if followed.later is None else say.when(followed.later),
        whole=followed.leaves_all,
    )


def _lives(followed: Followed) -> bool:
    """Whether there is news to wait for: the goods, or of what was cancelled the money."""
    if followed.order.state == "cancelled":
        return not any(step.code in MONEY_BACK for step in followed.steps)
    return followed.order.state not in ("delivered", "confirmed")


def _road(state: str, pickup: bool, say: Words) -> tuple[Stage, ...]:
    if state == "cancelled":
        return ()
    stations = list(ROAD)
    here = len(stations) if state == "confirmed" else stations.index(state)
    words = ROAD_TO_STORE if pickup else ROAD
    last = len(stations) - 1
    return tuple(
        Stage(say(words[each]), "done" if place < here or here >= last else "here" if place == here else "ahead")
        for place, each in enumerate(stations)
    )


def _moment(step: Step, currency: str, say: Words) -> Moment:
    more: list[str] = []
    if step.why in WHY:
        more.append(say(WHY[step.why]))
    if step.code == "re_promised" and step.by is not None:
        by, chance = say.when(step.by), say.chance(step.chance_ppm or 0)
        if step.was is None:
            more.append(say("New date: by %(by)s, kept with a probability of %(chance)s.", by=by, chance=chance))
        else:
            was = say.when(step.was)
            moved = mark("We had said %(was)s; now it is by %(by)s, kept with a probability of %(chance)s.")
            more.append(say(moved, was=was, by=by, chance=chance))
    amount = "" if step.amount_minor is None else say.money(step.amount_minor, currency)
    text = say(STEPS[step.code], amount=amount, place=_named(step.place, say)) if step.code in STEPS else step.code
    if step.parcel_no is not None:
        text = say("Parcel %(n)s: %(text)s", n=step.parcel_no, text=text)
    kind = "good" if step.code in GOOD else "change" if step.code in CHANGE else "bad" if step.code in BAD else "plain"
    return Moment(say.when(step.at), kind, text, tuple(more))


def _line(line: LineNow, price_minor: int, service: str, say: Words, tell: Teller) -> LineTold:
    when = None if line.by is None else tell.arrival(service, line.by)
    sum_minor = line.units * price_minor
    return LineTold(line.line_no, _named(line.names, say), line.units, line.left, sum_minor, when)


def _parcel(parcel: ParcelNow, lines: tuple[LineNow, ...], service: str, say: Words, tell: Teller) -> ParcelTold:
    inside = [line for line in lines if line.line_no in parcel.lines and line.left]
    goods = tuple(f"{_named(line.names, say)} × {line.left}" for line in inside)
    carrier = None if parcel.carrier is None else _named(parcel.carrier, say)
    if parcel.delivered_at is None:
        when = tell.arrival(service, parcel.promised_at)
    else:
        when = say("Arrived %(when)s", when=say.when(parcel.delivered_at))
    return ParcelTold(parcel.parcel_no, _named(parcel.place, say), carrier, parcel.tracking_no, goods, when)


def _named(names: Names | None, say: Words) -> str:
    if names is None:
        return say("our centre")
    return names.ko if say.language == "ko" else names.en
