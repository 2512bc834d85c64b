"""The pages from which the alliance is run: stock, network, closings, contracts, settlement, jobs, webhooks, files."""

import re
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import httpx
import pytest

from sangdan.doors.api.app import House
from sangdan.flows.picture import network_of
from sangdan.kit import audit, backlog
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, run, value
from sangdan.kit.engine import Engine
from sangdan.offer.partners import commands as partners
from sangdan.offer.stock import commands as stock

from . import alliance
from .conftest import AT
from .journey import Callers, placed, shipped
from .pages import FROM_HERE, browser, noted, post, without_assets

SHELF: Final = "/tower/stock/house-1/tee-m/maker"
NODE: Final = {"kind": "node", "node_id": "house-1", "calendar_id": "always", "handling_min": "60"}
COUNTED: Final = "node_id,sku,owner_id,on_hand\nhouse-1,tee-m,maker,30\nnowhere,tee-m,maker,3\n"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_assets(monkeypatch)


@pytest.fixture
async def desk(house: House, door: httpx.AsyncClient, keys: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """An operator's browser, signed in, in an alliance with goods."""
    await alliance.found(door)
    async with browser(house, SimClock(AT)) as web:
        await post(web, "/sign-in", key=keys["tower"])
        yield web


def hidden(page: httpx.Response, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text[-2000:]
    return found[1]


async def on_hand(db: Pool) -> int:
    async with db.transaction() as conn:
        cell = await stock.cell(conn, "house-1", "tee-m", "maker")
    assert cell is not None
    return cell.on_hand


async def latest(db: Pool, what: str) -> audit.Entry:
    async with db.transaction() as conn:
        return (await audit.latest(conn, None, 1, what=what))[0]


# --- stock


async def test_a_shelf_is_corrected_once_and_with_its_reason(desk: httpx.AsyncClient, db: Pool) -> None:
    page = await desk.get(SHELF)
    sent = {"movement": hidden(page, "movement"), "way": "less", "by": "3", "cause": "damaged", "note": "wet box"}
    for _ in range(2):
        answer = await post(desk, SHELF, **sent)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{SHELF}?done=1")
    assert await on_hand(db) == alliance.UNITS - 3
    assert (await latest(db, "stock.")).reason == "wet box"
    told = (await desk.get(f"{SHELF}?done=1")).text
    assert "Damaged" in told
    assert "−3" in told


async def test_what_cannot_be_corrected_is_said_and_stays(desk: httpx.AsyncClient, db: Pool) -> None:
    movement = hidden(await desk.get(SHELF), "movement")
    sent = {"movement": movement, "way": "less", "by": "1", "cause": "counted", "note": ""}
    for changed, says in (
        ({"by": "many"}, 'id="by-wrong" role="alert">&#39;many&#39; cannot be read'),
        ({"by": "0"}, "Units must be between"),
        ({"by": "9999"}, "are promised"),
        ({"cause": "<script>"}, 'id="cause-wrong"'),
        ({"movement": "x"}, "&#39;x&#39; cannot be read"),
        ({"note": "x" * 500}, 'id="note-wrong"'),
    ):
        answer = await post(desk, SHELF, **(sent | changed))
        assert answer.status_code in (409, 422), changed
        assert says in answer.text
        assert "<script>&" not in answer.text
    assert await on_hand(db) == alliance.UNITS


async def test_the_list_of_shelves_filters_and_the_history_is_of_one_shelf(desk: httpx.AsyncClient) -> None:
    assert SHELF in (await desk.get("/tower/stock?q=tee&node=house-1&left=some")).text
    assert SHELF not in (await desk.get("/tower/stock?q=zzz")).text
    assert SHELF not in (await desk.get("/tower/stock?left=none")).text
    whole = "/tower/stock/history?node=house-1&sku=tee-m&owner=maker"
    assert "data-row" in (await desk.get(whole)).text
    assert "data-row" not in (await desk.get("/tower/stock/history?node=house-1")).text
    assert (await desk.get("/tower/stock/house-1/nothing/maker")).status_code == 404


async def test_an_ally_sees_its_own_goods_and_corrects_none_on_anothers_node(
    desk: httpx.AsyncClient, db: Pool, keys: dict[str, str]
) -> None:
    page = await desk.get(SHELF)
    sent = {"movement": hidden(page, "movement"), "way": "less", "by": "1", "cause": "counted"}
    await post(desk, "/sign-in", key=keys["ally"])
    own = await desk.get(SHELF)
    assert own.status_code == 200
    assert 'name="movement"' not in own.text
    assert (await post(desk, SHELF, **sent)).status_code == 404
    await post(desk, "/sign-in", key=keys["foreign-ally"])
    assert (await desk.get(SHELF)).status_code == 404
    assert SHELF not in (await desk.get("/tower/stock")).text
    assert await on_hand(db) == alliance.UNITS


# --- the network


async def test_a_change_is_looked_at_and_then_saved(desk: httpx.AsyncClient, callers: Callers, db: Pool) -> None:
    await placed(callers)
    page = await post(desk, "/tower/network/preview", **NODE, parcels_per_hour="0")
    assert page.status_code == 200
    assert "Save the change" in page.text
    seal = hidden(page, "seal")
    sent = {**NODE, "parcels_per_hour": "0", "seal": seal, "reason": "stocktaking"}
    saved = await post(desk, "/tower/network/save", **sent)
    assert saved.headers["location"] == "/tower/network/nodes/house-1?done=1"
    async with db.transaction() as conn:
        assert (await network_of(conn)).node("house-1").parcels_per_hour == 0
    entry = await latest(db, "node.terms")
    assert (entry.actor, entry.subject, entry.reason) == ("tower", "node/house-1", "stocktaking")
    stale = await post(desk, "/tower/network/save", **(sent | {"parcels_per_hour": "7"}))
    assert stale.status_code == 409
    assert "since you looked at it" in stale.text
    assert hidden(stale, "seal") != seal


async def test_terms_that_cannot_be_are_answered_clearly(desk: httpx.AsyncClient) -> None:
    lane = {"kind": "lane", "lane_id": "seoul.standard", "cut_offs": "18:00", "departures": "", "base_minor": "1"}
    for form in (
        {},
        {"kind": "node"},
        {**NODE, "parcels_per_hour": "-5"},
        {**NODE, "parcels_per_hour": "x"},
        {**NODE, "node_id": "nowhere", "parcels_per_hour": "5"},
        lane,
        {"kind": "week", "calendar_id": "always", "day0": "9 to 5"},
        {"kind": "day", "calendar_id": "always", "day_on": "tomorrow", "reason_of": "law", "source": "x"},
        {"kind": "nothing", "node_id": "<script>alert(1)</script>"},
    ):
        for path in ("/tower/network/preview", "/tower/network/save"):
            answer = await post(desk, path, **form)
            assert answer.status_code in (404, 422), form
            assert "<script>alert" not in answer.text


async def test_a_week_a_day_and_a_lane_are_changed(desk: httpx.AsyncClient, db: Pool) -> None:
    week = {"kind": "week", "calendar_id": "always", **{f"day{n}": "09:00 ~ 18:00" for n in range(7)}}
    day = {"kind": "day", "calendar_id": "always", "day_on": "2026-12-25", "hours": "", "reason_of": "holiday",
           "source": "notice"}  # fmt: skip
    lane = {"kind": "lane", "lane_id": "seoul.standard", "cut_offs": "09:00, 17:30", "departures": "10:00 18:00",
            "due_local": "", "base_minor": "2,900", "per_kg_minor": "50"}  # fmt: skip
    for form in (week, day, lane):
        page = await post(desk, "/tower/network/preview", **form)
        assert page.status_code == 200, page.text[-1500:]
        saved = await post(desk, "/tower/network/save", **form, seal=hidden(page, "seal"), reason="trial")
        assert saved.status_code == 303, saved.text[-1500:]
        assert (await desk.get(saved.headers["location"])).status_code == 200
    async with db.transaction() as conn:
        network = await network_of(conn)
    assert network.calendar("always").week == ("09:00-18:00",) * 7
    [changed] = [each for lanes in network.lanes.values() for each in lanes if each.lane_id == "seoul.standard"]
    assert (changed.base_minor, len(changed.cut_offs)) == (2900, 2)


async def test_a_node_and_a_carrier_stop_and_start_again(desk: httpx.AsyncClient, db: Pool) -> None:
    stop, start = "/tower/network/closings/close", "/tower/network/closings/open"
    closed = await post(desk, stop, what="node", node_id="house-1", reason="power", until="", note="substation")
    assert closed.status_code == 303
    page = await desk.get("/tower/network/closings")
    assert "power cut" in page.text
    assert (await post(desk, stop, what="carrier", carrier_id="swift", reason="strike")).status_code == 303
    assert (await post(desk, start, what="node", id="house-1", checked="1")).status_code == 303
    assert (await post(desk, start, what="carrier", id="swift")).status_code == 303
    assert "Everything works" in (await desk.get("/tower/network/closings")).text
    assert (await post(desk, start, what="carrier", id="swift")).status_code == 409
    early = await post(desk, stop, what="node", node_id="house-1", reason="fire", until="2020-01-01T10:00")
    assert early.status_code == 422
    assert await noted(db, "node/house-1") == ["node.closed", "node.opened"]
    assert await noted(db, "carrier/swift") == ["carrier.closed", "carrier.opened"]


# --- contracts and money


async def test_a_contract_is_entered_changed_and_never_doubled(desk: httpx.AsyncClient, db: Pool) -> None:
    form = {
        "valid_from": "2026-01-01", "valid_to": "2027-01-01", "currency": "krw", "commission": "12.75",
        "gateway_fee": "2.1%", "unit_fee_minor": "300", "parcel_fee_minor": "1,200", "vat": "10",
        "settlement_cycle": "daily", "settlement_days": "2", "return_mind_bearer": "shopper",
        "return_defect_bearer": "seller", "note": "2027 talks",
    }  # fmt: skip
    path = "/tower/allies/maker/contract"
    assert (await post(desk, path, **form)).status_code == 303
    async with db.transaction() as conn:
        [contract] = await partners.contracts(conn, "maker")
    assert (contract.commission_ppm, contract.gateway_fee_ppm, contract.parcel_fee_minor) == (127_500, 21_000, 1200)
    assert (await latest(db, "contract.")).what == "contract.changed"
    assert (await post(desk, path, **(form | {"valid_from": "2026-06-01"}))).status_code == 409
    for name, text in (("commission", "a tenth"), ("commission", "0.12345"), ("currency", "won"), ("vat", "1000")):
        bad = await post(desk, path, **(form | {name: text}))
        assert bad.status_code in (303, 422), name
    assert (await desk.get("/tower/allies/maker")).status_code == 200
    assert (await desk.get("/tower/allies/nobody")).status_code == 404


async def test_the_settlement_adds_up_and_is_closed_once(
    desk: httpx.AsyncClient, callers: Callers, engine: Engine, db: Pool
) -> None:
    order = await shipped(callers, engine)
    assert order["order_id"]
    page = await desk.get("/tower/settlement")
    assert page.status_code == 200
    period = {"from": "2026-10-01", "to": "2026-10-31"}
    assert (await post(desk, "/tower/settlement/close", **period)).status_code == 303
    assert (
        await post(desk, "/tower/settlement/close", **{"from": "2026-11-01", "to": "2026-12-31"})
    ).status_code == 409
    assert (await post(desk, "/tower/settlement/close", **{"from": "soon", "to": ""})).status_code == 422
    assert (await desk.get("/tower/settlement/maker")).status_code == 200
    assert (await desk.get("/tower/settlement/maker?from=2026-11-30&to=2026-11-01")).status_code == 422
    assert (await desk.get("/tower/settlement/nobody")).status_code == 404
    assert (await desk.get("/tower/settlement/lines?account=maker&kind=goods")).status_code == 200
    async with db.transaction() as conn:
        assert await value(conn, "SELECT count(*) FROM settlement.statement") == 0


# --- jobs, webhooks, messages


async def test_a_fact_that_failed_is_tried_at_once(desk: httpx.AsyncClient, callers: Callers, db: Pool) -> None:
    order = await placed(callers)
    async with db.transaction() as conn:
        await run(conn, "UPDATE kit.outbox SET attempts = 3, retry_at = %(at)s WHERE subject = %(subject)s",
                  at=AT.replace(year=2027), subject=order["order_id"])  # fmt: skip
    page = await desk.get("/tower/jobs")
    assert "tried 3 times" in page.text
    async with db.transaction() as conn:
        [first, *_] = await backlog.failing(conn, 10)
    sent = {"subject": first.subject, "sequence": str(first.sequence)}
    assert (await post(desk, "/tower/jobs/retry", **sent)).status_code == 303
    async with db.transaction() as conn:
        assert (await backlog.failing(conn, 10))[0].retry_at is None
    assert await noted(db, f"fact/{first.subject}/{first.sequence}") == ["fact.tried-again"]


async def test_an_endpoint_is_switched_pinged_and_told_again(
    desk: httpx.AsyncClient, callers: Callers, db: Pool, keys: dict[str, str]
) -> None:
    made = await callers["shop"].post("/v1/webhooks", {"url": "https://hooks.example.com/in"})
    endpoint_id = UUID(made.json()["endpoint"]["endpoint_id"])
    here = f"/tower/webhooks/{endpoint_id}"
    assert "https://hooks.example.com/in" in (await desk.get("/tower/webhooks")).text
    for verb, status in (("off", 303), ("ping", 409), ("on", 303), ("ping", 303)):
        assert (await post(desk, f"{here}/{verb}")).status_code == status, verb
    assert (await post(desk, f"{here}/replay", since="2026-11-01T00:00")).status_code == 303
    assert (await post(desk, f"{here}/replay", since="yesterday")).status_code == 422
    rows = re.findall(r'<tr data-row="([^"]+)"', (await desk.get("/tower/webhooks/deliveries?state=waiting")).text)
    assert len(rows) == 1
    assert (await post(desk, "/tower/webhooks/deliveries/actions/replay", id="nonsense")).status_code == 200
    assert "webhook.switched-off" in await noted(db, f"webhook/{endpoint_id}")
    await post(desk, "/sign-in", key=keys["foreign-shop"])
    assert (await desk.get(here)).status_code == 404
    assert "data-row" not in (await desk.get("/tower/webhooks/deliveries")).text


# --- files


async def bring(desk: httpx.AsyncClient, run_id: str, body: bytes, kind: str = "stock") -> httpx.Response:
    files = {"file": ("count.csv", body, "text/csv")}
    return await desk.post("/tower/imports", data={"run": run_id, "kind": kind}, files=files, headers=FROM_HERE)


async def test_a_file_is_brought_in_once_and_its_rejects_can_be_fetched(desk: httpx.AsyncClient, db: Pool) -> None:
    run_id = hidden(await desk.get("/tower/imports"), "run")
    for _ in range(2):
        answer = await bring(desk, run_id, COUNTED.encode())
        assert answer.headers["location"] == f"/tower/imports/{run_id}"
    assert await on_hand(db) == 30
    page = await desk.get(f"/tower/imports/{run_id}")
    assert "node_id: node &#39;nowhere&#39; is not known; import nodes first" in page.text
    korean = (await desk.get(f"/tower/imports/{run_id}", headers={"accept-language": "ko"})).text
    assert "거점(node_id): 거점 &#39;nowhere&#39;가 등록되어 있지 않습니다. 거점 파일을 먼저 가져오세요" in korean
    assert "거점(node_id) 미등록" in korean
    rejects = await desk.get(f"/tower/imports/{run_id}/rejects.csv")
    assert rejects.text.lstrip("\ufeff").splitlines()[1].startswith("3,")
    assert await noted(db, f"import/{run_id}") == ["import.taken"]
    # Mended, it comes in again: the added columns are ignored.
    mended = rejects.text.replace("nowhere", "house-1")
    second = hidden(await desk.get("/tower/imports"), "run")
    assert (await bring(desk, second, mended.encode())).status_code == 303
    assert await on_hand(db) == 3


async def test_files_of_the_wrong_kind_change_nothing(desk: httpx.AsyncClient, db: Pool) -> None:
    for body, kind in (
        (b"", "stock"),
        (b"node_id,sku\n", "stock"),
        (b"colour,taste\nred,sweet\n", "stock"),
        (b"PK\x03\x04 not a workbook", "stock"),
        (COUNTED.encode(), "wishes"),
        (COUNTED.encode("utf-16"), "stock"),
    ):
        run_id = hidden(await desk.get("/tower/imports"), "run")
        answer = await bring(desk, run_id, body, kind)
        assert answer.status_code in (404, 422), body
        assert "Nothing was brought in." in answer.text
        assert (await desk.get(f"/tower/imports/{run_id}")).status_code == 404
    assert await on_hand(db) == alliance.UNITS


async def test_an_empty_form_and_an_empty_file_to_start_from(desk: httpx.AsyncClient) -> None:
    assert (await post(desk, "/tower/imports")).status_code == 422
    columns = await desk.get("/tower/imports/columns/stock")
    assert columns.text.lstrip("\ufeff").startswith("node_id,")
    assert (await desk.get("/tower/imports/columns/wishes")).status_code in (404, 422)
