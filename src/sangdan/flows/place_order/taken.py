"""What is placed: a promise that somebody takes, and what may stand in its way."""

from datetime import datetime
from uuid import UUID

import msgspec

from sangdan.kit.problems import Conflict
from sangdan.offer.promise.commands import Opened

# What was short, or was there before: `what` it is, and the node, SKU, hour or order that it concerns.
Short = dict[str, str]


class StockGone(Conflict):
    """Between the promise and the order others took goods, hour or turn; fresh ways come with the problem."""

    code = "stock-gone"


class SourceClosed(StockGone):
    """Between the promise and the order a place that it comes from went out of service; fresh ways come with it."""

    code = "source-closed"


class PromiseTaken(Conflict):
    """The promise became an order already; a retry of that wish brings its own key."""

    code = "promise-taken"


class Terms(msgspec.Struct, frozen=True):
    """What the alliance grants with every order: seconds until release, days until it confirms itself.

    release_after_s  less where waiting so long would break the date
    """

    release_after_s: int
    confirm_days: int


class Buyer(msgspec.Struct, frozen=True):
    """Who takes a promise: the shop's key, the ally that owns the shop and collects the money, and the shopper."""

    client_id: str
    shop_id: str
    shopper_id: str


class Claim(msgspec.Struct, frozen=True):
    """The key with which an order may be sent again, and what its twins are answered (kit.requests).

    body_hash  of the request
    status     of the answer, as in HTTP
    """

    client_id: str
    key: str
    body_hash: bytes
    status: int
    answer: bytes


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A promise that somebody takes.

    release_at    until then it can be cancelled
    confirm_days  after its delivery it confirms itself
    at            when it was asked for; None: when it is placed
    order_ref     the number under which the shop knows it
    claim         None where nobody may send it again
    """

    order_id: UUID
    buyer: Buyer
    promise: Opened
    release_at: datetime
    confirm_days: int
    at: datetime | None = None
    order_ref: str | None = None
    claim: Claim | None = None
