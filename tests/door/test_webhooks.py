"""Webhook endpoints over HTTP and from the command line: made, changed, watched, woken; and where they may go."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest

from sangdan.adapters.webhook_post import WebhookPost
from sangdan.client.webhooks import verify
from sangdan.doors.api.app import House
from sangdan.flows.send_webhooks import Sending, claim, send_due, spread
from sangdan.kit.engine import Engine
from sangdan.talk.webhooks.ports import Post

from .journey import Callers, placed

URL = "https://hooks.example.com/in"


class Receiver(ThreadingHTTPServer):
    """An HTTP server of somebody's, on this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status, self.headers, self.body = 204, dict[str, str](), b""
        self.stuck = threading.Event()
        self.stuck.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/in"


class Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:  # the name is http.server's
        server = cast(Receiver, self.server)
        body = self.rfile.read(int(self.headers["content-length"]))
        server.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        server.stuck.wait(60)
        self.send_response(server.status)
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(server.body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Nothing: the tests read `got`."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.stuck.set()
    server.shutdown()
    thread.join()
    server.server_close()


async def made(callers: Callers, name: str = "shop", **more: Any) -> dict[str, Any]:
    answer = await callers[name].post("/v1/webhooks", {"url": URL} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_an_endpoints_life(callers: Callers, founded: None) -> None:
    new = await made(callers, types=["order.placed"])
    path = f"/v1/webhooks/{new['endpoint']['endpoint_id']}"
    again = await callers["shop"].post("/v1/webhooks", {"url": URL})
    listed = (await callers["shop"].get("/v1/webhooks")).json()["items"]
    changed = await callers["shop"].patch(path, {"types": None, "state": "off"})
    refused = await callers["shop"].post(f"{path}/ping")
    woken = await callers["shop"].patch(path, {"state": "on", "url": URL + "/2"})
    pinged = await callers["shop"].post(f"{path}/ping")
    [delivery] = (await callers["shop"].get(f"{path}/deliveries")).json()["items"]
    rotated = (await callers["shop"].post(f"{path}/rotation", {})).json()
    gone = await callers["shop"].delete(path)

    assert new["secret"].startswith("whsec_")
    assert (again.status_code, again.json()["code"]) == (409, "endpoint-exists")
    assert listed == [new["endpoint"]]
    assert (changed.json()["types"], changed.json()["state"]) == (None, "off")
    assert (refused.status_code, refused.json()["code"]) == (409, "endpoint-off")
    assert (woken.json()["state"], woken.json()["url"]) == ("on", URL + "/2")
    assert (delivery["event_id"], delivery["type"]) == (pinged.json()["event_id"], "webhook.ping")
    assert rotated["secret"] != new["secret"]
    assert rotated["rotating_until"] == "2026-11-21T03:00:00Z"
    assert (gone.status_code, (await callers["shop"].get(path)).status_code) == (204, 404)


async def test_nobody_else_reaches_it(callers: Callers, founded: None) -> None:
    """Not a stranger, not another role of the same ally; the tower sees it, and nobody its secret."""
    new = await made(callers)
    path = f"/v1/webhooks/{new['endpoint']['endpoint_id']}"
    for name in ("ally", "courier", "foreign-shop", "foreign-ally", "foreign-courier"):
        calls = [
            await callers[name].get(path),
            await callers[name].patch(path, {"url": "https://evil.example.com/"}),
            await callers[name].delete(path),
            await callers[name].post(f"{path}/rotation", {}),
            await callers[name].post(f"{path}/replays", {"after": 0}),
            await callers[name].post(f"{path}/ping"),
            await callers[name].get(f"{path}/deliveries"),
        ]
        assert {call.status_code for call in calls} == {404}
        assert (await callers[name].get("/v1/webhooks")).json()["items"] == []
    listed = await callers["tower"].get("/v1/webhooks")
    assert listed.json()["items"] == [new["endpoint"]]
    assert "whsec_" not in listed.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://hooks.example.com/"}, "webhook-url-unfit"),
        ({"url": "https://127.0.0.1/"}, "webhook-url-unfit"),
        ({"url": "https://169.254.169.254/latest"}, "webhook-url-unfit"),
        ({"url": "https://[::1]/"}, "webhook-url-unfit"),
        ({"url": URL, "types": ["order.eaten"]}, "event-type-unknown"),
        ({"url": URL, "types": []}, "invalid-request"),
        ({"url": URL, "secret": "mine"}, "invalid-request"),
        ({}, "invalid-request"),
    ],
)
async def test_what_cannot_be_an_endpoint(callers: Callers, founded: None, body: dict[str, Any], code: str) -> None:
    assert (await callers["shop"].post("/v1/webhooks", body)).json()["code"] == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid-request"),
        ({"after": 0, "since": "2026-11-21T00:00:00Z"}, "invalid-request"),
        ({"after": 10_000}, "position-ahead"),
        ({"events": ["01890000-0000-7000-8000-000000000001"]}, "no-such-delivery"),
    ],
)
async def test_what_cannot_be_told_again(callers: Callers, founded: None, body: dict[str, Any], code: str) -> None:
    new = await made(callers)
    path = f"/v1/webhooks/{new['endpoint']['endpoint_id']}/replays"
    assert (await callers["shop"].post(path, body)).json()["code"] == code


async def sent(house: House, post: Post) -> None:
    """Send all that is due."""
    sending = Sending(house.pool, house.vault, house.clock, post, lambda: 0.0)
    more = True
    while more:
        async with house.pool.transaction() as conn:
            more = await spread(conn, house.clock.now())
    for endpoint in await claim(house.pool, house.clock.now(), 10):
        await send_due(sending, endpoint)


