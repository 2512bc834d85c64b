"""How a batch finds its rows: an index probe for each thing that is wanted, in key order, however big the tables."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, LiteralString

import psycopg
import pytest
from bench.race.wishes import AT, Part, Wish, taken
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.errors import Diagnostic

from sangdan.flows.place_order import place_batch
from sangdan.kit import postgres
from sangdan.kit.ids import Ids

NODES: Final = 50
SKUS: Final = 20_000
PER_HOUR: Final = {f"node-{number:02}": 1000 for number in range(NODES)}

# A million cells, and some dated supply; what was read of them is known to the planner.
FILL: Final[LiteralString] = """
    SET session_replication_role = replica;
    INSERT INTO stock.balance (node_id, sku, owner_id, on_hand)
    SELECT 'node-' || lpad((n % 50)::text, 2, '0'), 'sku-' || lpad((n / 50)::text, 5, '0'), 'dairy', 100
      FROM generate_series(0, 999999) AS n;
    INSERT INTO stock.inbound (node_id, inbound_id, sku, owner_id, units, due_at)
    SELECT 'node-' || lpad((n % 50)::text, 2, '0'), 'asn-' || n, 'sku-00001', 'dairy', 100, '2026-12-01'
      FROM generate_series(0, 9999) AS n;
    INSERT INTO warehouse.slot (node_id, hour_at, parcels_max, parcels)
    SELECT 'node-' || lpad((n % 50)::text, 2, '0'), timestamptz '2026-11-01' + make_interval(hours => n / 50), 1000, 0
      FROM generate_series(0, 49999) AS n;
    VACUUM ANALYZE stock.balance, stock.inbound, warehouse.slot
"""
TELL: Final[LiteralString] = """
    LOAD 'auto_explain';
    SET auto_explain.log_min_duration = 0;
    SET auto_explain.log_nested_statements = on;
    SET auto_explain.log_format = json;
    SET auto_explain.log_level = notice
"""
# Tables that grow without end, and the columns by which the batch must come to their rows.
KEYS: Final[Mapping[str, Sequence[str]]] = {
    "balance": ("node_id", "sku"),
    "inbound": ("node_id", "inbound_id"),
    "slot": ("node_id", "hour_at"),
    "order": ("order_id",),
    "request": ("client_id", "key"),
}


@pytest.fixture(scope="module")
def big(server: postgres.Server, template: str) -> Iterator[str]:
    """The superuser's address of a database with a million cells."""
    name = template.replace("template", "million")
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
        address = make_conninfo(server.admin_url, dbname=name)
        with psycopg.connect(address, autocommit=True) as conn:
            for statement in FILL.split(";"):
                conn.execute(statement.encode())
        yield address
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.parametrize(("orders", "locked"), [(1, False), (512, False), (512, True)])
async def test_a_batch_probes_keys(big: str, orders: int, locked: bool) -> None:
    assert _slow_ways(await _plans(big, orders, locked=locked)) == []


@pytest.mark.parametrize(
    "otherwise",
    [
        "enable_hashjoin = on SET enable_nestloop = off",
        "enable_seqscan = on SET enable_indexscan = off SET enable_bitmapscan = off",
    ],
)
async def test_another_plan_is_seen(big: str, otherwise: LiteralString) -> None:
    change: LiteralString = f"ALTER FUNCTION flows.place_orders SET {otherwise}"
    assert _slow_ways(await _plans(big, 16, locked=False, first=change)) != []  # each of them reads a whole table


async def _plans(address: str, orders: int, *, locked: bool, first: LiteralString = "SELECT") -> list[dict[str, Any]]:
    """The plan of every statement by which a batch was placed; nothing of it stays."""
    told: list[str] = []

    def hear(said: Diagnostic) -> None:
        told.append(said.message_primary or "")

    async with await psycopg.AsyncConnection.connect(address, options="-c timezone=UTC") as conn:
        await conn.execute(first)
        await conn.execute(TELL)
        conn.add_notice_handler(hear)
        batch = [taken(wish, PER_HOUR) for wish in _wishes(orders)]
        assert await place_batch(conn, batch, AT, locked=locked) == [[]] * orders
        await conn.rollback()
    return [json.loads(each.partition("plan:")[2])["Plan"] for each in told if "plan:" in each]


def _slow_ways(plans: Sequence[dict[str, Any]]) -> list[str]:
    """What reads a growing table otherwise than by its key, or in another order than the wishes'."""
    scans = [node for plan in plans for node in _scans(plan) if node["Relation Name"] in KEYS]
    assert {node["Relation Name"] for node in scans} >= {"balance", "inbound", "slot", "order"}
    found: list[str] = []
    for node in scans:
        name, condition = node["Relation Name"], node.get("Index Cond", node.get("Recheck Cond", ""))
        if not all(column in condition for column in KEYS[name]):
            found.append(f"{name} is read by {node['Node Type']} on {condition!r}")
    for loop in (loop for plan in plans for loop in _loops(plan)):
        outside, inside = (_relations(below) for below in loop["Plans"])
        if "balance" in outside or ("balance" in inside and loop["Node Type"] != "Nested Loop"):
            found.append(f"shelves are read by {loop['Node Type']}, {outside} before {inside}")
    return found


def test_what_is_reserved_is_in_no_index(url: str) -> None:
    """So that taking units writes the row in its own page, and no index (HOT)."""
    with psycopg.connect(url) as conn:
        found = conn.execute(
            """
            SELECT i.indexrelid::regclass::text FROM pg_index i
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
             WHERE i.indrelid IN ('stock.balance'::regclass, 'stock.inbound'::regclass, 'stock.allotment'::regclass,
                                  'warehouse.slot'::regclass)
               AND a.attname IN ('reserved', 'on_hand', 'taken', 'parcels')
            """
        ).fetchall()
    assert found == []


def _wishes(orders: int) -> Iterator[Wish]:
    """Orders of three lines: two shelves, all different, and some dated supply."""
    ids = Ids(seed=9)
    for number in range(orders):
        node_id = f"node-{number % NODES:02}"
        skus = [f"sku-{(number * 37 + line) % SKUS:05}" for line in range(2)]
        parts = [Part(line, node_id, sku, 1) for line, sku in enumerate(skus, start=1)]
        yield Wish(ids.new(AT), (*parts, Part(3, node_id, "sku-00001", 1, f"asn-{number % NODES}")))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)


def _scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Nodes that read a table."""
    return (node for node in _nodes(plan) if "Relation Name" in node and node["Node Type"].endswith("Scan"))


def _loops(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Nodes that join two inputs."""
    return (node for node in _nodes(plan) if len(node.get("Plans", [])) == 2 and "Join Type" in node)


def _relations(plan: dict[str, Any]) -> set[str]:
    return {node["Relation Name"] for node in _scans(plan)}
