"""The double-entry ledger: transfers are facts, balances follow in the same statement.

A transfer moves an amount from the account it debits to the account it credits, inside one book and one
currency, so a book always sums to zero. A `pending` transfer holds an amount until a `post` takes all or
part of it (the rest is let go) or a `void` lets all of it go.
"""

from .model import (
    Balance,
    Bound,
    Drift,
    Entry,
    LimitPassed,
    PendingDiffers,
    PendingEnded,
    PendingMissing,
    Phase,
    Transfer,
    TransferDiffers,
    Turnover,
)
from .posting import balances, drift, entries, open_account, post, turnovers

__all__ = [
    "Balance",
    "Bound",
    "Drift",
    "Entry",
    "LimitPassed",
    "PendingDiffers",
    "PendingEnded",
    "PendingMissing",
    "Phase",
    "Transfer",
    "TransferDiffers",
    "Turnover",
    "balances",
    "drift",
    "entries",
    "open_account",
    "post",
    "turnovers",
]
