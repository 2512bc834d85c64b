"""Closing a lane over HTTP and at the command line: who may, what is refused, what shoppers are offered then."""

import asyncio

import msgspec
import polars as pl
import pytest

from sangdan.doors.cli import main
from sangdan.flows.import_rows import load
from sangdan.kit.db import Pool

from . import alliance
from .conftest import AT
from .journey import QUESTION, Callers

LANE = "/v1/lanes/seoul.standard/closing"
CARRIER = "/v1/carriers/swift/closing"


@pytest.mark.usefixtures("founded")
async def test_a_carrier_closes_its_own_lane_and_opens_it_again(callers: Callers) -> None:
    courier = callers["courier"]
    closed = await courier.post(LANE, {"reason": "weather", "until": "2026-11-21T09:00:00+09:00"})
    assert closed.status_code == 200, closed.text
    assert closed.json() == {
        "scope": "lane", "closed_id": "seoul.standard", "from_at": "2026-11-20T03:00:00Z",
        "until_at": "2026-11-21T00:00:00Z", "reason": "weather",
    }  # fmt: skip
    assert (await courier.get("/v1/closings")).json() == [closed.json()]
    assert (await callers["foreign-courier"].get("/v1/closings")).json() == []
    refused = await callers["shop"].post("/v1/promises", QUESTION)
    assert (refused.status_code, refused.json()["code"]) == (409, "no-way")

    assert (await courier.delete(LANE)).status_code == 200
    again = await courier.delete(LANE)
    assert (again.status_code, again.json()["code"]) == (409, "closing-none")
    assert (await callers["shop"].post("/v1/promises", QUESTION)).status_code < 300


@pytest.mark.usefixtures("founded")
async def test_the_tower_closes_a_carrier(callers: Callers) -> None:
    tower = callers["tower"]
    assert (await tower.post(CARRIER, {"reason": "strike"})).status_code == 200
    assert (await callers["shop"].post("/v1/promises", QUESTION)).status_code == 409
    assert [each["closed_id"] for each in (await callers["courier"].get("/v1/closings")).json()] == ["swift"]
    assert (await tower.delete(CARRIER)).json()["until_at"] is None
    assert (await tower.get("/v1/closings")).json() == []


@pytest.mark.usefixtures("founded")
@pytest.mark.parametrize(
    ("who", "path", "body", "status", "code"),
    [
        ("foreign-courier", LANE, {"reason": "road"}, 404, "lane-unknown"),
        ("tower", "/v1/lanes/ghost/closing", {"reason": "road"}, 404, "lane-unknown"),
        ("tower", "/v1/carriers/maker/closing", {"reason": "road"}, 404, "lane-unknown"),
        ("courier", CARRIER, {"reason": "strike"}, 403, "role-may-not"),
        ("floor", LANE, {"reason": "road"}, 403, "role-may-not"),
        ("tower", LANE, {"reason": "boredom"}, 422, "invalid-request"),
        ("tower", LANE, {"reason": "road", "until": "2026-11-20T03:00:00Z"}, 422, "closing-ends-before"),
    ],
)
async def test_what_is_refused(
    callers: Callers, who: str, path: str, body: dict[str, str], status: int, code: str
) -> None:
    answer = await callers[who].post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.usefixtures("founded")
async def test_the_same_wish_twice_is_answered_alike(callers: Callers) -> None:
    first, second = [await callers["tower"].post(LANE, {"reason": "road"}, key="once") for _ in range(2)]
    assert (first.json(), second.headers["idempotent-replayed"]) == (second.json(), "true")


def test_at_the_command_line(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(_town(url))
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)

    def told(*words: str) -> tuple[int, str, str]:
        code = main(["lane", *words])
        heard = capsys.readouterr()
        return code, heard.out, heard.err

    assert told("list")[1].strip() == "Every lane is open."
    assert told("close", "seoul.standard", "--reason", "road", "--until", "2099-01-01T09:00:00+09:00")[0] == 0
    assert told("close", "--carrier", "swift", "--reason", "strike")[0] == 0
    code, out, _ = told("list", "--json")
    listed = [(each["scope"], each["closed_id"]) for each in msgspec.json.decode(out)["closings"]]
    assert (code, listed) == (0, [("carrier", "swift"), ("lane", "seoul.standard")])
    assert "seoul.standard" in told("list")[1]
    assert "open again" in told("reopen", "--carrier", "swift")[1]
    for words, said in (
        (("reopen", "--carrier", "swift"), "is not closed"),
        (("reopen", "seoul.standard", "--carrier", "swift"), "not both"),
        (("close", "--reason", "road"), "not both"),
        (("close", "ghost", "--reason", "road"), "no lane 'ghost'"),
        (("close", "seoul.standard", "--reason", "road", "--until", "2027-01-01T09:00:00"), "+09:00"),
    ):
        code, _, err = told(*words)
        assert (code, said in err) == (1, True), err
    assert told("close", "seoul.standard", "--reason", "boredom")[0] == 2


async def _town(url: str) -> None:
    pool = await Pool.open(url, size=2)
    for kind, rows in alliance.ROWS.items():
        assert (await load(pool, kind, pl.DataFrame(rows), AT)).rejected == 0
    await pool.close()
