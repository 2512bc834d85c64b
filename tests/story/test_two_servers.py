"""Two servers on one database behave as one: whoever asks, whichever answers, however one of them ends."""

import asyncio
import itertools
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import httpx
import pytest

from . import town
from .tower import Tower, tower, until
from .town import ICHEON, Keys, promised, question, taking, wish

BUYERS: Final = 400
UNITS: Final = 200
AT_ONCE: Final = 32
TWINS: Final = 20

Pair = tuple[Tower, Tower, Keys]


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Two servers, each with its worker; of the last jar there are two hundred now."""
    with tower(release_after_s="0") as one:
        keys = town.found(one)
        other = Tower(one.home, release_after_s="0")
        other.start()
        try:
            yield one, other, keys
        finally:
            other.end(signal.SIGKILL)


def stocked(running: Tower, keys: Keys, sku: str, units: int) -> None:
    """So many units of a SKU lie in Icheon."""
    row = f'{{"node_id":"{ICHEON}","sku":"{sku}","owner_id":"deulnyeok","on_hand":{units}}}'
    with town.caller(running, keys["tower"]) as door:
        told = door.post("/v1/imports/stock", content=row, headers={"content-type": "application/x-ndjson"})
    assert (told.status_code, told.json()["rejected"]) == (200, 0), told.text


@asynccontextmanager
async def doors(running: Sequence[Tower], keys: Keys, lines: int) -> AsyncGenerator[list[httpx.AsyncClient]]:
    """So many open lines, by turns to each server."""
    async with AsyncExitStack() as opened:
        yield [
            await opened.enter_async_context(
                httpx.AsyncClient(
                    base_url=each.address, timeout=60, headers={"authorization": f"Bearer {keys['onmaru-web']}"}
                )
            )
            for each in itertools.islice(itertools.cycle(running), lines)
        ]


async def bought(lines: Sequence[httpx.AsyncClient], sku: str, buyers: int) -> Counter[str]:
    """As many buyers as that ask for a unit each and press the button; what they were told."""
    free: asyncio.Queue[httpx.AsyncClient] = asyncio.Queue()
    for line in lines:
        free.put_nowait(line)
    told: Counter[str] = Counter()

    async def buy(number: int) -> None:
        line = await free.get()
        try:
            asked = await line.post("/v1/promises", json=question(sku))
            way = asked.json()["ways"][0] if asked.status_code == 200 and asked.json()["ways"] else None
        finally:
            free.put_nowait(line)
        if way is None:
            told["no way"] += 1
            return
        line = await free.get()  # the other server's, as often as not
        try:
            answer = await line.post("/v1/orders", json=taking(way, f"buyer-{number}"), headers=wish())
        finally:
            free.put_nowait(line)
        told["sold" if answer.status_code == 201 else answer.json()["code"]] += 1

    await asyncio.gather(*(buy(number) for number in range(buyers)))
    return told


async def test_two_hundred_units_and_four_hundred_buyers(pair: Pair) -> None:
    """Of three open peers, measured so, one sold four hundred."""
    one, other, keys = pair
    stocked(one, keys, "last-jar", UNITS)
    async with doors((one, other), keys, AT_ONCE) as lines:
        told = await bought(lines, "last-jar", BUYERS)
    assert told["sold"] == UNITS
    assert set(told) <= {"sold", "stock-gone", "no way"}
    assert told.total() == BUYERS
    with one.database() as conn:
        held = conn.execute(
            """
            SELECT (SELECT sum(units) FROM stock.reservation WHERE sku = 'last-jar' AND state <> 'released'),
                   (SELECT count(DISTINCT order_id) FROM orders.line WHERE sku = 'last-jar')
            """
        ).fetchone()
    assert held == (UNITS, UNITS)
    until(one.is_quiet, "every reaction to be through")
    assert one.drift()["rows"] == []


async def test_twins_at_two_servers(pair: Pair) -> None:
    one, other, keys = pair
    before = one.rows()["orders.order"]
    async with doors((one, other), keys, 2 * TWINS) as lines:
        with town.caller(one, keys["onmaru-web"]) as door:
            wishes = [(taking(promised(door, "oil", units=2)), wish()) for _ in range(TWINS)]
        asked = itertools.product(wishes, (lines[0], lines[1]))
        answers = await asyncio.gather(
            *(line.post("/v1/orders", json=body, headers=key) for (body, key), line in asked)
        )
    assert {answer.status_code for answer in answers} == {201}
    pairs = list(zip(answers[::2], answers[1::2], strict=True))
    assert all(first.content == second.content for first, second in pairs)
    assert [sum("idempotent-replayed" in each.headers for each in both) for both in pairs] == [1] * TWINS
    assert one.rows()["orders.order"] == before + TWINS


def test_one_promise_is_taken_at_one_server_only(pair: Pair) -> None:
    one, other, keys = pair
    with town.caller(one, keys["onmaru-web"]) as here, town.caller(other, keys["onmaru-web"]) as there:
        body = taking(promised(here, "oil"))
        placed = there.post("/v1/orders", json=body, headers=wish())
        again = here.post("/v1/orders", json=body, headers=wish())
        order_id = placed.json()["order_id"]
        assert (again.status_code, again.json()["code"]) == (409, "promise-taken")
        seen = [door.get(f"/v1/orders/{order_id}").json() for door in (here, there)]
        assert [each["order_id"] for each in seen] == [order_id] * 2
        assert seen[0]["lines"] == seen[1]["lines"]


async def test_one_server_is_killed_and_the_other_goes_on(pair: Pair) -> None:
    """Whoever was cut off asks the other with the same key: what was acknowledged stands, and nothing stands twice."""
    one, other, keys = pair
    before = one.rows()["orders.order"]
    with town.caller(one, keys["onmaru-web"]) as door:
        wishes = [(taking(promised(door, "gim"), f"caller-{number}"), wish()) for number in range(3 * TWINS)]
    async with doors((other, one), keys, 2 * len(wishes)) as lines:
        first: list[Any] = [
            asyncio.create_task(lines[0 if number % 2 else 1].post("/v1/orders", json=body, headers=key))
            for number, (body, key) in enumerate(wishes)
        ]
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        other.end(signal.SIGKILL)
        told = await asyncio.gather(*first, return_exceptions=True)
        second = await asyncio.gather(*(lines[1].post("/v1/orders", json=b, headers=k) for b, k in wishes))
    other.start()
    assert {answer.status_code for answer in second} == {201}
    for early, late in zip(told, second, strict=True):
        if isinstance(early, httpx.Response) and early.status_code == 201:
            assert early.content == late.content
            assert late.headers["idempotent-replayed"] == "true"
    assert len({answer.json()["order_id"] for answer in second}) == len(wishes)
    assert one.rows()["orders.order"] == before + len(wishes)
    until(one.is_quiet, "every reaction to be through")
    assert one.drift()["rows"] == []
    assert charged(one) == {"once"}


def charged(running: Tower) -> set[str]:
    """How often what was due of the orders was taken: two workers react, and each fact has its effect once."""
    with running.database() as conn:
        found = conn.execute(
            """
            SELECT DISTINCT CASE
                   WHEN p.state = 'captured' AND p.captured_minor = o.total_minor
                        AND (SELECT sum(t.amount_minor) FROM kit.transfer t
                              WHERE t.reference = o.order_id::text AND t.kind = 'capture') = o.total_minor THEN 'once'
                   ELSE p.state END
              FROM orders.order o JOIN payments.payment p USING (order_id)
            """
        ).fetchall()
    return {name for (name,) in found}
