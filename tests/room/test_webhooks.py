"""Webhooks: who is told what, tries that fail, a process that dies in between, endpoints that die, replays."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from sangdan.client.webhooks import NotGenuine, verify
from sangdan.doors.worker.webhooks import LANES, Webhooks
from sangdan.flows import send_webhooks
from sangdan.flows.send_webhooks import Sending, claim, send_due, spread
from sangdan.kit import access, feed
from sangdan.kit.access import Role
from sangdan.kit.db import Pool, value
from sangdan.kit.ids import Ids
from sangdan.kit.settings import load
from sangdan.kit.vault import Vault
from sangdan.talk.webhooks import commands as webhooks
from sangdan.talk.webhooks.commands import Wish
from sangdan.talk.webhooks.errors import EndpointExists, EndpointOff, NoSuchDelivery, NoSuchEndpoint
from sangdan.talk.webhooks.model import GIVE_UP, OVERLAP, TRIES, Delivery, Endpoint, Owner, Reply

from .alliance_town import Town

SHOP = Owner("shop", "market", None)
TOWER = Owner("tower", None, None)
FIRST = UUID(int=0)


class Receiver:
    """Somebody at the other end: answers as it is told to, and remembers what came."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Mapping[str, str], bytes]] = []
        self.answers: dict[str, Reply] = {}
        self.held = asyncio.Event()
        self.held.set()
        self.quick = asyncio.Event()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if "slow" in url:
            await self.held.wait()
        self.got.append((url, headers, body))
        if "quick" in url:
            self.quick.set()
        return self.answers.get(url, Reply(200))

    def types(self, url: str) -> list[str]:
        return [msgspec.json.decode(body)["type"] for at, _, body in self.got if at == url]

    def ids(self, url: str) -> list[str]:
        return [headers["webhook-id"] for at, headers, _ in self.got if at == url]


class Post:
    """The alliance's post office, run by hand."""

    def __init__(self, town: Town, vault: Vault) -> None:
        self.town, self.vault, self.receiver = town, vault, Receiver()
        self.ids = Ids(seed=3)
        self.sending = Sending(town.pool, vault, town.clock, self.receiver, lambda: 0.0)

    async def add(self, owner: Owner, url: str, types: list[str] | None = None) -> tuple[Endpoint, str]:
        at = self.town.clock.now()
        async with self.town.pool.transaction() as conn:
            wish = Wish(url, types, await feed.head(conn))
            return await webhooks.add(conn, self.vault, owner, "test", self.ids.new(at), wish, at)

    async def spread(self) -> None:
        while True:
            async with self.town.pool.transaction() as conn:
                if not await spread(conn, self.town.clock.now()):
                    return

    async def run(self) -> None:
        """Until nothing is due."""
        await self.spread()
        while endpoints := await claim(self.town.pool, self.town.clock.now(), LANES):
            for endpoint in endpoints:
                await send_due(self.sending, endpoint)

    async def get(self, endpoint: Endpoint, owner: Owner = TOWER) -> Endpoint:
        async with self.town.pool.transaction() as conn:
            return await webhooks.get(conn, owner, endpoint.endpoint_id)

    async def deliveries(self, endpoint: Endpoint) -> list[Delivery]:
        async with self.town.pool.transaction() as conn:
            last = self.town.clock.now() + timedelta(days=1), FIRST
            return await webhooks.deliveries(conn, endpoint, None, last, 100)

    def later(self, **by: float) -> None:
        self.town.clock.set(self.town.clock.now() + timedelta(**by))


@pytest.fixture
async def post(town: Town) -> Post:
    clients: list[tuple[str, Role, str | None]] = [
        ("tower", "tower", None), ("web", "shop", "market"), ("maker", "ally", "maker"), ("stranger", "ally", "house"),
    ]  # fmt: skip
    async with town.pool.transaction() as conn:
        for name, role, partner_id in clients:
            await access.make(conn, name, role, partner_id, None, access.new_key(), town.clock.now())
    return Post(town, await Vault.open(town.pool, load(), town.clock))


