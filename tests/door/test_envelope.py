"""What surrounds every request: ids, logs, figures, health, documentation."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psycopg
import pytest
from msgspec.structs import replace
from psycopg import sql

from sangdan.doors.api import health
from sangdan.doors.api.app import House, make_app
from sangdan.kit import logs, postgres
from sangdan.kit.db import Pool, run


async def test_a_request_id_is_taken_over_or_made(door: httpx.AsyncClient) -> None:
    given = await door.get("/health/live", headers={"x-request-id": "shop-42"})
    made = await door.get("/health/live")
    forged = await door.get("/health/live", headers={"x-request-id": 'a"} {"level":"x'})

    assert given.headers["x-request-id"] == "shop-42"
    assert len(made.headers["x-request-id"]) == 32
    assert len(forged.headers["x-request-id"]) == 32


async def test_the_log_tells_of_a_request_without_its_secrets(
    door: httpx.AsyncClient, keys: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sangdan.door")
    caplog.handler.setFormatter(logs.JsonLines())

    await door.post("/v1/clients?x=hidden", json={"client_id": "night-desk", "role": "tower"})

    line: dict[str, Any] = json.loads(caplog.text.splitlines()[-1])
    assert (line["method"], line["route"], line["status"], line["client_id"]) == ("POST", "/v1/clients", 201, "tower")
    assert keys["tower"] not in caplog.text
    assert "night-desk" not in caplog.text
    assert "hidden" not in caplog.text


def test_secrets_never_reach_a_log_line() -> None:
    record = logging.makeLogRecord(
        {
            "msg": "connect postgresql://me:pw@host/db with sgd_" + "0" * 64,
            "password": "pw",
            "body": "{}",
            "order_id": "o-1",
            "units": 3,
        }
    )
    token = logs.request_id.set("r-1")
    line = logs.JsonLines().format(record)
    logs.request_id.reset(token)

    told = json.loads(line)
    assert "pw" not in line
    assert "sgd_0" not in line
    assert (told["order_id"], told["units"], told["body"], told["request_id"]) == ("o-1", 3, "[hidden]", "r-1")


def test_a_failure_is_logged_with_its_trace_in_one_line() -> None:
    wrong = ValueError("bad\nDETAIL:  Failing row contains (kim, 04524).")
    record = logging.makeLogRecord({"msg": "failed", "exc_info": (ValueError, wrong, None)})

    line = logs.JsonLines().format(record)

    assert "\n" not in line
    assert "ValueError: bad" in json.loads(line)["trace"]
    assert "kim" not in line


async def test_figures_count_requests_and_waiting_facts(door: httpx.AsyncClient, db: Pool) -> None:
    async with db.transaction() as conn:
        await run(
            conn,
            "INSERT INTO kit.outbox (subject, sequence, at) "
            "SELECT 's', n, '2026-11-20T02:59:00Z' FROM generate_series(1, 3) n",
        )
    await door.get("/nowhere")
    shown = await door.get("/metrics")

    assert shown.headers["content-type"].startswith("text/plain")
    assert "sangdan_facts_waiting 3.0" in shown.text
    assert "sangdan_facts_oldest_seconds 60.0" in shown.text
    assert 'sangdan_http_requests_total{method="GET",route="unknown",status="404"}' in shown.text


async def test_the_documentation_is_written_once_however_often_a_stranger_asks(
    door: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To write it takes as long as twenty pages, and needs no key."""
    first = await door.get("/openapi.json")

    def again(_: object) -> Any:
        raise AssertionError("written again")

    monkeypatch.setattr(health, "describe", again)
    second = await door.get("/openapi.json")
    assert (second.status_code, second.content) == (200, first.content)


async def test_the_documentation_is_openapi_3_1_and_complete(door: httpx.AsyncClient) -> None:
    told = (await door.get("/openapi.json")).json()
    operations = [o for path in told["paths"].values() for o in path.values()]
    revoke = told["paths"]["/v1/clients/{client_id}"]["delete"]

    assert told["openapi"].startswith("3.1")
    assert len({o["operationId"] for o in operations}) == len(operations)
    assert all(o.get("description") for o in operations)
    assert {"name": "Idempotency-Key", "in": "header"}.items() <= revoke["parameters"][-1].items()
    assert revoke["security"] == [{"api_key": []}]
    assert "application/problem+json" in revoke["responses"]["404"]["content"]
    assert not [o["operationId"] for o in operations if "Validation Exception" in json.dumps(o)]


@pytest.fixture
async def brief(house: House, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A door whose requests wait only a moment for the database."""
    pool = await Pool.open(url, size=2, wait_s=0.3)
    transport = httpx.ASGITransport(app=make_app(replace(house, pool=pool)), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sangdan") as client:
        yield client
    await pool.close()


async def test_a_database_that_goes_away_and_comes_back(
    brief: httpx.AsyncClient, keys: dict[str, str], db: Pool, server: postgres.Server
) -> None:
    headers = {"authorization": f"Bearer {keys['tower']}"}
    assert (await brief.get("/v1/clients", headers=headers)).status_code == 200
    async with db.transaction() as conn:
        name = conn.info.dbname
    await db.close()
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        gone = await brief.get("/v1/clients", headers=headers)
        health = [(await brief.get(f"/health/{kind}")).status_code for kind in ("live", "ready")]
        figures = await brief.get("/metrics")
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name)))
    back = await brief.get("/v1/clients", headers=headers)

    assert (gone.status_code, gone.json()["code"], gone.headers["retry-after"]) == (503, "database-away", "2")
    assert health == [200, 503]
    assert "sangdan_facts_waiting NaN" in figures.text
    assert back.status_code == 200


async def test_a_database_that_goes_away_in_mid_request(
    door: httpx.AsyncClient, db: Pool, server: postgres.Server
) -> None:
    """The request waits on a row that we hold, and its connection is cut."""
    async with db.transaction() as conn:
        name = conn.info.dbname
        await run(conn, "SELECT FROM kit.client WHERE client_id = 'shop' FOR UPDATE")
        asked = asyncio.create_task(door.delete("/v1/clients/shop", headers={"idempotency-key": "k"}))
        async with await psycopg.AsyncConnection.connect(server.admin_url, autocommit=True) as admin:
            cut = 0
            while not cut:
                cut = (
                    await admin.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = %s AND wait_event_type = 'Lock'",
                        [name],
                    )
                ).rowcount
        answer = await asked
    again = await door.delete("/v1/clients/shop", headers={"idempotency-key": "k"})

    assert (answer.status_code, answer.json()["code"]) == (503, "database-away")
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (204, None)
