"""Which facts the world outside may hear of, under which names, and what each of them tells to whom.

Names and fields are a contract: they may be added to, never changed or taken away.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import msgspec

from sangdan.kit.problems import Invalid

# What an ally is to an event: whose shop the order came through, who sells a line, who runs the node, who carries the
# parcel, or whom the fact itself names. The tower is all of it.
Part: TypeAlias = Literal["shop", "seller", "operator", "carrier", "named"]
# What an event is about, and so who has a part in it.
Scope: TypeAlias = Literal["order", "parcel", "payment", "partner"]

PARTS: Final[tuple[Part, ...]] = ("shop", "seller", "operator", "carrier", "named")


class EventTypeUnknown(Invalid):
    """There is no public event of that name."""

    code = "event-type-unknown"


class Field(msgspec.Struct, frozen=True):
    """A field of an event's data.

    holds  its type, for people
    means  what it says, with its unit
    parts  who is told
    of     its name in the fact, where that differs
    """

    name: str
    holds: str
    means: str
    parts: frozenset[Part] = frozenset(PARTS)
    of: str | None = None


class Kind(msgspec.Struct, frozen=True):
    """A kind of public event.

    name    the public one
    fact    the fact behind it
    says    what happened
    fields  of its data, those of its scope included
    """

    name: str
    fact: str
    scope: Scope
    says: str
    fields: tuple[Field, ...]


def _parts(*named: Part) -> frozenset[Part]:
    return frozenset(named)


_SHOP: Final = _parts("shop")
_ORDER: Final = (
    Field("order_id", "UUID", "the order"),
    Field("shop_id", "text", "the ally through whose shop it came"),
)
_PARCEL: Final = (
    *_ORDER,
    Field("parcel_id", "UUID", "the parcel"),
    Field("parcel_no", "integer", "its number within the order"),
    Field("node_id", "text", "where it is packed"),
    Field("carrier_id", "text or null", "who carries it; null when the shopper fetches it"),
    Field("service", "text", "how it comes: pickup, quick, dawn, next_day, standard"),
    Field("promised_at", "instant", "by when it was promised"),
)
_INSIDE: Final = Field(
    "lines", "list", "what is inside: line_no, sku, seller_id, units; a seller sees its own",
    _parts("shop", "seller", "operator"),
)  # fmt: skip
_PAYMENT: Final = (*_ORDER, Field("payment_id", "UUID", "the payment"))
_AMOUNT: Final = Field("amount_minor", "integer", "how much, in the currency's minor unit", _SHOP)
_CURRENCY: Final = Field("currency", "text", "of the amounts", _SHOP)
_REASON: Final = Field("reason", "text", "why")
_REVIEW: Final = (
    Field("review_id", "UUID", "the review"),
    Field("product_id", "text", "what was bought"),
    Field("partner_id", "text", "the ally through whose shop it was bought"),
)
_SSCC: Final = Field("sscc", "text", "the number on its label")


def _order(name: str, says: str, *fields: Field) -> Kind:
    return Kind(f"order.{name}", f"orders.{name}", "order", says, (*_ORDER, *fields))


def _parcel(name: str, fact: str, says: str, *fields: Field) -> Kind:
    return Kind(f"parcel.{name}", fact, "parcel", says, (*_PARCEL, *fields))


def _payment(name: str, says: str, *fields: Field) -> Kind:
    return Kind(f"payment.{name}", f"payments.{name}", "payment", says, (*_PAYMENT, *fields))


_ALL: Final = (
    _order(
        "placed",
        "a promise was taken: stock, capacity, order and payment intent stand",
        Field("placed_at", "instant", "when"),
        Field("service", "text", "how it comes"),
        Field("promised_at", "instant", "by when all of it was promised"),
        _CURRENCY,
        Field("goods_minor", "integer", "price of the goods, in the currency's minor unit", _SHOP),
        Field("delivery_minor", "integer", "price of the delivery", _SHOP),
        Field("total_minor", "integer", "both together", _SHOP),
        Field(
            "lines",
            "list",
            "what was ordered: line_no, sku, seller_id, units, unit_price_minor; a seller sees its part",
            _parts("shop", "seller"),
        ),
        Field(
            "parcels", "list",
            "how it was promised: parcel_no, parcel_id, node_id, carrier_id, service, promised_at; an operator sees "
            "those of its nodes",
            _parts("shop", "operator"),
        ),
    ),
    _order("authorised", "the shopper's money is held"),
    _order("reduced", "units were taken off the order", _REASON, _AMOUNT, _CURRENCY),
    _order("released", "the order went to the floors and cannot be cancelled freely any more"),
    Kind(
        "order.re_promised", "orders.re_promised", "parcel", "a parcel is to come from another source",
        (*_PARCEL, Field("kept", "true or false", "whether the date stands"), _INSIDE),
    ),
    _order("shipped", "every parcel that is still to come was handed over"),
    _order("delivered", "every parcel arrived"),
    _order("confirmed", "구매확정: the order will be settled"),
    _order("cancelled", "nothing of the order is left", _REASON),
    _parcel(
        "picked", "warehouse.picked", "somebody looked for the parcel's units",
        Field("found_units", "integer", "how many were there", _parts("shop", "operator")), _INSIDE,
    ),
    _parcel("packed", "warehouse.packed", "the parcel is closed", _SSCC),
    _parcel(
        "shipped", "warehouse.handed_over", "the parcel left its node, or waits at the counter",
        _SSCC, Field("shipped_at", "instant", "when", of="at"), _INSIDE,
    ),
    _parcel("cancelled", "warehouse.cancelled", "the parcel is not to be made any more"),
    _parcel(
        "moved", "delivery.moved", "the carrier reports the parcel in another state, not its last",
        Field("state", "text", "in_transit, out_for_delivery, attempt_fail, available_for_pickup, exception"),
        Field("moved_at", "instant", "since when, by the carrier's clock", of="at"),
    ),
    _parcel(
        "delivered", "delivery.delivered", "the shopper has the parcel",
        Field("delivered_at", "instant", "since when, by the carrier's clock", of="at"), _INSIDE,
    ),
    _parcel(
        "lost", "delivery.lost", "the carrier has given the parcel up",
        Field("lost_at", "instant", "when", of="at"), _INSIDE,
    ),
    _payment("authorised", "the gateway holds the money"),
    _payment("declined", "the gateway does not hold the money", _REASON),
    _payment("captured", "the money was taken", _AMOUNT, _CURRENCY),
    _payment("refunded", "money went back to the shopper", _AMOUNT, _CURRENCY),
    _payment("voided", "the held money was let go"),
    Kind(
        "statement.closed", "settlement.closed", "partner", "an ally's statement of a period stands",
        (
            Field("partner_id", "text", "whose statement"),
            Field("currency", "text", "of the amount"),
            Field("period_from", "instant", "first instant of the period"),
            Field("period_to", "instant", "first instant after it"),
            Field("owed_minor", "integer", "positive: the alliance owes the ally; in the currency's minor unit"),
        ),
    ),
    Kind(
        "review.written", "reviews.written", "partner", "a shopper said what a purchase was like",
        (*_REVIEW, Field("stars", "integer", "1 to 5"),
         Field("state", "text", "shown; waiting: somebody has to look at it first")),
    ),
    Kind(
        "review.decided", "reviews.decided", "partner", "a review is shown, or not shown any more",
        (*_REVIEW, Field("state", "text", "shown or hidden"), Field("reason", "text or null", "why it is hidden")),
    ),
    Kind(
        "webhook.switched_off", "webhooks.switched_off", "partner", "an endpoint took nothing any more",
        (
            Field("endpoint_id", "UUID", "the endpoint"),
            Field("partner_id", "text or null", "whose it is; null: the tower's"),
            Field("reason", "text", "gone: it answered 410. failing: it failed for too long"),
        ),
    ),
)  # fmt: skip

KINDS: Final = MappingProxyType({kind.name: kind for kind in _ALL})
BY_FACT: Final = MappingProxyType({kind.fact: kind for kind in _ALL})


def facts_of(names: Sequence[str] | None) -> list[str]:
    """The facts behind some public names; None stands for all.

    raises  EventTypeUnknown listing the names there are
    """
    if names is None:
        return list(BY_FACT)
    if unknown := [name for name in names if name not in KINDS]:
        raise EventTypeUnknown(
            f"There is no event of type {unknown[0][:60]!r}: choose from {', '.join(KINDS)}.",
            event_type=unknown[0][:60],
            known=", ".join(KINDS),
        )
    return [KINDS[name].fact for name in names]
