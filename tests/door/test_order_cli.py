"""`sangdan order` and `sangdan stock`: one answer for people or for programs, and clear words for what cannot be."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import polars as pl
import psycopg
import pytest
from cyclopts import CycloptsError

from sangdan.adapters.sandbox_gateway import SandboxGateway
from sangdan.doors.cli import build
from sangdan.doors.worker.outside import Outside
from sangdan.flows import quote_promise, register
from sangdan.flows.import_rows import load
from sangdan.flows.picture import network_of
from sangdan.flows.place_order import Buyer, Terms, take
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool
from sangdan.kit.engine import Engine
from sangdan.kit.ids import Ids
from sangdan.offer.catalogue.errors import SkuUnknown
from sangdan.offer.network.errors import NodeUnknown
from sangdan.offer.partners.errors import PartnerUnknown
from sangdan.offer.promise import commands as promises
from sangdan.offer.stock.errors import BadUnits
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder, WrongState
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.delivery.model import Report
from sangdan.ship.warehouse import commands as warehouse

from .alliance import POSTCODE, ROWS, SKU
from .conftest import AT, SECRET

REACTIVE = register.REACTIVE  # importing it makes every reaction known
IDS = Ids(seed=3)


@pytest.fixture
def order_id(url: str, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """The command's database: a small alliance, and one order of two shirts that is paid."""
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    return asyncio.run(_place(url))


async def _place(url: str) -> UUID:
    pool = await Pool.open(url, size=2)
    for kind, rows in ROWS.items():
        assert (await load(pool, kind, pl.DataFrame(rows), AT)).rejected == 0
    basket = quote_promise.Basket(wishes=(quote_promise.Wish(SKU, 2),), postcode=POSTCODE)
    async with pool.transaction() as conn:
        inputs, quote = await quote_promise.ask(conn, await network_of(conn), basket, AT)
        token = promises.seal(quote.ways[0], promises.pack(inputs), IDS.new(AT), "web", SECRET)
        taken = await take(conn, token, Buyer("web", "market", "kim"), Terms(300, 7), SECRET, AT)
    clock = SimClock(AT)
    await Engine(pool, clock, Outside(SandboxGateway(clock))).drain()
    await pool.close()
    return taken.order_id


async def _deliver(url: str, order_id: UUID) -> None:
    pool, clock = await Pool.open(url, size=2), SimClock(AT)
    engine = Engine(pool, clock, Outside(SandboxGateway(clock)))
    await engine.run_until(AT + timedelta(hours=1))
    async with pool.transaction() as conn:
        [parcel] = await orders.parcels(conn, order_id)
        await warehouse.adopt_prefix(conn, parcel.node_id, "8801234")
        lines = await warehouse.lines(conn, parcel.node_id, parcel.parcel_id)
        found = {line.reservation_id: line.units for line in lines}
        await warehouse.pick(conn, parcel.node_id, parcel.parcel_id, found, clock.now())
        await warehouse.pack(conn, parcel.node_id, parcel.parcel_id, clock.now())
        await warehouse.hand_over(conn, parcel.node_id, parcel.parcel_id, clock.now())
    await engine.drain()
    async with pool.transaction() as conn:
        report = Report(order_id=order_id, parcel_id=parcel.parcel_id, at=clock.now(), state="delivered")
        await delivery.track(conn, report, None, clock.now())
    await engine.drain()
    await pool.close()


def run(*words: str) -> int:
    return int(build(words[0])(list(words)))


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(*words, "--json") == 0
    return msgspec.json.decode(capsys.readouterr().out)


