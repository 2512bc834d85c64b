"""What shoppers are told, through the doors: HTTP, the command line, and an order's timeline."""

import re
import shlex
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import psycopg
import pytest

from sangdan.adapters.sandbox_messenger import SandboxMessenger
from sangdan.doors.cli import main
from sangdan.doors.worker.post import ByWay, SettingMissing, open_messenger
from sangdan.flows import register
from sangdan.flows.send_notices import Find, Post, deliver_due
from sangdan.kit.db import Conn, Pool
from sangdan.kit.engine import Engine
from sangdan.kit.settings import load
from sangdan.talk.notices.model import Address, Receiver, templates

from . import alliance
from .conftest import AT
from .journey import Callers, placed, shipped

REACTIVE = register.REACTIVE
HAPPENED = AT + timedelta(hours=2)
LEE = Receiver(
    language="en",
    name="Lee Dami",
    phone=Address("01000005678", "010-****-5678"),
    email=None,
    channels=("sms",),
    consents=frozenset(),
)


async def nobody(conn: Conn, shop_id: str, shopper_id: str) -> Receiver | None:
    return None


async def lee(conn: Conn, shop_id: str, shopper_id: str) -> Receiver | None:
    return LEE


async def deliver(db: Pool, find: Find) -> SandboxMessenger:
    """Send what is due, into a sandbox."""
    sandbox = SandboxMessenger()
    while await deliver_due(db, Post(ByWay(sandbox, sandbox), find), HAPPENED):
        continue
    return sandbox


async def test_a_shop_sees_what_its_shopper_was_told(
    door: httpx.AsyncClient, callers: Callers, engine: Engine, db: Pool
) -> None:
    await alliance.found(door)
    order = await shipped(callers, engine)
    sandbox = await deliver(db, lee)
    listed = (await callers["shop"].get("/v1/notices", order_id=order["order_id"])).json()["items"]
    foreign = (await callers["foreign-shop"].get("/v1/notices")).json()["items"]
    waiting = (await callers["shop"].get("/v1/notices", state="waiting")).json()["items"]

    assert {(each["template"], each["state"], each["channel"]) for each in listed} == {
        ("placed", "sent", "lms"),
        ("shipped", "sent", "lms"),
    }
    assert all(each["text"].startswith("[Name] ") and "Lee" not in each["text"] for each in listed)
    assert {each["receiver"] for each in listed} == {"010-****-5678"}
    assert (foreign, waiting) == ([], [])
    assert len(sandbox.phone()) == 2
    assert all("Lee Dami" in message.text for message in sandbox.phone())


async def test_pages_go_on_where_they_ended(
    door: httpx.AsyncClient, callers: Callers, engine: Engine, db: Pool
) -> None:
    await alliance.found(door)
    await shipped(callers, engine)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await callers["tower"].get("/v1/notices", **asked)).json()
        seen += [each["notice_id"] for each in page["items"]]
        cursor = page["next"]
    assert len(seen) == 2
    assert seen == sorted(seen)


async def test_the_timeline_tells_what_the_shopper_was_told(
    door: httpx.AsyncClient, callers: Callers, engine: Engine, db: Pool
) -> None:
    await alliance.found(door)
    order = await shipped(callers, engine)
    await deliver(db, lee)
    facts = (await callers["shop"].get(f"/v1/orders/{order['order_id']}/timeline")).json()
    told = [each["data"]["template"] for each in facts if each["type"] == "notices.sent"]
    assert sorted(told) == ["placed", "shipped"]
    assert [each["at"] for each in facts] == sorted(each["at"] for each in facts)


async def test_a_suppressed_notice_is_sent_after_all_once(
    door: httpx.AsyncClient, callers: Callers, engine: Engine, db: Pool
) -> None:
    await alliance.found(door)
    await placed(callers)
    await engine.drain()
    await deliver(db, nobody)
    [missed] = (await callers["shop"].get("/v1/notices", state="suppressed")).json()["items"]
    path = f"/v1/notices/{missed['notice_id']}/retry"
    refused = await callers["foreign-shop"].post(path)
    first, twin = [await callers["shop"].post(path, key="again") for _ in range(2)]
    anew = await callers["shop"].post(path)
    sandbox = await deliver(db, lee)

    assert (missed["because"], missed["text"]) == ("unknown_person", None)
    assert (refused.status_code, refused.json()["code"]) == (404, "no-such-notice")
    assert (first.status_code, first.json()["state"]) == (200, "waiting")
    assert twin.content == first.content
    assert (anew.status_code, anew.json()["code"]) == (409, "notice-not-over")
    assert len(sandbox.phone()) == 1


@pytest.fixture
def missed(url: str, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """The command line's database, with a notice whose shopper nobody knew."""
    notice_id = UUID("01890000-0000-7000-8000-000000000001")
    with psycopg.connect(url) as conn:
        conn.execute(
            "INSERT INTO notices.notice (order_id, notice_id, topic, shop_id, shopper_id, causes, at, due_at, state,"
            " because) VALUES (%s, %s, 'placed', 'market', 'kim', '{authorised}', %s, %s, 'suppressed',"
            " 'unknown_person')",
            (notice_id, notice_id, AT, AT),
        )
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    return notice_id


def test_the_command_line_lists_shows_and_retries(missed: UUID, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notices", "list", "--state", "suppressed", "--json"]) == 0
    [listed] = msgspec.json.decode(capsys.readouterr().out)["notices"]
    assert (listed["notice_id"], listed["because"]) == (str(missed), "unknown_person")
    assert main(["notices", "list", "--state", "sent"]) == 0
    assert capsys.readouterr().out == "There is no such notice.\n"
    assert main(["notices", "retry", str(missed)]) == 0
    assert main(["notices", "show", str(missed)]) == 0
    assert f"{missed}  waiting\n" in capsys.readouterr().out
    assert main(["notices", "retry", str(missed)]) == 1
    assert main(["notices", "show", str(UUID(int=1))]) == 1
    told = capsys.readouterr().err
    assert "is waiting: only one that failed or was suppressed" in told
    assert "There is no notice" in told


def test_the_command_line_shows_every_template(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notices", "templates", "--json"]) == 0
    views = {each["code"]: each for each in msgspec.json.decode(capsys.readouterr().out)["templates"]}
    assert len(views) == 2 * len(templates())
    assert views["ready_ko1"]["variables"] == ["shop", "name", "place", "order_no", "items"]
    assert main(["notices", "preview", "moved", "--lang", "en"]) == 0
    assert "Promised now: by Wed 25 Nov, 6:00 pm" in capsys.readouterr().out
    assert main(["notices", "preview", "ghost"]) == 1
    assert "There is no template 'ghost'; there are called_off, " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"SANGDAN_RELAY_URL": "http://127.0.0.1:1"}, "SANGDAN_RELAY_KEY"),
        ({"SANGDAN_SMTP_URL": "smtp://127.0.0.1"}, "SANGDAN_MAIL_FROM"),
    ],
)
def test_half_a_provider_is_refused(environment: dict[str, str], missing: str) -> None:
    with pytest.raises(SettingMissing, match=missing):
        open_messenger(load(environment))


def test_without_a_provider_there_is_a_sandbox() -> None:
    messenger = open_messenger(load({}))
    assert isinstance(messenger.phone, SandboxMessenger)
    assert messenger.email is messenger.phone


def test_the_commands_of_the_page_work(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "notices.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```bash\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    assert len(lines) >= 3
    for line in lines:
        assert main(shlex.split(line)[1:]) == 0, line
    assert all(f"`{name}`" in page for name in templates())
    capsys.readouterr()
