"""A batch's columns as PostgreSQL reads them: whatever a shop writes, it stays one value."""

from typing import Any, Final

from msgspec.structs import replace

from sangdan.flows.place_order.columns import columns
from sangdan.kit.db import Conn, value

from .placing_cases import AT, a_taken

NASTY: Final = (
    'a","b', '"', '\\', '\\"', "{}", "{a,b}", "NULL", "null", ",", "'); DROP TABLE orders.order; --", "None",
    "%s %(x)s", "한글 😀", "e\u0301\u200b", "\\x00", "x" * 100, 'quoted "twice" \\ and more', "a b", "}", "\\\\",
)  # fmt: skip


async def read(conn: Conn, column: str) -> Any:
    return await value(conn, "SELECT %(column)s::text[]", column=column)


async def test_a_shop_s_words_come_out_as_they_went_in(conn: Conn) -> None:
    """Each alone, and all in one batch with one that has none."""
    for refs in [*((ref,) for ref in NASTY), (None, *NASTY), (*NASTY, None)]:
        batch = [replace(a_taken(), order_ref=ref) for ref in refs]
        assert await read(conn, columns(batch, AT).orders[5]) == list(refs)
