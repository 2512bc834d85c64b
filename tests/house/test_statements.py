"""Every SQL statement of the house: who may write what, no clocks, and that the database understands it."""

import psycopg
import pytest

from sangdan.kit.db import Conn

from ..citus_stand_in import stand_in
from .grammar import touched
from .statements import Statement, all_constants, breaches, constants, function_breaches, loose, plain
from .tree import SOURCE, modules, stages

FUNCTIONS = SOURCE / "db" / "functions"
PLACING = FUNCTIONS / "place_orders.sql"
PREPARABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES")


def body(text: str) -> str:
    """The statement without the comments that it begins with."""
    lines = text.strip().splitlines()
    while lines and lines[0].lstrip().startswith("--"):
        lines.pop(0)
    return "\n".join(lines).strip()


async def views(conn: Conn) -> frozenset[str]:
    rows = await conn.execute("SELECT schemaname || '.' || viewname FROM pg_views")
    return frozenset(name for (name,) in await rows.fetchall())


async def understood(conn: Conn, statements: list[Statement]) -> list[str]:
    """What the database objects to. A temporary table stands from its CREATE to the next one, as in the code."""
    wrong: list[str] = []
    for statement in statements:
        text = body(statement.text)
        try:
            async with conn.transaction():
                if text.startswith("CREATE TEMP"):
                    await conn.execute("DROP TABLE IF EXISTS pg_temp.incoming")
                    await conn.execute(text.encode())
                elif text.startswith("COPY"):
                    async with conn.cursor() as cur, cur.copy(text.encode()):
                        pass
                elif text.startswith(PREPARABLE):
                    await conn.execute(f"PREPARE house AS {plain(text)}".encode())
                    await conn.execute("DEALLOCATE house")
        except psycopg.Error as reason:
            wrong.append(f"{statement.file} {statement.name}: {reason}")
    return wrong


async def test_every_statement_keeps_the_rules(conn: Conn) -> None:
    allowed = await views(conn)
    found = [f"{s.file} {s.name} {breach}" for s in all_constants() for breach in breaches(s, allowed)]
    assert not found, "\n".join(found)


async def test_the_database_understands_every_statement(conn: Conn) -> None:
    await stand_in(conn)  # kit/citus.py speaks to an extension that the test's server lacks
    found = [wrong for file in modules() for wrong in await understood(conn, constants(file))]
    assert not found, "\n".join(found)


def test_there_are_statements_to_look_at() -> None:
    assert len(all_constants()) > 100


def test_sql_stands_in_constants_and_in_a_room_in_its_queries() -> None:
    found = [f"{file.relative_to(SOURCE)}: {text}" for file in modules() for text in loose(file.read_text())]
    for statement in all_constants():
        stage, _, rest = statement.file.partition("/")
        if stage in stages() and not rest.partition("/")[2].startswith("queries"):
            found.append(f"{statement.file}: {statement.name} does not stand in queries")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [file.name for file in sorted(FUNCTIONS.glob("*.sql"))])
def test_every_function_keeps_the_rules(name: str) -> None:
    assert not list(function_breaches((FUNCTIONS / name).read_text()))


