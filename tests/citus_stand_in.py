"""A stand-in for Citus, where only the real one is missing: its catalogue, and functions that write down their calls.

It spreads nothing and refuses nothing. What it shows is which statements are sent, in which order, and that a second
run sends none; that a real cluster takes them is tried on a real cluster.
"""

from typing import Final, LiteralString

from sangdan.kit.db import Conn

STAND_IN: Final[tuple[LiteralString, ...]] = (
    "CREATE SCHEMA citus_stand_in",
    "CREATE TABLE citus_stand_in.called (call_no integer GENERATED ALWAYS AS IDENTITY, told text NOT NULL)",
    """CREATE TABLE pg_dist_node (nodename text, nodeport integer, isactive boolean DEFAULT true,
                                  shouldhaveshards boolean DEFAULT true, noderole text DEFAULT 'primary')""",
    "CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, told text NOT NULL)",
    """CREATE FUNCTION create_distributed_table(table_name regclass, distribution_column text,
                                                colocate_with text DEFAULT 'default') RETURNS void LANGUAGE sql AS $$
           INSERT INTO citus_stand_in.called (told) VALUES (concat_ws(' ', 'spread', table_name, distribution_column));
           INSERT INTO pg_dist_partition VALUES (table_name, colocate_with) $$""",
    """CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE sql AS $$
           INSERT INTO citus_stand_in.called (told) VALUES ('replicate ' || table_name);
           INSERT INTO pg_dist_partition VALUES (table_name, 'everywhere') $$""",
)
WORKER: Final[LiteralString] = "INSERT INTO pg_dist_node (nodename, nodeport) VALUES ('worker-1', 5432)"


async def stand_in(conn: Conn) -> None:
    """Make what CREATE EXTENSION would bring; no workers yet."""
    for statement in STAND_IN:
        await conn.execute(statement)
