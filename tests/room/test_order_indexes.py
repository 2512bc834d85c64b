"""Indexes of orders: none may name what every step of an order writes."""

from sangdan.kit.db import Pool, value

# What an index depends on: its columns, and those of its condition.
INDEXED = """
    SELECT coalesce(array_agg(DISTINCT d.objid::regclass::text), '{}')
      FROM pg_depend d
      JOIN pg_index i ON i.indexrelid = d.objid
      JOIN pg_attribute a ON (a.attrelid, a.attnum) = (d.refobjid, d.refobjsubid)
     WHERE i.indrelid = 'orders.order'::regclass AND d.classid = 'pg_class'::regclass
       AND a.attname = ANY(%(columns)s::text[])
"""


async def test_no_index_names_what_every_step_writes(db: Pool) -> None:
    """A row whose indexed columns stay as they are is written anew in its page alone: a quarter of the work."""
    async with db.transaction() as conn:
        assert await value(conn, INDEXED, columns=["state", "released_at", "shipped_at", "confirmed_at"]) == []
        assert "orders.order_not_over" in await value(conn, INDEXED, columns=["delivered_at"])
