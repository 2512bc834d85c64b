"""The entries of a book as people leaf through them."""

from collections.abc import Sequence
from typing import Final, LiteralString

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
LISTED: Final[LiteralString] = (
    "WITH looked AS ("
    + ROWS
    + """)
    SELECT e.account, e.currency, e.at, e.transfer_id, e.kind, e.reference, e.net_minor
      FROM looked e
     WHERE (%(seen_account)s::text IS NULL OR e.account = %(seen_account)s)
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
        )
    },
    rows=ROWS,
    most=20_000,
)


async def listed_entries(conn: Conn, book: str, seen_account: str | None, wish: Wish, limit: int) -> Sequence[Entry]:
    """A page of what moved in a book.

    seen_account  the one account that the asker may see; None for all
    """
    return await lists.page(conn, Entry, ENTRIES, wish, limit, book=book, seen_account=seen_account)
