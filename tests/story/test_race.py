"""A short race (bench/race), and the proof that whatever could go wrong in one would be seen."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final, LiteralString

import psycopg
import pytest
from bench import ground
from bench.race.conduct import Race, Report
from bench.race.deeds import Place, Told
from bench.race.facts import facts
from bench.race.journal import read
from bench.race.judge import Outcome, judge, together

from sangdan.kit import postgres

STEPS: Final = 4000
KILLS: Final = 6
RACERS: Final = 4
SEED: Final = 4

Raced = tuple[postgres.Server, Report, Outcome]


@pytest.fixture(scope="module")
def raced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Raced]:
    """A race that was run to its end, and what its racers wrote down."""
    folder = tmp_path_factory.mktemp("journals")
    with ground.durable() as server:
        report = asyncio.run(Race(server, folder, SEED, RACERS, STEPS, KILLS).run())
        yield server, report, together([read(path) for path in sorted(folder.iterdir())])


def test_nothing_is_oversold_lost_doubled_or_drifted(raced: Raced) -> None:
    _, report, _ = raced
    assert report.findings == []
    assert report.steps >= STEPS
    assert sum(report.kills.values()) == KILLS
    assert min(report.kills.get(kind, 0) for kind in ("racer", "lines", "database")) >= 1
    for told in (
        "place: done",
        "place: shelf",
        "place: share",
        "place: done, as before",
        "cancel: done",
        "send: done",
        "end: done",
    ):
        assert report.told.get(told, 0) >= 1, told


BREACHES: Final[tuple[tuple[str, LiteralString], ...]] = (
    ("oversold", "UPDATE stock.balance SET reserved = on_hand + 1 WHERE ctid = (SELECT min(ctid) FROM stock.balance)"),
    ("oversold", "UPDATE stock.inbound SET reserved = 31 WHERE received_at IS NULL AND inbound_id = 'asn-399'"),
    ("shelf", "UPDATE stock.balance SET on_hand = on_hand + 1 WHERE ctid = (SELECT min(ctid) FROM stock.balance)"),
    ("oversold", "UPDATE stock.allotment SET taken = units_max + 1"),
    ("share", "UPDATE stock.allotment SET taken = taken + 1"),
    ("due", "UPDATE stock.inbound SET reserved = reserved + 1 WHERE received_at IS NULL AND inbound_id = 'asn-399'"),
    ("overbooked", "UPDATE warehouse.slot SET parcels = parcels_max + 1"),
    ("hour", "UPDATE warehouse.slot SET parcels = parcels + 1"),
    ("lost", "DELETE FROM orders.parcel_line WHERE order_id = (SELECT order_id FROM orders.order LIMIT 1)"),
    ("altered", "UPDATE orders.parcel_line SET units = units + 1"),
    ("copies", "DELETE FROM payments.payment WHERE order_id = (SELECT order_id FROM orders.order LIMIT 1)"),
    ("copies", "UPDATE kit.event SET type = 'orders.forgotten' WHERE type = 'orders.placed'"),
    ("key", "DELETE FROM kit.request WHERE key = (SELECT key FROM kit.request LIMIT 1)"),
    ("count", "UPDATE stock.movement SET reference = 'nobody' WHERE reference = 'first'"),
    ("drift", "UPDATE stock.reservation SET units = units + 1 WHERE state = 'held'"),
)


@pytest.mark.parametrize(("check", "damage"), BREACHES)
async def test_a_damaged_database_is_found_out(raced: Raced, check: str, damage: LiteralString) -> None:
    """Rules that would not allow the damage are taken away first; all of it is rolled back."""
    server, _, outcome = raced
    async with await psycopg.AsyncConnection.connect(server.admin_url, dbname="sangdan") as conn:
        await conn.execute("SET session_replication_role = replica")  # no trigger, no foreign key
        await conn.execute("ALTER TABLE stock.balance DROP CONSTRAINT never_oversold")
        await conn.execute("ALTER TABLE warehouse.slot DROP CONSTRAINT never_overbooked")
        assert (await conn.execute(damage)).rowcount >= 1
        findings = judge(await facts(conn), outcome)
        await conn.rollback()
    assert check in {finding.check for finding in findings}


@pytest.mark.parametrize("check", ["open", "answer", "twice", "doubled", "ghost", "shelf"])
async def test_an_untrue_journal_is_found_out(raced: Raced, check: str) -> None:
    server, _, outcome = raced
    deeds, told = dict(outcome.deeds), {key: list(answers) for key, answers in outcome.told.items()}
    order = next(deed for deed, _ in outcome.done() if isinstance(deed, Place))
    if check == "open":
        del told[order.key]
    elif check == "answer":
        told[order.key].append(Told("done", ((order.wish.order_id, 1),), again=True))
    elif check == "twice":
        told[order.key] = [Told("done"), Told("done")]
    elif check == "doubled":
        deeds["other"], told["other"] = Place(key="other", wish=order.wish), [Told("done")]
    else:
        told[order.key] = [Told("shelf")]
    async with await psycopg.AsyncConnection.connect(server.url) as conn:
        findings = judge(await facts(conn), Outcome(deeds, told))
    assert check in {finding.check for finding in findings}


def test_a_race_finds_what_is_not_checked_again_when_it_is_written(tmp_path: Path) -> None:
    """Look, then write without the condition and the rule behind it: only racing shows what that costs."""
    with ground.durable() as server:
        with psycopg.connect(server.admin_url, dbname="sangdan") as conn:
            (whole,) = conn.execute("SELECT pg_get_functiondef('flows.place_orders'::regproc)").fetchone() or ("",)
            careless = whole.replace("AND b.on_hand - b.reserved - b.safety >= c.units", "")
            assert careless != whole
            conn.execute(careless.encode())
            conn.execute("ALTER TABLE stock.balance DROP CONSTRAINT never_oversold")
        report = asyncio.run(Race(server, tmp_path, SEED, RACERS, STEPS, kills=0).run())
    assert "oversold" in {finding.check for finding in report.findings}
