"""Members: loaded in bulk, asked for their age and their orders, forgotten."""

from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.bulk import Bulk
from sangdan.kit.db import Conn, many, run, value

MEMBER_BIRTH_YEAR: Final[LiteralString] = "SELECT birth_year FROM orders.member WHERE member_id = %(member_id)s"
FORGET_MEMBER: Final[LiteralString] = """
    UPDATE orders.member SET birth_year = NULL, postcode = NULL, joined_on = NULL WHERE member_id = %(member_id)s
"""
OF_SHOPPER: Final[LiteralString] = """
    SELECT order_id FROM orders.order WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s)
     ORDER BY placed_at DESC, order_id DESC LIMIT %(limit)s
"""

# Load: members in bulk, through kit.bulk's temporary table `incoming`.
MAKE_MEMBER: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE orders.member) ON COMMIT DROP
"""
COPY_MEMBERS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, member_id, locale, birth_year, postcode, joined_on) FROM STDIN (FORMAT csv)
"""
PUT_MEMBERS: Final[LiteralString] = """
    INSERT INTO orders.member AS old (member_id, locale, birth_year, postcode, joined_on)
    SELECT member_id, locale, birth_year, postcode, joined_on FROM pg_temp.incoming ORDER BY member_id
    ON CONFLICT (member_id) DO UPDATE
       SET (locale, birth_year, postcode, joined_on)
         = (excluded.locale, excluded.birth_year, excluded.postcode, excluded.joined_on)
     WHERE old IS DISTINCT FROM excluded
"""
BULK_MEMBERS: Final = Bulk(MAKE_MEMBER, COPY_MEMBERS, PUT_MEMBERS)


class _Named(msgspec.Struct, frozen=True):
    order_id: UUID


async def of_shopper(conn: Conn, shop_id: str, shopper_id: str, limit: int) -> list[UUID]:
    """A shopper's orders in a shop, the latest first."""
    rows = await many(conn, _Named, OF_SHOPPER, shop_id=shop_id, shopper_id=shopper_id, limit=limit)
    return [row.order_id for row in rows]


async def birth_year(conn: Conn, member_id: str) -> int | None:
    """The year a member was born in, if told."""
    return await value(conn, MEMBER_BIRTH_YEAR, member_id=member_id)


async def forget_member(conn: Conn, member_id: str) -> None:
    """Empty what is known of a member besides the id."""
    await run(conn, FORGET_MEMBER, member_id=member_id)