def spoken(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(*words) == 0
    return capsys.readouterr().out


def test_orders_are_listed_by_state(order_id: UUID, capsys: pytest.CaptureFixture[str]) -> None:
    [found] = told(capsys, "order", "list")["orders"]
    assert (found["order_id"], found["state"], found["total_minor"]) == (str(order_id), "authorised", 28_300)
    assert told(capsys, "order", "list", "--state", "shipped") == {"orders": []}
    assert spoken(capsys, "order", "list", "--state", "shipped") == "There is no such order.\n"
    line = spoken(capsys, "order", "list", "--state", "authorised").splitlines()[1]
    assert line.split()[:4] == [str(order_id), "authorised", "28,300", "KRW"]


def test_an_order_is_shown_whole_with_all_that_happened(order_id: UUID, capsys: pytest.CaptureFixture[str]) -> None:
    whole = told(capsys, "order", "show", str(order_id))
    assert [(line["sku"], line["units"]) for line in whole["lines"]] == [(SKU, 2)]
    assert [(parcel["node_id"], parcel["state"]) for parcel in whole["parcels"]] == [("house-1", "planned")]
    text = spoken(capsys, "order", "show", str(order_id))
    assert f"{order_id}  authorised" in text
    assert "to pay 28,300 KRW" in text

    kinds = [fact["type"] for fact in told(capsys, "order", "timeline", str(order_id))["facts"]]
    assert sorted(kinds) == ["orders.authorised", "orders.placed", "payments.authorised", "payments.requested"]
    assert "orders.placed" in spoken(capsys, "order", "timeline", str(order_id))


def test_an_order_is_cancelled_once(order_id: UUID, capsys: pytest.CaptureFixture[str]) -> None:
    cut = told(capsys, "order", "cancel", str(order_id), "--reason", "fraud")
    assert (cut["whole"], cut["amount_minor"]) == (True, 28_300)
    shown = told(capsys, "order", "show", str(order_id))["order"]
    assert (shown["state"], shown["reason"]) == ("cancelled", "fraud")
    [cell] = told(capsys, "stock", "show")["cells"]
    assert (cell["on_hand"], cell["reserved"]) == (20, 0)
    with pytest.raises(WrongState):
        run("order", "cancel", str(order_id))


def test_an_order_is_confirmed_when_it_has_arrived(
    url: str, order_id: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WrongState):
        run("order", "confirm", str(order_id))
    asyncio.run(_deliver(url, order_id))
    assert spoken(capsys, "order", "confirm", str(order_id)) == f"{order_id} is confirmed.\n"
    assert told(capsys, "order", "confirm", str(order_id)) == {"confirmed": str(order_id)}
    assert told(capsys, "order", "show", str(order_id))["order"]["state"] == "confirmed"


@pytest.mark.usefixtures("order_id")
@pytest.mark.parametrize("verb", ["show", "timeline", "cancel", "confirm"])
def test_an_order_that_does_not_exist_is_named(verb: str) -> None:
    nowhere = str(uuid4())
    with pytest.raises(NoSuchOrder, match=nowhere):
        run("order", verb, nowhere)


@pytest.mark.parametrize(
    "words",
    [
        ["order", "show", "nonsense"],
        ["order", "list", "--state", "nonsense"],
        ["order", "list", "--limit", "0"],
        ["stock", "show", "--limit", "-1"],
        ["stock", "receive", "--node", "house-1", "--sku", SKU, "--owner", "maker", "--units", "many"],
    ],
)
def test_what_is_not_understood_is_refused_before_the_database(
    words: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANGDAN_DATABASE_URL", "postgresql://nobody@/nowhere?host=/nonexistent")
    with pytest.raises(CycloptsError):
        run(*words)
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("order_id")
def test_units_are_put_on_a_shelf_once(capsys: pytest.CaptureFixture[str]) -> None:
    movement = str(IDS.new(AT))
    words = ["stock", "receive", "--node", "house-1", "--sku", SKU, "--owner", "maker", "--units", "5"]
    assert told(capsys, *words, "--movement", movement) == {"movement_id": movement, "written": True}
    assert told(capsys, *words, "--movement", movement) == {"movement_id": movement, "written": False}
    assert spoken(capsys, *words) == f"5 of {SKU} are on house-1.\n"
    [cell] = told(capsys, "stock", "show", "--sku", SKU)["cells"]
    assert (cell["on_hand"], cell["reserved"]) == (30, 2)
    header, line = spoken(capsys, "stock", "show", "--node", "house-1", "--owner", "maker").splitlines()
    assert header.split()[:3] == ["node", "sku", "owner"]
    assert line.split() == ["house-1", SKU, "maker", "30", "2", "0"]
    assert spoken(capsys, "stock", "show", "--node", "nowhere") == "No such cell.\n"


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"node": "nowhere"}, NodeUnknown),
        ({"sku": "no-such-thing"}, SkuUnknown),
        ({"owner": "nobody"}, PartnerUnknown),
        ({"units": "0"}, BadUnits),
        ({"units": "-3"}, BadUnits),
        ({"units": "9999999999999"}, BadUnits),
        ({"sku": "not a code!"}, SkuUnknown),
    ],
)
def test_what_cannot_lie_on_a_shelf_is_refused(
    url: str, order_id: UUID, wrong: dict[str, str], problem: type[Exception]
) -> None:
    given = {"node": "house-1", "sku": SKU, "owner": "maker", "units": "5"} | wrong
    with pytest.raises(problem):
        run("stock", "receive", *(word for name, text in given.items() for word in (f"--{name}", text)))
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT sum(on_hand) FROM stock.balance").fetchone() == (20,)


def test_a_promise_is_explained_of_an_order_and_of_a_basket(order_id: UUID, capsys: pytest.CaptureFixture[str]) -> None:
    [service] = told(capsys, "promise", "explain", str(order_id))["services"]
    [way] = service["ways"]
    paid = sum(item["amount_minor"] for item in way["items"] if item["payer"] == "shopper")
    assert paid == way["way"]["price"]["total_minor"] == 28_300
    basket = ("promise", "explain", "--line", f"{SKU}:2", "--postcode", POSTCODE, "--service", "standard")
    korean, english = spoken(capsys, *basket), spoken(capsys, *basket, "--language", "en")
    assert "house-1" in korean
    assert ("선택됨" in korean, "chosen" in english) == (True, True)


def test_the_record_says_how_it_was_before_a_command_and_after(
    url: str, order_id: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = ("--node", "house-1", "--sku", SKU, "--owner", "maker")
    for words in (
        ("order", "cancel", str(order_id)),
        ("stock", "receive", *shelf, "--units", "3"),
        ("node", "close", "house-1", "--reason", "fire"), ("node", "reopen", "house-1", "--checked"),
        ("lane", "close", "seoul.standard", "--reason", "weather"), ("lane", "reopen", "seoul.standard"),
        ("keys", "make", "probe", "--role", "tower"), ("keys", "revoke", "probe"),
    ):  # fmt: skip
        spoken(capsys, *words)
    with psycopg.connect(url) as conn:
        noted: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
            what: (before or {}, after or {})
            for what, before, after in conn.execute("SELECT what, before, after FROM kit.audit").fetchall()
        }

    def field(what: str, name: str) -> tuple[Any, Any]:
        before, after = noted[what]
        return before.get(name), after.get(name)

    assert field("order.cancelled", "state") == ("authorised", "cancelled")
    assert field("order.cancelled", "units") == ({"1": 2}, {"1": 0})
    assert field("stock.received", "on_hand") == (20, 23)
    was, now = field("node.closed", "outage")
    assert (was, now["reason"]) == (None, "fire")
    assert field("node.opened", "outage") == (now, None)
    assert field("lane.closed", "reason") == (None, "weather")
    assert field("lane.opened", "reason") == ("weather", None)
    assert field("client.revoked", "revoked") == (False, True)
