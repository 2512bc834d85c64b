"""All SQL of the stock room: one statement, one function, no decisions.

Locks are taken in one order everywhere: reservations by id, then shelves by (node_id, sku, owner_id).
"""

from .holding import end_hold, held, hold, let_go, reserve
from .loading import (
    BULK_INBOUND,
    COPY_COUNT,
    MAKE_COUNT,
    REFUSE_COUNT,
    count_again,
    count_new,
    count_same,
    lock_counted,
)
from .moving import arrive, leave, receive
from .reading import available, balances, drift, holders, oversold, supply

__all__ = [
    "BULK_INBOUND",
    "COPY_COUNT",
    "MAKE_COUNT",
    "REFUSE_COUNT",
    "arrive",
    "available",
    "balances",
    "count_again",
    "count_new",
    "count_same",
    "drift",
    "end_hold",
    "held",
    "hold",
    "holders",
    "leave",
    "let_go",
    "lock_counted",
    "oversold",
    "receive",
    "reserve",
    "supply",
]