async def test_each_is_told_what_concerns_it_signed(town: Town, post: Post) -> None:
    await town.order(tea=1)  # before anybody listens
    shop, secret = await post.add(SHOP, "https://shop")
    await post.add(Owner("ally", "nobody", None), "https://nobody")
    await post.add(TOWER, "https://tower", ["order.placed"])
    order_id = await town.order(tea=1)
    await post.run()

    assert sorted(post.receiver.types("https://shop")) == ["order.authorised", "order.placed", "payment.authorised"]
    assert post.receiver.types("https://tower") == ["order.placed"]
    assert not post.receiver.types("https://nobody")
    for url, headers, body in post.receiver.got:
        event = msgspec.json.decode(body)
        assert (headers["webhook-id"], event["data"]["order_id"]) == (event["id"], str(order_id))
        if url == "https://shop":
            assert verify(headers, body, secret, town.clock.now()) == event["id"]
    assert {each.state for each in await post.deliveries(shop)} == {"done"}


async def test_a_failure_is_tried_again_under_the_same_id_until_it_is_taken(town: Town, post: Post) -> None:
    shop, _ = await post.add(SHOP, "https://shop", ["order.placed"])
    post.receiver.answers["https://shop"] = Reply(500)
    await town.order(tea=1)
    await post.run()
    await post.run()  # not due yet
    tried = len(post.receiver.got)
    post.later(seconds=6)
    await post.run()
    post.receiver.answers.clear()
    post.later(minutes=6)
    await post.run()

    assert tried == 1
    assert len(post.receiver.got) == 3
    assert len({(headers["webhook-id"], body) for _, headers, body in post.receiver.got}) == 1
    assert len({headers["webhook-timestamp"] for _, headers, _ in post.receiver.got}) == 3
    [delivery] = await post.deliveries(shop)
    assert (delivery.state, delivery.attempts, delivery.status) == ("done", 3, 200)
    assert (await post.get(shop)).failing_since is None


async def test_who_dies_after_sending_and_before_recording_sends_again(town: Town, post: Post) -> None:
    """The lease of the dead process ends; what it may have sent comes once more under the same id, and then never."""
    shop, _ = await post.add(SHOP, "https://shop", ["order.placed"])
    await town.order(tea=1)
    await post.spread()
    [claimed] = await claim(town.pool, town.clock.now(), LANES)
    async with town.pool.transaction() as conn:
        [due] = await webhooks.due(conn, shop.endpoint_id, town.clock.now(), 10)
    await post.receiver.post(claimed.url, {"webhook-id": str(due.event_id)}, due.body)  # and here it dies
    await post.run()
    while_leased = len(post.receiver.got)
    post.later(seconds=send_webhooks.LEASE.total_seconds())
    await post.run()
    post.later(hours=1)
    await post.run()

    assert while_leased == 1
    assert len(post.receiver.got) == 2
    assert len(set(post.receiver.ids("https://shop"))) == 1


async def test_an_endpoint_that_is_gone_is_switched_off_and_told(town: Town, post: Post) -> None:
    shop, _ = await post.add(SHOP, "https://shop")
    await post.add(TOWER, "https://tower", ["webhook.switched_off"])
    post.receiver.answers["https://shop"] = Reply(410)
    await town.order(tea=1)
    await post.run()
    await town.react()
    await post.run()
    dead = await post.get(shop)
    async with town.pool.transaction() as conn:
        listed = await value(conn, "SELECT reason FROM webhooks.dead")
        told = await webhooks.counts(conn)

    assert (dead.state, dead.reason, listed, told.dead) == ("dead", "gone", "gone", 1)
    [body] = [body for url, _, body in post.receiver.got if url == "https://tower"]
    assert msgspec.json.decode(body)["data"] == {
        "endpoint_id": str(shop.endpoint_id), "partner_id": "market", "reason": "gone",
    }  # fmt: skip


