"""What a ledger is made of: transfers, accounts, and what can be wrong with them."""

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec

from ..problems import Conflict, NotFound

Phase: TypeAlias = Literal["single", "pending", "post", "void"]
Bound: TypeAlias = Literal["none", "debit", "credit"]


class LimitPassed(Conflict):
    """An account would pass the limit that it was opened with."""

    code = "limit-passed"


class TransferDiffers(Conflict):
    """The id of a transfer is taken by another one."""

    code = "transfer-differs"


class PendingEnded(Conflict):
    """A pending transfer was posted or voided before."""

    code = "pending-ended"


class PendingDiffers(Conflict):
    """A transfer ends a pending one with other accounts, another currency or too large an amount."""

    code = "pending-differs"


class PendingMissing(NotFound):
    """A transfer ends a pending one that does not exist."""

    code = "pending-missing"


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """A row of kit.transfer.

    transfer_id   unique in its book; the caller's key to repeat it harmlessly
    amount_minor  > 0; for a `post` at most what was pending, for a `void` exactly that
    pending_id    the transfer that a `post` or a `void` ends, else None
    kind          what it is for, e.g. 'commission'
    reference     what it hangs on, e.g. an order's id
    """

    book: str
    transfer_id: UUID
    currency: str
    debit: str
    credit: str
    amount_minor: int
    phase: Phase = "single"
    pending_id: UUID | None = None
    kind: str
    reference: str
    at: datetime


class Balance(msgspec.Struct, frozen=True):
    """One account, in minor units of its currency."""

    book: str
    account: str
    currency: str
    bound: str
    debits_minor: int
    credits_minor: int
    debits_pending: int
    credits_pending: int

    @property
    def net_minor(self) -> int:
        """Credits less debits, without what is pending: what the book owes to this account."""
        return self.credits_minor - self.debits_minor


class Entry(msgspec.Struct, frozen=True):
    """One side of a transfer that moved money: positive where it credits the account."""

    account: str
    currency: str
    at: datetime
    transfer_id: UUID
    kind: str
    reference: str
    net_minor: int


class Turnover(msgspec.Struct, frozen=True):
    """What the entries of an account add up to over a period."""

    account: str
    currency: str
    entries: int
    net_minor: int


class Drift(msgspec.Struct, frozen=True):
    """A balance that its transfers do not explain.

    check  'debits_minor' ... 'credits_pending' for an account's column; 'book' for a book that does not sum to
           zero; 'end' for a `post` or `void` (account = its id) without the pending transfer it claims
    """

    check: str
    book: str
    account: str
    currency: str
    balance_minor: int
    facts_minor: int
