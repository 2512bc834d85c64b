"""Posting transfers, and reading what they add up to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from psycopg.errors import CheckViolation

from ..db import Conn, many, one, run
from . import statements
from .model import (
    Balance,
    Bound,
    Drift,
    Entry,
    LimitPassed,
    PendingDiffers,
    PendingEnded,
    PendingMissing,
    Transfer,
    TransferDiffers,
    Turnover,
)


class Posted(msgspec.Struct, frozen=True):
    """What one statement did: transfers entered, and ids that end nothing, or end it wrongly."""

    entered: int
    missing: list[UUID]
    differing: list[UUID]


class Unentered(msgspec.Struct, frozen=True):
    """A transfer that was not entered, though it is no twin. `known`: its id is taken by another body."""

    book: str
    transfer_id: UUID
    known: bool


async def post(conn: Conn, transfers: Sequence[Transfer]) -> int:
    """Enter transfers and change the balances they touch, in one statement.

    transfers  any number, of any books; a pending transfer and its end go in two calls. Accounts that do not
               exist yet are opened without a limit
    gives      how many were new; a transfer that was entered before, in the same words, changes nothing
    raises     LimitPassed, TransferDiffers, PendingEnded, PendingDiffers, PendingMissing; the caller's
               transaction must then roll back, as after every problem
    """
    wanted = _distinct(transfers)
    if not wanted:
        return 0
    columns = _columns(wanted)
    try:
        posted = await one(conn, Posted, statements.POST, **columns)
    except CheckViolation as refused:
        raise _limit(refused, wanted) from refused
    if posted.missing or posted.differing:
        raise _wrong_end(posted)
    if posted.entered < len(wanted):
        for each in await many(conn, Unentered, statements.UNENTERED, **columns):
            raise _unentered(each)
    return posted.entered


async def open_account(conn: Conn, book: str, account: str, currency: str, bound: Bound = "none") -> None:
    """Open an account, or change the limit of one that is open.

    bound   'none'; 'debit': debits, pending ones included, never exceed credits; 'credit': the mirror
    raises  LimitPassed when the account has passed that limit already
    """
    try:
        await run(conn, statements.OPEN, book=book, account=account, currency=currency, bound=bound)
    except CheckViolation as refused:
        raise LimitPassed(
            f"Account {account} ({currency}) of book {book} has passed the limit '{bound}' already: settle it first.",
            book=book,
            account=account,
            currency=currency,
        ) from refused


async def balances(conn: Conn, book: str | None = None, account: str | None = None) -> list[Balance]:
    """Accounts of one book or of all, or one account through all books, in the order of their keys."""
    return await many(conn, Balance, statements.BALANCES, book=book, account=account)


async def entries(
    conn: Conn, book: str, since: datetime, until: datetime, account: str | None = None, currency: str | None = None
) -> list[Entry]:
    """Both sides of every transfer that moved money in a book with since <= at < until, by account and time."""
    return await many(
        conn, Entry, statements.ENTRIES, book=book, since=since, until=until, account=account, currency=currency
    )


async def turnovers(conn: Conn, book: str, since: datetime, until: datetime) -> list[Turnover]:
    """What moved in each account of a book with since <= at < until, by account and currency."""
    return await many(conn, Turnover, statements.TURNOVERS, book=book, since=since, until=until)


async def drift(conn: Conn) -> list[Drift]:
    """Every balance that differs from its transfers, every book that does not sum to zero; empty when all is well."""
    return await many(conn, Drift, statements.DRIFT)


def _distinct(transfers: Iterable[Transfer]) -> list[Transfer]:
    """Each id once: the same words twice are one transfer."""
    by_key: dict[tuple[str, UUID], Transfer] = {}
    for each in transfers:
        before = by_key.setdefault((each.book, each.transfer_id), each)
        if msgspec.structs.replace(before, at=each.at) != each:
            raise _unentered(Unentered(each.book, each.transfer_id, known=True))
    return list(by_key.values())


def _columns(transfers: Sequence[Transfer]) -> dict[str, list[Any]]:
    """One array a column."""
    return {name: list(map(attrgetter(name), transfers)) for name in Transfer.__struct_fields__}


def _limit(refused: CheckViolation, transfers: Sequence[Transfer]) -> Exception:
    if refused.diag.constraint_name != "account_within_bound":
        return refused
    kinds = sorted({each.kind for each in transfers})
    references = sorted({each.reference for each in transfers})
    return LimitPassed(
        f"An account would pass its limit ({', '.join(kinds)} for {', '.join(references[:3])}): "
        "nothing was entered; move less, or cover it first.",
        kinds=kinds,
        references=references,
    )


def _wrong_end(posted: Posted) -> Exception:
    if posted.missing:
        return PendingMissing(
            f"Transfer {posted.missing[0]} ends a pending one that is not in its book: enter that first.",
            transfer_ids=[str(each) for each in posted.missing],
        )
    return PendingDiffers(
        f"Transfer {posted.differing[0]} does not fit the pending one it ends: same accounts and currency, "
        "no more than is pending, and all of it when it is voided.",
        transfer_ids=[str(each) for each in posted.differing],
    )


def _unentered(each: Unentered) -> Exception:
    if each.known:
        return TransferDiffers(
            f"Transfer {each.transfer_id} of book {each.book} was entered in other words: use a new id.",
            book=each.book,
            transfer_id=str(each.transfer_id),
        )
    return PendingEnded(
        f"Transfer {each.transfer_id} of book {each.book} ends a pending one that was posted or voided before.",
        book=each.book,
        transfer_id=str(each.transfer_id),
    )