@pytest.mark.parametrize(
    ("file", "text", "breach"),
    [
        ("offer/stock/queries.py", "UPDATE orders.order SET state = 'x'", "writes orders.order"),
        ("offer/stock/queries.py", "DELETE FROM kit.outbox", "writes kit.outbox"),
        ("offer/stock/queries.py", "WITH x AS (INSERT INTO p.a VALUES (1) RETURNING 1) SELECT 1 FROM x", "writes p.a"),
        ("offer/stock/queries.py", "COPY p.a (b) FROM STDIN", "writes p.a"),
        ("offer/stock/queries.py", "CREATE TABLE p.a (b text)", "writes p.a"),
        ("offer/stock/queries.py", "TRUNCATE orders.order", "writes orders.order"),
        ("offer/stock/queries.py", "SELECT 1 FROM orders.order", "reads orders.order"),
        ("offer/stock/queries.py", "SELECT orders.sweep()", "calls orders.sweep"),
        ("offer/stock/queries.py", "SELECT flows.place_orders(%(p)s, %(at)s)", "calls flows.place_orders"),
        ("flows/place_order/batch.py", "INSERT INTO stock.movement VALUES (1)", "writes stock.movement"),
        ("kit/events.py", "INSERT INTO stock.movement VALUES (1)", "writes stock.movement"),
        ("kit/events.py", "SELECT 1 FROM stock.balance", "reads stock.balance"),
        ("offer/stock/queries.py", "SELECT now()", "asks now()"),
        ("offer/stock/queries.py", "SELECT CURRENT_TIMESTAMP", "asks CURRENT_TIMESTAMP"),
        ("offer/stock/queries.py", "SELECT LOCALTIME", "asks LOCALTIME"),
        ("offer/stock/queries.py", "SELECT 'today'::date", "asks 'today'"),
        ("offer/stock/queries.py", "SELECT 1 FROM stock.balance ORDER BY random()", "asks random()"),
        ("offer/stock/queries.py", "SELECT gen_random_uuid()", "asks gen_random_uuid()"),
    ],
)
def test_a_breach_is_seen(file: str, text: str, breach: str) -> None:
    assert any(found.startswith(breach) for found in breaches(Statement(file, "X", text)))


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("offer/stock/queries.py", "UPDATE stock.balance SET safety = %(n)s WHERE sku LIKE 'a%%'"),
        ("offer/stock/queries.py", "WITH orders AS (SELECT 1 AS one) SELECT one FROM orders"),
        ("offer/stock/queries.py", "CREATE TEMPORARY TABLE incoming (line bigint)"),
        ("offer/stock/queries.py", "DELETE FROM pg_temp.incoming"),
        ("offer/stock/queries.py", "SELECT CURRENT_USER, count(*) FROM stock.balance"),
        ("tower/analytics/queries.py", "SELECT 1 FROM orders.order_fact"),
        ("flows/place_order/batch.py", "SELECT flows.place_orders(%(p)s, %(at)s)"),
    ],
)
def test_what_is_allowed_is_no_breach(file: str, text: str) -> None:
    assert not list(breaches(Statement(file, "X", text), views=frozenset({"orders.order_fact"})))


def test_a_function_that_writes_what_is_not_its_own_is_seen() -> None:
    sneaky = """
        CREATE FUNCTION stock.sweep(at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE n bigint := 0;
        BEGIN
            IF at > now() THEN
                WITH x AS (SELECT 1) UPDATE orders.order SET state = 'x';
            END IF;
        END $$
    """
    found = list(function_breaches(sneaky))
    assert "stock.sweep writes orders.order, which is not its own" in found
    assert any(breach.startswith("stock.sweep asks now()") for breach in found)
    found = list(function_breaches("CREATE FUNCTION a.b() RETURNS void LANGUAGE sql AS $$ DELETE FROM c.d $$"))
    assert found == ["a.b writes c.d, which is not its own"]


def test_the_placing_function_is_seen_to_write_several_rooms() -> None:
    written = "\n".join(function_breaches(PLACING.read_text().replace("flows.", "x.")))
    for table in ("stock.balance", "stock.reservation", "warehouse.slot", "orders.order", "promise.promise"):
        assert f"writes {table}," in written


def test_loose_sql_is_seen() -> None:
    assert loose('async def f(conn):\n    await conn.execute("SELECT 1 FROM x")\n') == ["SELECT 1 FROM x"]
    assert not loose('"""SELECT your words with care."""\nX: Final[LiteralString] = "SELECT 1"\n')


def test_names_become_numbers_once_each() -> None:
    assert plain("SELECT %(a)s, %(b)s, %(a)s, 5 %% 2") == "SELECT $1, $2, $1, 5 % 2"


async def test_what_the_database_does_not_understand_is_seen(conn: Conn) -> None:
    wrong = await understood(
        conn,
        [
            Statement("x", "BAD", "SELECT no_such_column FROM stock.balance"),
            Statement("x", "MAKE", "CREATE TEMPORARY TABLE incoming (line bigint) ON COMMIT DROP"),
            Statement("x", "COPIES", "COPY pg_temp.incoming (line, more) FROM STDIN (FORMAT csv)"),
            Statement("x", "GOOD", "SELECT line FROM pg_temp.incoming"),
        ],
    )
    assert [line.split(":")[0] for line in wrong] == ["x BAD", "x COPIES"]


def test_reads_and_writes_are_told_apart() -> None:
    seen = touched("INSERT INTO a.b (c) SELECT c FROM d.e JOIN pg_temp.incoming USING (c)")
    assert (seen.writes, seen.reads) == (frozenset({"a.b"}), frozenset({"d.e"}))
