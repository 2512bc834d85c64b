"""All SQL of the stock room: one statement, one function, no decisions.

Locks are taken in one order everywhere: rules, reservations by id, shelves by (node_id, sku, owner_id), dated supply.
A share is locked by whoever holds its shelf, and by nobody else.
"""

from .holding import end_hold, held, let_go, reserve
from .loading import (
    BULK_INBOUND,
    COPY_COUNT,
    MAKE_COUNT,
    REFUSE_COUNT,
    count_again,
    count_new,
    count_same,
    counted,
    lock_counted,
    rule_count,
)
from .moving import arrive, leave, receive
from .reading import available, balances, drift, holders, oversold, supply
from .ruling import (
    COPY_RULE,
    MAKE_RULE,
    REFUSE_RULE,
    cells_under,
    grow,
    hold_rules,
    lock_rules,
    old_rules,
    put_rules,
    rule_cells,
    rules,
    shares,
    withdraw,
)
from .telling import awaited, cell, correct, lock_cell, lock_cells, movement, movements

__all__ = [
    "BULK_INBOUND",
    "COPY_COUNT",
    "COPY_RULE",
    "MAKE_COUNT",
    "MAKE_RULE",
    "REFUSE_COUNT",
    "REFUSE_RULE",
    "arrive",
    "available",
    "awaited",
    "balances",
    "cell",
    "cells_under",
    "correct",
    "count_again",
    "count_new",
    "count_same",
    "counted",
    "drift",
    "end_hold",
    "grow",
    "held",
    "hold_rules",
    "holders",
    "leave",
    "let_go",
    "lock_cell",
    "lock_cells",
    "lock_counted",
    "lock_rules",
    "movement",
    "movements",
    "old_rules",
    "oversold",
    "put_rules",
    "receive",
    "reserve",
    "rule_cells",
    "rule_count",
    "rules",
    "shares",
    "supply",
    "withdraw",
]