async def test_an_endpoint_that_fails_for_days_is_switched_off_and_wakes_again(town: Town, post: Post) -> None:
    shop, _ = await post.add(SHOP, "https://shop", ["order.placed"])
    post.receiver.answers["https://shop"] = Reply(None, "no answer")
    await town.order(tea=1)
    began = town.clock.now()
    while (await post.get(shop)).state == "on":
        await post.run()
        post.later(minutes=30)
        assert town.clock.now() - began < GIVE_UP + timedelta(hours=12)
    dead = await post.get(shop)
    post.receiver.got.clear()
    await town.order(tea=1)
    await post.run()
    silent = len(post.receiver.got)
    post.receiver.answers.clear()
    async with town.pool.transaction() as conn:
        with pytest.raises(EndpointOff):
            await webhooks.replay(conn, dead, post.ids.new(began), 0, 9)
        await webhooks.switch_on(conn, dead, await feed.head(conn), town.clock.now())
    async with town.pool.transaction() as conn:
        await send_webhooks.start(conn, await post.get(shop), None, began, post.ids.new(began))
    await post.run()

    assert (dead.reason, silent) == ("failing", 0)
    assert len(set(post.receiver.ids("https://shop"))) == 2  # the one that waited, and the one it missed


async def test_one_event_that_is_never_taken_leaves_the_others_alone(town: Town, post: Post) -> None:
    """A receiver that chokes on one event gets ten tries of it, and everything else meanwhile."""
    shop, _ = await post.add(SHOP, "https://shop", ["order.placed"])

    class Choosy(Receiver):
        async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
            await super().post(url, headers, body)
            return Reply(500) if str(poison) in body.decode() else Reply(200)

    poison = await town.order(tea=1)
    choosy = Choosy()
    post.receiver = choosy
    post.sending = Sending(town.pool, post.vault, town.clock, choosy, lambda: 0.0)
    for _ in range(30):
        async with town.pool.transaction() as conn:
            at = town.clock.now()
            await webhooks.ping(conn, shop, send_webhooks.ping(shop, post.ids, at), at)
        await post.run()
        post.later(hours=6)

    states = [each.state for each in await post.deliveries(shop)]
    assert (states.count("failed"), states.count("done")) == (1, 30)
    assert sum(str(poison) in body.decode() for _, _, body in choosy.got) == TRIES
    assert (await post.get(shop)).state == "on"


async def test_a_dead_endpoint_holds_up_nobody(town: Town, post: Post) -> None:
    for number in range(LANES - 1):
        await post.add(SHOP, f"https://slow/{number}", ["order.placed"])
    await post.add(SHOP, "https://quick", ["order.placed"])
    post.receiver.held.clear()
    await town.order(tea=1)
    office = Webhooks(post.sending)
    find, *lanes = office.senders()
    await find(town.clock.now())

    async def work() -> None:
        await asyncio.gather(*(lane(town.clock.now()) for lane in lanes))

    working = asyncio.create_task(work())
    async with asyncio.timeout(30):
        await post.receiver.quick.wait()
    still_slow = len(post.receiver.got)
    post.receiver.held.set()
    await working

    assert still_slow == 1
    assert len(post.receiver.got) == LANES


async def test_two_processes_send_nothing_twice(town: Town, post: Post) -> None:
    for number in range(6):
        await post.add(SHOP, f"https://shop/{number}")
    await town.order(tea=1)
    await asyncio.gather(*(post.run() for _ in range(4)))
    await post.run()

    assert len(post.receiver.got) == 18
    assert len({(url, headers["webhook-id"]) for url, headers, _ in post.receiver.got}) == 18


async def test_events_are_told_again_by_id_position_and_time(town: Town, post: Post) -> None:
    shop, _ = await post.add(SHOP, "https://shop")
    began = town.clock.now()
    await town.order(tea=1)
    await post.run()
    first = sorted(post.receiver.ids("https://shop"))
    stranger, _ = await post.add(Owner("ally", "house", None), "https://house")

    async def again(**how: object) -> list[str]:
        post.receiver.got.clear()
        async with town.pool.transaction() as conn:
            if "events" in how:
                await webhooks.replay_events(conn, shop, [UUID(first[0])], lambda: post.ids.new(began))
            elif "since" in how:
                await send_webhooks.start(conn, shop, None, began, post.ids.new(began))
            else:
                await send_webhooks.start(conn, shop, 0, None, post.ids.new(began))
        await post.run()
        return sorted(post.receiver.ids("https://shop"))

    assert await again(events=True) == first[:1]
    assert await again(after=True) == first
    assert await again(since=True) == first
    async with town.pool.transaction() as conn:
        with pytest.raises(NoSuchDelivery):
            await webhooks.replay_events(conn, stranger, [UUID(first[0])], lambda: post.ids.new(began))


