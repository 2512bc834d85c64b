"""The entries of a book as people leaf through them."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from msgspec.structs import replace

from sangdan.kit import lists
from sangdan.kit.db import Conn
from sangdan.kit.lists import Listing, Wish

from .model import Entry

ROWS: Final[LiteralString] = """
    SELECT *
      FROM (SELECT t.book, t.phase, s.account, t.currency, t.at, t.transfer_id, t.kind, t.reference, s.net_minor
              FROM kit.transfer t
             CROSS JOIN LATERAL (VALUES (t.debit, -t.amount_minor), (t.credit, t.amount_minor))
                     AS s (account, net_minor)) e
     WHERE e.book = %(book)s AND e.phase IN ('single', 'post')
"""
# One account's alone: transfer_by_debit and transfer_by_credit find them in the alliance's book.
_OF_ONE: Final[LiteralString] = """
    SELECT *
      FROM (SELECT t.book, t.phase, t.debit AS account, t.currency, t.at, t.transfer_id, t.kind, t.reference,
                   -t.amount_minor AS net_minor
              FROM kit.transfer t
             WHERE t.debit = %(account)s
             UNION ALL
            SELECT t.book, t.phase, t.credit, t.currency, t.at, t.transfer_id, t.kind, t.reference, t.amount_minor
              FROM kit.transfer t
             WHERE t.credit = %(account)s) e
     WHERE e.book = %(book)s AND e.phase IN ('single', 'post')
"""
LISTED: Final[LiteralString] = (
    "WITH looked AS ("
    + ROWS
    + """)
    SELECT e.account, e.currency, e.at, e.transfer_id, e.kind, e.reference, e.net_minor
      FROM looked e
     WHERE true
"""
)
ENTRIES: Final = Listing(
    select=LISTED,
    where={
        "account": "e.account = %(account)s",
        "kind": "e.kind = %(kind)s",
        "q": "e.reference BETWEEN %(q)s AND %(q)s || '~'",
        "at": "e.at >= %(at_from)s AND e.at < %(at_until)s",
    },
    orders={
        "at": lists.Order(
            (("e.at", "timestamptz"), ("e.transfer_id", "uuid"), ("e.account", "text")),
            ("at", "transfer_id", "account"),
            served=frozenset({"q", "at"}),
            apart={"account": _OF_ONE},
        )
    },
    rows=ROWS,
    most=20_000,
)


async def listed_entries(conn: Conn, book: str, seen_account: str | None, wish: Wish, limit: int) -> Sequence[Entry]:
    """A page of what moved in a book.

    seen_account  the one account that the asker may see; None for all
    """
    seen = _seen(wish, seen_account)
    return [] if seen is None else await lists.page(conn, Entry, ENTRIES, seen, limit, book=book)


async def listed_end(conn: Conn, book: str, seen_account: str | None, wish: Wish) -> tuple[Any, ...] | None:
    """Where such a page stops looking; see `lists.end`."""
    seen = _seen(wish, seen_account)
    return None if seen is None else await lists.end(conn, ENTRIES, seen, book=book)


def _seen(wish: Wish, account: str | None) -> Wish | None:
    """The wish of one who may see an account alone; None when they ask for another."""
    if account is None:
        return wish
    if wish.filters.get("account", account) != account:
        return None
    return replace(wish, filters={**wish.filters, "account": account})
