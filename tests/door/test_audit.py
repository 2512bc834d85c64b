"""What is changed is on record: through the API, the pages and the command line, before and after, for good."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import httpx
import psycopg
import pytest

from sangdan.doors.api.app import House
from sangdan.doors.cli import main
from sangdan.flows import admit_staff, tell_shelves
from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.audit import Entry
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Pool, run
from sangdan.kit.staff.accounts import NoSuchStaff, Role

from . import alliance
from .conftest import AT
from .journey import Callers, placed
from .pages import browser, person, post, without_assets

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOWER: Final = audit.console()


@pytest.fixture
async def web(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    without_assets(monkeypatch)
    async with browser(house, SimClock(NOON)) as opened:
        yield opened


async def entries(db: Pool, seen_by: str | None = None, **sought: Any) -> list[Entry]:
    async with db.transaction() as conn:
        return await audit.latest(conn, seen_by, 100, **sought)


# --- the record itself


async def test_what_stays_as_it_was_leaves_no_trace(conn: Conn) -> None:
    await audit.note(conn, TOWER, AT, "node.hours-changed", "node/a", before={"hours": 1}, after={"hours": 1})
    assert await audit.latest(conn, None, 10) == []
    await audit.note(conn, TOWER, AT, "node.hours-changed", "node/a", before={"hours": 1}, after={"hours": 2})
    [entry] = await audit.latest(conn, None, 10)
    assert (entry.before, entry.after, entry.at) == ({"hours": 1}, {"hours": 2}, AT)


async def test_persons_and_secrets_are_left_out_and_things_are_not(conn: Conn) -> None:
    told = {
        "name": "홍길동", "phone": "010-0000-1234", "contact_email": "a@b.c", "lines": ["서울 중구 1"], "token": "t",
        "name_ko": "물류센터", "deep": [{"address": "x", "units": 3}], "quiet": None,
    }  # fmt: skip
    await audit.note(conn, TOWER, AT, "x.changed", "x/1", after=told | {"order": {"lines": [{"sku": "tee"}]}})
    [entry] = await audit.latest(conn, None, 1)
    hidden = audit.HIDDEN
    assert entry.after == {
        "name": hidden, "phone": hidden, "contact_email": hidden, "lines": hidden, "token": hidden,
        "name_ko": "물류센터",
        "deep": [{"address": hidden, "units": 3}], "quiet": None, "order": {"lines": [{"sku": "tee"}]},
    }  # fmt: skip


async def test_long_changes_are_told_by_their_size(conn: Conn) -> None:
    await audit.note(conn, TOWER, AT, "x.changed", "x/1", after={"rows": ["x" * 100] * 1000})
    [entry] = await audit.latest(conn, None, 1)
    assert (entry.after or {}).keys() == {"bytes"}


@pytest.mark.parametrize("statement", ["UPDATE kit.audit SET actor = 'x'", "DELETE FROM kit.audit"])
async def test_nobody_alters_the_record(conn: Conn, statement: Any) -> None:
    await audit.note(conn, TOWER, AT, "x.changed", "x/1")
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        await run(conn, statement)


async def test_an_ally_sees_what_its_own_people_changed(conn: Conn) -> None:
    for partner in ("maker", "house"):
        await audit.note(conn, Seer(partner, "ally", partner), AT, "x.changed", f"x/{partner}")
    assert [each.subject for each in await audit.latest(conn, "maker", 10)] == ["x/maker"]
    [other] = await audit.latest(conn, "house", 10)
    with pytest.raises(audit.NoSuchEntry):
        await audit.get(conn, "maker", other.audit_id)


# --- through the doors


async def test_the_api_notes_who_wrote_what_once(callers: Callers, door: httpx.AsyncClient, db: Pool) -> None:
    await alliance.found(door)
    closed = [await callers["floor"].post("/v1/nodes/house-1/outage", {"reason": "fire"}, key="k") for _ in range(2)]
    assert [each.status_code for each in closed] == [200, 200]
    [entry] = await entries(db, what="node.closed")
    assert (entry.actor, entry.partner_id, entry.subject) == ("floor", "house", "node/house-1")
    assert ((entry.before or {})["outage"], (entry.after or {})["outage"]["reason"]) == (None, "fire")
    assert entry.request_id
    await callers["tower"].post("/v1/lanes/seoul.standard/closing", {"reason": "weather"})
    await callers["tower"].delete("/v1/lanes/seoul.standard/closing")
    opened, shut = await entries(db, what="lane.")
    assert (shut.before, (shut.after or {})["reason"]) == (None, "weather")
    assert ((opened.before or {})["reason"], opened.after) == ("weather", None)
    refused = await callers["floor"].post("/v1/nodes/stranger-1/outage", {"reason": "fire"})
    assert (refused.status_code, len(await entries(db, what="node."))) == (404, 1)


async def test_a_write_is_noted_with_what_was_before_or_as_it_was_asked(
    callers: Callers, door: httpx.AsyncClient, db: Pool
) -> None:
    await alliance.found(door)
    order = await placed(callers)
    recipient = {"name": "홍길동", "phone": "010-0000-1234", "lines": ["서울 중구 1"]}
    await callers["shop"].put(f"/v1/orders/{order['order_id']}/recipient", recipient)
    await callers["shop"].post(f"/v1/orders/{order['order_id']}/cancellation", {"reason": "late"})
    cancelled, named = await entries(db, actor="shop")
    assert (cancelled.what, cancelled.subject) == ("order.cancelled", f"order/{order['order_id']}")
    assert cancelled.reason == "late"
    assert {each["state"] for each in (cancelled.before or {}, cancelled.after or {})} == {"placed", "cancelled"}
    assert (named.what, named.after) == ("recipients.name", dict.fromkeys(recipient, audit.HIDDEN))
    assert [each.after for each in await entries(db, what="rows.imported", subject="import/stock")] == [
        {"rows": 1, "loaded": 1, "rejected": 0}
    ]


async def test_a_count_and_a_receipt_say_how_each_shelf_was_and_is(
    callers: Callers, door: httpx.AsyncClient, db: Pool
) -> None:
    await alliance.found(door)
    shelf = {"node_id": "house-1", "sku": alliance.SKU, "owner_id": "maker"}
    foreign = shelf | {"owner_id": "stranger", "on_hand": 9}
    counts = [shelf | {"on_hand": 7, "safety": 2}, shelf | {"sku": "ghost", "on_hand": 1}, foreign]
    for _ in range(2):  # the second changes nothing: it has the key of the first
        await callers["ally"].post("/v1/stock/counts", counts, key="count")
    receipts = [shelf | {"movement_id": str(uuid4()), "units": units, "reference": "note"} for units in (3, 4)]
    await callers["floor"].post("/v1/stock/receipts", receipts)
    subject = f"cell/house-1/{alliance.SKU}/maker"
    received, counted = await entries(db, what="stock.")
    assert (counted.what, counted.subject, counted.actor) == ("stock.counted", subject, "ally")
    assert (counted.before, counted.after) == ({"on_hand": 20, "safety": 0}, {"on_hand": 7, "safety": 2})
    assert (received.what, received.subject, received.actor) == ("stock.received", subject, "floor")
    assert (received.before, received.after) == ({"on_hand": 7, "safety": 2}, {"on_hand": 14, "safety": 2})


async def test_a_count_of_very_many_shelves_is_one_entry(callers: Callers, door: httpx.AsyncClient, db: Pool) -> None:
    await alliance.found(door)
    shelf = {"node_id": "house-1", "sku": alliance.SKU, "owner_id": "maker", "on_hand": 7}
    ghosts = [shelf | {"sku": f"ghost-{number}"} for number in range(tell_shelves.MOST)]
    await callers["ally"].post("/v1/stock/counts", [shelf, *ghosts])
    [counted] = await entries(db, what="stock.")
    assert (counted.what, counted.subject, counted.before) == ("stock.count", "stock/counts", None)


def test_the_command_line_notes_under_the_machine_s_own_name(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    monkeypatch.setattr("sys.stdin", io.StringIO("a sentence of my own\n"))
    steps = [
        ("staff", "admit", "kim", "--role", "tower"), ("staff", "password", "kim"), ("staff", "out", "kim"),
        ("staff", "in", "kim"), ("staff", "lost", "kim"), ("staff", "change", "kim", "--role", "tower"),
        ("keys", "make", "probe", "--role", "tower"),
    ]  # fmt: skip
    assert [main(step) for step in steps] == [0] * len(steps)
    refused = [("staff", "admit", "kim", "--role", "tower"), ("staff", "admit", "a b", "--role", "tower")]
    refused += [("staff", "admit", "lee", "--role", "floor"), ("staff", "invite", "nobody")]
    assert [main(step) for step in refused] == [1] * len(refused)
    capsys.readouterr()
    assert main(("staff", "list")) == 0
    assert "kim" in capsys.readouterr().out
    with psycopg.connect(url) as conn:
        found = conn.execute("SELECT actor, what, subject FROM kit.audit ORDER BY at, audit_id").fetchall()
    assert {actor for actor, _, _ in found} == {TOWER.client_id}
    assert [(what, subject) for _, what, subject in found] == [
        ("staff.admitted", "staff/kim"), ("staff.invited", "staff/kim"), ("staff.password-chosen", "staff/kim"),
        ("staff.shut-out", "staff/kim"), ("staff.let-in-again", "staff/kim"), ("staff.codes-dropped", "staff/kim"),
        ("client.made", "client/probe"),
    ]  # fmt: skip


# --- accounts through the pages


async def test_the_tower_lets_somebody_in_and_changes_and_shuts_out(
    web: httpx.AsyncClient, door: httpx.AsyncClient, keys: dict[str, str], db: Pool
) -> None:
    await alliance.found(door)
    await post(web, "/sign-in", key=keys["tower"])
    for name, role, partner, nodes in (("", "tower", "", ""), ("a/b", "tower", "", ""), ("lee", "", "", "")):
        refused = await post(web, "/tower/people/new", name=name, role=role, partner=partner, nodes=nodes)
        assert refused.status_code == 422
    ghost = await post(web, "/tower/people/new", name="lee", role="floor", partner="house", nodes="house-1 ghost")
    assert "There is no node" in ghost.text
    invited = await post(web, "/tower/people/new", name="lee", role="floor", partner="house", nodes="house-1")
    assert "/join?token=" in invited.text
    assert (await post(web, "/tower/people/lee", role="floor", partner="house", nodes="")).status_code == 303
    assert (await post(web, "/tower/people/lee/out")).status_code == 303
    assert "shut out" in (await web.get("/tower/people/lee")).text
    [changed] = await entries(db, what="staff.changed")
    assert ((changed.before or {})["node_ids"], (changed.after or {})["node_ids"]) == (["house-1"], None)
    assert "house-1" in (await web.get(f"/tower/audit/{changed.audit_id}")).text
    assert (await web.get("/tower/audit?q=staff/lee")).status_code == 200


async def test_a_key_is_made_shown_once_and_revoked(
    web: httpx.AsyncClient, door: httpx.AsyncClient, keys: dict[str, str]
) -> None:
    await post(web, "/sign-in", key=keys["tower"])
    made = await post(web, "/tower/keys/new", name="probe", role="tower", partner="", node="")
    key = made.text[made.text.index("sgd_") :][:68]
    asked = {"authorization": f"Bearer {key}"}
    assert (await door.get("/v1/clients", headers=asked)).status_code == 200
    assert key not in (await web.get("/tower/keys/probe")).text
    assert (await post(web, "/tower/keys/new", name="probe", role="tower", partner="", node="")).status_code == 409
    assert (await post(web, "/tower/keys/probe/revocation")).status_code == 303
    assert (await web.get("/tower/keys/probe")).text.count("revoked") >= 1


async def test_a_manager_looks_after_the_own_floor_and_nobody_else(
    web: httpx.AsyncClient, door: httpx.AsyncClient, keys: dict[str, str], db: Pool
) -> None:
    await alliance.found(door)
    await person(db, "foreign", "floor", "swift")
    await person(db, "chief", "tower")
    manager = Seer("staff.boss", "ally", "house", staff_id="boss")
    async with db.transaction() as conn:
        await admit_staff.admit(conn, manager, "han", "floor", "house", ["house-1"], AT)
        others: list[tuple[Role, str | None]] = [("floor", "swift"), ("ally", "house"), ("tower", None)]
        for role, partner in others:
            with pytest.raises(NoSuchStaff):
                await admit_staff.admit(conn, manager, "new", role, partner, None, AT)
        for name in ("foreign", "chief", "nobody"):
            with pytest.raises(NoSuchStaff):
                await admit_staff.invite(conn, manager, name, AT, NOON)
        with pytest.raises(admit_staff.OwnAccount):
            await admit_staff.shut_out(conn, manager, "boss", AT)
    await post(web, "/sign-in", key=keys["ally"])
    assert "chief" not in (await web.get("/tower/people")).text
    assert (await web.get("/tower/people/chief")).status_code == 404
    assert (await post(web, "/tower/people/foreign/out")).status_code == 404