async def test_a_secret_is_changed_without_a_gap(town: Town, post: Post) -> None:
    shop, old = await post.add(SHOP, "https://shop", ["order.placed"])

    async def rotate(*, at_once: bool = False) -> str:
        async with town.pool.transaction() as conn:
            known = await webhooks.get(conn, SHOP, shop.endpoint_id)
            return await webhooks.rotate(conn, post.vault, known, town.clock.now(), at_once=at_once)

    async def valid(*secrets: str) -> list[bool]:
        post.receiver.got.clear()
        await town.order(service="standard", tea=1)
        await post.run()
        [(_, headers, body)] = post.receiver.got
        found: list[bool] = []
        for secret in secrets:
            try:
                found.append(bool(verify(headers, body, secret, town.clock.now())))
            except NotGenuine:
                found.append(False)
        return found

    lost, new = await rotate(), await rotate()
    both = await valid(old, lost, new)
    post.later(seconds=OVERLAP.total_seconds())
    alone = await valid(old, lost, new)
    newest = await rotate(at_once=True)
    stolen = await valid(new, newest)

    assert (both, alone, stolen) == ([True, False, True], [False, False, True], [False, True])


async def test_nobody_is_told_any_more_when_its_last_key_is_revoked(town: Town, post: Post) -> None:
    shop, _ = await post.add(SHOP, "https://shop")
    await town.order(tea=1)
    await post.spread()
    async with town.pool.transaction() as conn:
        await access.revoke(conn, "web", town.clock.now())
    await town.order(tea=1)
    await post.run()

    assert not post.receiver.got
    assert (await post.get(shop)).state == "off"


async def test_endpoints_are_their_owners(town: Town, post: Post) -> None:
    shop, _ = await post.add(SHOP, "https://shop")
    async with town.pool.transaction() as conn:
        for stranger in (Owner("ally", "market", None), Owner("shop", "other", None), Owner("shop", "market", "n-1")):
            with pytest.raises(NoSuchEndpoint):
                await webhooks.get(conn, stranger, shop.endpoint_id)
            assert await webhooks.page(conn, stranger, FIRST, 10) == []
        assert [each.url for each in await webhooks.page(conn, TOWER, FIRST, 10)] == ["https://shop"]
    with pytest.raises(EndpointExists):
        await post.add(SHOP, "https://shop")


async def test_secrets_lie_sealed_and_are_sealed_again(town: Town, post: Post) -> None:
    shop, secret = await post.add(SHOP, "https://shop", ["order.placed"])
    async with town.pool.transaction() as conn:
        before: bytes = await value(conn, "SELECT secret FROM webhooks.endpoint")
        await post.vault.rotate(conn, town.clock.now())
    async with town.pool.transaction() as conn:
        done = [await webhooks.reseal(conn, post.vault, town.clock.now()) for _ in range(2)]
        after: bytes = await value(conn, "SELECT secret FROM webhooks.endpoint")
        retired = await post.vault.retire(conn)
    await town.order(tea=1)
    await post.run()

    assert (done, retired) == ([1, 0], [1])
    assert before != after
    [(_, headers, body)] = post.receiver.got
    assert verify(headers, body, secret, town.clock.now())
    assert secret.removeprefix("whsec_").encode() not in before
    assert shop.url == "https://shop"


async def test_what_ended_long_ago_is_forgotten(town: Town, post: Post, db: Pool) -> None:
    shop, _ = await post.add(SHOP, "https://shop")
    await town.order(tea=1)
    await post.run()
    post.later(days=31)
    await Webhooks(post.sending).find(town.clock.now())

    assert await post.deliveries(shop) == []
