"""Twins get one effect and one answer; a failed request leaves nothing behind."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.errors import DeadlockDetected

from sangdan.kit import requests
from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.requests import Answer, KeyMissing, KeyReused, KeyUnfit
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import Reservation

from .alliance import SKU, Caller, found
from .conftest import AT


async def test_twenty_twins_at_once_are_one_request(door: httpx.AsyncClient) -> None:
    """Without the key, nineteen of them would find the client gone."""
    answers = await asyncio.gather(
        *(door.delete("/v1/clients/shop", headers={"idempotency-key": "twin"}) for _ in range(20))
    )

    assert {answer.status_code for answer in answers} == {204}
    assert Counter(answer.headers.get("idempotent-replayed") for answer in answers) == {None: 1, "true": 19}


async def test_the_same_key_for_another_wish_is_refused(door: httpx.AsyncClient) -> None:
    first = await door.delete("/v1/clients/shop", headers={"idempotency-key": "k"})
    other = await door.delete("/v1/clients/ally", headers={"idempotency-key": "k"})

    assert (first.status_code, other.status_code, other.json()["code"]) == (204, 422, "idempotency-key-reused")


async def test_a_refusal_is_not_remembered(door: httpx.AsyncClient) -> None:
    """Nothing happened, so the same wish may be granted once the world has changed."""
    before = await door.delete("/v1/clients/late", headers={"idempotency-key": "k"})
    await door.post("/v1/clients", json={"client_id": "late", "role": "tower"})
    after = await door.delete("/v1/clients/late", headers={"idempotency-key": "k"})

    assert (before.status_code, after.status_code) == (404, 204)
    assert "idempotent-replayed" not in after.headers


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (b"", "idempotency-key-missing"),
        (b"k" * 256, "idempotency-key-unfit"),
        ("열쇠".encode(), "idempotency-key-unfit"),
        (b"a\tb", "idempotency-key-unfit"),
    ],
)
async def test_keys_that_cannot_be(door: httpx.AsyncClient, key: bytes, code: str) -> None:
    answer = await door.delete("/v1/clients/shop", headers=[(b"idempotency-key", key)])

    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_a_write_without_a_key_is_refused(door: httpx.AsyncClient) -> None:
    answer = await door.delete("/v1/clients/shop")

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


async def test_keys_of_two_clients_are_apart(conn: Conn) -> None:
    asked = [await requests.claim(conn, client, "k", client.encode(), AT) for client in ("a", "b")]

    assert asked == [None, None]


async def test_what_was_answered_is_answered_again(conn: Conn) -> None:
    await requests.claim(conn, "a", "k", b"hash", AT)
    await requests.remember(conn, "a", "k", Answer(201, b'{"n":1}'))

    assert await requests.claim(conn, "a", "k", b"hash", AT) == Answer(201, b'{"n":1}')
    with pytest.raises(KeyReused):
        await requests.claim(conn, "a", "k", b"other", AT)


async def test_old_keys_are_forgotten(conn: Conn) -> None:
    for day, key in enumerate(("old", "young")):
        await requests.claim(conn, "a", key, b"hash", AT + timedelta(days=day))
        await requests.remember(conn, "a", key, Answer(200, b""))

    assert await requests.forget(conn, AT + timedelta(hours=12)) == 1
    assert await requests.claim(conn, "a", "old", b"another", AT) is None


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=255))
def test_printable_keys_are_taken_as_they_are(key: str) -> None:
    assert requests.check_key(key) == key


@given(st.one_of(st.none(), st.text(max_size=600)))
def test_no_key_breaks_the_check(key: str | None) -> None:
    try:
        assert requests.check_key(key) == key
    except KeyMissing:
        assert not key
    except KeyUnfit:
        assert key is not None


@given(st.tuples(st.text(), st.text(), st.binary()), st.tuples(st.text(), st.text(), st.binary()))
def test_other_requests_have_other_hashes(one: tuple[str, str, bytes], other: tuple[str, str, bytes]) -> None:
    told_apart = requests.hash_body(*one) != requests.hash_body(*other)

    assert told_apart == (one != other) or "\0" in "".join(one[:2] + other[:2])


async def test_a_failing_commit_is_never_a_success(door: httpx.AsyncClient, db: Pool) -> None:
    """The route has answered 201 by then; the caller must not see it."""
    async with db.transaction() as conn:
        await run(conn, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$")
        await run(
            conn,
            "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON kit.client "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()",
        )

    answer = await door.post("/v1/clients", json={"client_id": "new", "role": "tower"})

    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert answer.headers["content-type"] == "application/problem+json"
    async with db.transaction() as conn:
        assert await value(conn, "SELECT count(*) AS n FROM kit.client WHERE client_id = 'new'") == 0


@pytest.mark.parametrize(("failures", "status"), [(1, 201), (2, 201), (3, 503)])
async def test_a_deadlock_is_tried_again_as_a_whole(
    door: httpx.AsyncClient, callers: dict[str, Caller], monkeypatch: pytest.MonkeyPatch, failures: int, status: int
) -> None:
    await found(door)
    reserve = stock.reserve
    left = failures

    async def unlucky(conn: Conn, *asked: Any) -> Reservation:
        nonlocal left
        held = await reserve(conn, *asked)
        if left:
            left -= 1
            raise DeadlockDetected("chosen as the victim")
        return held

    monkeypatch.setattr(stock, "reserve", unlucky)
    wish = {"lines": [{"node_id": "house-1", "sku": SKU, "owner_id": "maker", "units": 1}]}
    answer = await callers["shop"].post("/v1/reservations", wish)
    [shelf] = (await callers["tower"].get("/v1/stock", sku=SKU)).json()["items"]

    assert answer.status_code == status
    assert shelf["reserved"] == (1 if status == 201 else 0)
