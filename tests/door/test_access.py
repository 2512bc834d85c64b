"""Who gets in, and as whom."""

import httpx
import pytest

from sangdan.kit import access
from sangdan.kit.db import Conn, Pool, value

from .conftest import AT


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dTpw",
        "Bearer sgd_short",
        "Bearer sgd_" + "Z" * 64,
        "Bearer sgd_" + "0" * 64,
        "Bearer sgd_" + "０" * 64,
    ],
)
async def test_strangers_stay_out(door: httpx.AsyncClient, authorization: str) -> None:
    answer = await door.get("/v1/clients", headers=[(b"authorization", authorization.encode())])

    assert (answer.status_code, answer.json()["code"]) == (401, "api-key-unknown")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_role_may_only_what_the_table_says(door: httpx.AsyncClient, keys: dict[str, str]) -> None:
    seen = {
        name: (await door.get("/v1/clients", headers={"authorization": f"Bearer {key}"})).status_code
        for name, key in keys.items()
    }
    assert seen == dict.fromkeys(keys, 403) | {"tower": 200}


async def test_a_key_works_from_its_making_to_its_revoking(door: httpx.AsyncClient) -> None:
    made = await door.post("/v1/clients", json={"client_id": "new", "role": "tower"})
    headers = {"authorization": f"bearer {made.json()['key']}"}
    before = await door.get("/v1/clients", headers=headers)
    revoked = await door.delete("/v1/clients/new", headers={"idempotency-key": "1"})
    after = await door.get("/v1/clients", headers=headers)

    assert (made.status_code, before.status_code, revoked.status_code, after.status_code) == (201, 200, 204, 401)


async def test_a_key_is_nowhere_in_the_database(door: httpx.AsyncClient, db: Pool) -> None:
    made = await door.post("/v1/clients", json={"client_id": "new", "role": "tower"}, headers={"idempotency-key": "1"})
    key = made.json()["key"]
    async with db.transaction() as conn:
        kept = await value(conn, "SELECT string_agg(c::text, ' ') AS t FROM kit.client c")
        asked = await value(conn, "SELECT count(*) AS n FROM kit.request")

    assert key.startswith("sgd_")
    assert key not in kept
    assert access.hash_key(key).hex() in kept
    assert asked == 0


async def test_clients_come_in_pages(door: httpx.AsyncClient, keys: dict[str, str]) -> None:
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await door.get("/v1/clients", params={"limit": 4} | ({"cursor": cursor} if cursor else {}))).json()
        names += [client["client_id"] for client in page["items"]]
        cursor = page["next"]

    assert names == sorted(keys)


async def test_only_the_tower_sees_all(conn: Conn) -> None:
    tower, ally = access.new_key(), access.new_key()
    await access.make(conn, "t", "tower", None, None, tower, AT)
    await access.make(conn, "a", "ally", "baker", "store-1", ally, AT)

    seers = [await access.find(conn, access.hash_key(key)) for key in (tower, ally)]

    assert [seer and seer.seen_by for seer in seers] == [None, "baker"]
    assert seers[1] == access.Seer("a", "ally", "baker", frozenset({"store-1"}))


async def test_revoking_twice_is_told(conn: Conn) -> None:
    await access.make(conn, "t", "tower", None, None, access.new_key(), AT)
    await access.revoke(conn, "t", AT)

    with pytest.raises(access.NoSuchClient):
        await access.revoke(conn, "t", AT)


def test_keys_are_random_and_recognised() -> None:
    made = {access.new_key() for _ in range(50)}

    assert len(made) == 50
    assert all(access.looks_like_key(key) for key in made)
    assert access.new_key(lambda n: b"\x0f" * n) == "sgd_" + "0f" * 32