async def test_from_an_order_to_a_receiver(
    callers: Callers, founded: None, house: House, engine: Engine, receiver: Receiver
) -> None:
    """A development set-up calls http on its own machine; what arrives is signed and is the event of GET /v1/events."""
    new = await made(callers)
    async with house.pool.transaction() as conn:
        await conn.execute("UPDATE webhooks.endpoint SET url = %s", (receiver.url,))
    await placed(callers)
    await engine.drain()
    await sent(house, WebhookPost(private=True))
    page = (await callers["shop"].get("/v1/events")).json()["items"]

    assert len(receiver.got) == len(page) == 3
    assert {json.loads(body)["id"]: json.loads(body) for _, _, body in receiver.got} == {e["id"]: e for e in page}
    for path, headers, body in receiver.got:
        assert (path, headers["content-type"]) == ("/in", "application/cloudevents+json; charset=utf-8")
        assert verify(headers, body, new["secret"], house.clock.now()) == headers["webhook-id"]
    delivered = await callers["shop"].get(f"/v1/webhooks/{new['endpoint']['endpoint_id']}/deliveries", state="done")
    assert len(delivered.json()["items"]) == 3


async def test_a_redirect_is_a_failure_and_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, {"location": receiver.url + "/elsewhere"}
    reply = await WebhookPost(private=True).post(receiver.url, {"webhook-id": "x"}, b"{}")

    assert (reply.status, reply.taken) == (307, False)
    assert [path for path, _, _ in receiver.got] == ["/in"]


async def test_a_wish_for_more_time_and_an_endless_answer(receiver: Receiver) -> None:
    receiver.status, receiver.headers, receiver.body = 429, {"retry-after": "30"}, b"x" * 5_000_000
    reply = await WebhookPost(private=True).post(receiver.url, {}, b"{}")

    assert (reply.status, reply.retry_after_s) == (429, 30)


async def test_a_receiver_that_does_not_answer_is_left(receiver: Receiver) -> None:
    receiver.stuck.clear()
    reply = await WebhookPost(private=True, within_s=0.5).post(receiver.url, {}, b"{}")

    assert (reply.status, reply.error) == (None, "no answer within 0.5 seconds")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "169.254.169.254", "2130706433", "0x7f000001", "localhost", "localtest.example.com"]
)
async def test_no_way_leads_into_ones_own_network(receiver: Receiver, host: str) -> None:
    """However it is spelled, and whatever a name resolves to, at the moment at which it is called."""
    asked: list[str] = []

    async def rebound(name: str, port: int) -> Sequence[str]:
        """A name server that says 127.0.0.1 for whatever it is asked, as the system does for numbers."""
        asked.append(name)
        return ["127.0.0.1"]

    port = receiver.server_address[1]
    reply = await WebhookPost(private=False, resolver=rebound).post(f"https://{host}:{port}/in", {}, b"{}")

    assert reply.status is None
    assert reply.error is not None
    assert "public" in reply.error
    assert receiver.got == []


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async def mixed(name: str, port: int) -> Sequence[str]:
        return ["93.184.216.34", "10.0.0.5"]

    reply = await WebhookPost(private=False, resolver=mixed).post("https://hooks.example.com/", {}, b"{}")
    assert reply.error == "hooks.example.com does not lead to the public internet"


async def test_a_name_that_nobody_knows_is_a_failure() -> None:
    async def lost(name: str, port: int) -> Sequence[str]:
        raise OSError("Name or service not known")

    reply = await WebhookPost(private=False, resolver=lost).post("https://hooks.example.com/", {}, b"{}")
    assert (reply.status, reply.error) == (None, "OSError: Name or service not known")


async def test_the_command_line_lists_wakes_and_tells_again(
    callers: Callers,
    founded: None,
    house: House,
    engine: Engine,
    url: str,
) -> None:
    new = await made(callers)
    endpoint_id = new["endpoint"]["endpoint_id"]
    await placed(callers)
    await engine.drain()
    async with house.pool.transaction() as conn:
        await conn.execute("UPDATE webhooks.endpoint SET state = 'dead', reason = 'gone'")

    def command(*words: str) -> tuple[int, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "sangdan", "webhooks", *words, "--json"],
            env={**os.environ, "SANGDAN_DATABASE_URL": url}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout or done.stderr)

    def by_hand() -> list[tuple[int, Any]]:
        return [
            command("list", "--state", "dead"), command("enable", endpoint_id), command("list", "--state", "dead"),
            command("replay", endpoint_id, "--after", "0"), command("replay", endpoint_id),
            command("enable", "01890000-0000-7000-8000-000000000001"),
        ]  # fmt: skip

    dead, woken, none, replayed, unclear, unknown = await asyncio.to_thread(by_hand)
    async with house.pool.transaction() as conn:
        await spread(conn, house.clock.now())
    waiting = (await callers["shop"].get(f"/v1/webhooks/{endpoint_id}/deliveries", state="waiting")).json()["items"]

    assert [each["endpoint_id"] for each in dead[1]["endpoints"]] == [endpoint_id]
    assert (woken[0], woken[1]["endpoint"]["state"], none[1]) == (0, "on", {"endpoints": []})
    assert (replayed, len(waiting)) == ((0, {"replayed": endpoint_id}), 3)
    assert (unclear[0], unclear[1]["code"]) == (1, "replay-unclear")
    assert (unknown[0], unknown[1]["code"]) == (1, "no-such-endpoint")


async def test_figures_tell_of_the_dead(callers: Callers, founded: None, house: House) -> None:
    await made(callers)
    async with house.pool.transaction() as conn:
        await conn.execute("UPDATE webhooks.endpoint SET state = 'dead', reason = 'failing'")
    assert "sangdan_webhooks_dead_endpoints 1.0" in (await callers["tower"].get("/metrics")).text
