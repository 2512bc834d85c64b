"""What happens to an order."""

from uuid import UUID

from sangdan.kit.events import Fact, fact


@fact("orders.placed")
class OrderPlaced(Fact, frozen=True):
    """A promise was taken: stock, capacity, order and payment intent stand together."""

    order_id: UUID


@fact("orders.authorised")
class OrderAuthorised(Fact, frozen=True):
    """The shopper's money is held for the order."""

    order_id: UUID


@fact("orders.reduced")
class OrderReduced(Fact, frozen=True):
    """Units were taken off the order, before or after release; amount_minor is what they cost the shopper."""

    order_id: UUID
    reason: str
    amount_minor: int


@fact("orders.released")
class OrderReleased(Fact, frozen=True):
    """The order went to the floor and cannot be cancelled any more."""

    order_id: UUID


@fact("orders.re_promised")
class OrderRePromised(Fact, frozen=True):
    """Parcels got another source. The shopper is told when the date does not stand.

    parcel_no  of the new parcel that comes last
    kept       whether the date stands
    quiet      something came off the order too: the fact that says so tells the shopper all of it
    why        a code of what made it necessary, '' where the order's history tells
    """

    order_id: UUID
    parcel_no: int
    kept: bool
    quiet: bool = False
    why: str = ""


@fact("orders.date_accepted")
class DateAccepted(Fact, frozen=True):
    """The shopper takes the later date that they were told."""

    order_id: UUID


@fact("orders.shipped")
class OrderShipped(Fact, frozen=True):
    """Every parcel that is still to come was handed over."""

    order_id: UUID


@fact("orders.delivered")
class OrderDelivered(Fact, frozen=True):
    """Every parcel arrived."""

    order_id: UUID


@fact("orders.confirmed")
class OrderConfirmed(Fact, frozen=True):
    """구매확정, by the shopper or by its dated term: settlement, points and reviews may follow."""

    order_id: UUID


@fact("orders.cancelled")
class OrderCancelled(Fact, frozen=True):
    """Nothing of the order is left; whatever was held for it goes back."""

    order_id: UUID
    reason: str
