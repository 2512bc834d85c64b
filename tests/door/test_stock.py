"""Stock over HTTP: brought in, counted, received, held and let go, each ally its own."""

import httpx
import pytest

from . import alliance
from .alliance import SKU, UNITS
from .journey import Callers

SHELF = {"node_id": "house-1", "sku": SKU, "owner_id": "maker"}
pytestmark = pytest.mark.usefixtures("founded")


async def available(callers: Callers) -> int:
    [cell] = (await callers["tower"].get("/v1/stock", sku=SKU)).json()["items"]
    return cell["on_hand"] - cell["reserved"] - cell["safety"]


async def test_importing_again_changes_nothing(door: httpx.AsyncClient) -> None:
    for kind, rows in alliance.ROWS.items():
        told = (await alliance.bring(door, kind, alliance.lines(rows))).json()
        assert (told["loaded"], told["unchanged"]) == (0, len(rows)), kind


async def test_a_csv_in_cp949_with_a_broken_row(door: httpx.AsyncClient) -> None:
    body = 'partner_id,kind,name_ko,name_en\nnew,seller,새 동맹사,New\nbad,"seller,이름,X\nworse,king,왕,King\n'
    answer = await alliance.bring(door, "partners", body.encode("cp949"), "text/csv; charset=euc-kr")
    told = answer.json()

    assert (told["rows"], told["loaded"], told["rejected"]) == (3, 1, 2)
    assert [reject["line"] for reject in told["rejects"]] == [3, 4]


@pytest.mark.parametrize(
    ("kind", "body", "form", "status", "code"),
    [
        ("kings", b"{}", "application/x-ndjson", 422, "import-kind-unknown"),
        ("partners", b"", "application/x-ndjson", 422, "file-empty"),
        ("partners", b'{"king": 1}', "application/x-ndjson", 422, "import-header-wrong"),
        ("partners", b"<a/>", "application/xml", 415, "media-type-unknown"),
        ("partners", b"a\n\xff\xff", "text/csv", 422, "encoding-wrong"),
    ],
)
async def test_imports_that_cannot_be(
    door: httpx.AsyncClient, kind: str, body: bytes, form: str, status: int, code: str
) -> None:
    answer = await alliance.bring(door, kind, body, form)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_broken_line_of_ndjson_spoils_itself_alone(door: httpx.AsyncClient) -> None:
    good = alliance.lines(alliance.ROWS["partners"][:2])
    told = (await alliance.bring(door, "partners", b'{"partner_id": \n' + good + b"\n[1]\n\n")).json()

    assert (told["rows"], told["unchanged"], told["rejected"]) == (4, 2, 2)
    assert [reject["line"] for reject in told["rejects"]] == [1, 4]


async def test_an_ally_imports_its_own_rows_only(
    callers: Callers, door: httpx.AsyncClient, keys: dict[str, str]
) -> None:
    body = alliance.lines([SHELF | {"on_hand": 5}, SHELF | {"owner_id": "stranger", "on_hand": 5}])
    as_ally = {"authorization": f"Bearer {keys['ally']}", "content-type": "application/x-ndjson"}
    told = (await door.post("/v1/imports/stock", content=body, headers=as_ally)).json()
    refused = await door.post("/v1/imports/partners", content=b"{}", headers=as_ally)

    assert (told["loaded"], told["rejected"]) == (1, 1)
    assert "not yours" in told["rejects"][0]["reason"]
    assert (refused.status_code, refused.json()["code"]) == (403, "role-may-not")
    assert await available(callers) == 5


async def test_counts_correct_the_shelf_once(callers: Callers) -> None:
    rows = [SHELF | {"on_hand": 7, "safety": 2}, SHELF | {"sku": "ghost", "on_hand": 1}]
    first = await callers["ally"].post("/v1/stock/counts", rows, key="count")
    twin = await callers["ally"].post("/v1/stock/counts", rows, key="count")

    assert (first.json()["loaded"], first.json()["rejected"]) == (1, 1)
    assert "ghost" in first.json()["rejects"][0]["reason"]
    assert (twin.json(), twin.headers["idempotent-replayed"]) == (first.json(), "true")
    assert await available(callers) == 5


async def test_receipts_are_all_or_none_and_known_by_their_id(callers: Callers) -> None:
    receipt = SHELF | {"movement_id": "01890000-0000-7000-8000-000000000001", "units": 3, "reference": "note-1"}
    elsewhere = receipt | {"node_id": "stranger-1"}
    done = await callers["floor"].post("/v1/stock/receipts", [receipt])
    again = await callers["floor"].post("/v1/stock/receipts", [receipt])
    foreign = await callers["floor"].post("/v1/stock/receipts", [elsewhere | {"units": 1}, receipt])
    unknown = await callers["floor"].post("/v1/stock/receipts", [receipt | {"sku": "ghost"}])

    assert (done.json(), again.json()) == ({"received": 1, "known": 0}, {"received": 0, "known": 1})
    assert (foreign.status_code, foreign.json()["code"]) == (404, "node-unknown")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "sku-unknown")
    assert await available(callers) == UNITS + 3


async def test_a_basket_is_held_and_let_go(callers: Callers) -> None:
    held = await callers["shop"].post("/v1/reservations", {"lines": [SHELF | {"units": 4}], "hold_s": 60}, key="hold")
    twin = await callers["shop"].post("/v1/reservations", {"lines": [SHELF | {"units": 4}], "hold_s": 60}, key="hold")
    [reservation] = held.json()["reservations"]
    between = await available(callers)
    path = f"/v1/reservations/{reservation['reservation_id']}?node_id=house-1"
    gone = await callers["shop"].delete(path)
    again = await callers["shop"].delete(path)

    assert (held.status_code, twin.content) == (201, held.content)
    assert (between, await available(callers)) == (UNITS - 4, UNITS)
    assert (gone.status_code, again.status_code, again.json()["code"]) == (204, 404, "no-such-reservation")


async def test_a_basket_is_held_whole_or_not_at_all(callers: Callers) -> None:
    lines = [SHELF | {"units": 1}, SHELF | {"units": UNITS}]
    answer = await callers["shop"].post("/v1/reservations", {"lines": lines})

    assert (answer.status_code, answer.json()["code"]) == (409, "out-of-stock")
    assert await available(callers) == UNITS


@pytest.mark.parametrize("units", [0, -1, 1_000_000_001, 10**30, 1.5, "many", None])
async def test_absurd_units_are_refused(callers: Callers, units: object) -> None:
    answer = await callers["shop"].post("/v1/reservations", {"lines": [SHELF | {"units": units}]})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert await available(callers) == UNITS


async def test_each_sees_its_own_stock(callers: Callers) -> None:
    async def seen(name: str, **params: str) -> list[str] | str:
        told = (await callers[name].get("/v1/stock", **params)).json()
        return told.get("code") or [cell["owner_id"] for cell in told["items"]]

    assert await seen("tower") == ["maker"]
    assert await seen("ally") == ["maker"]
    assert await seen("foreign-ally") == []
    assert await seen("foreign-ally", owner_id="maker") == []
    assert await seen("floor", node_id="house-1") == ["maker"]
    assert await seen("foreign-floor", node_id="house-1") == "node-unknown"
    assert await seen("floor") == "node-unknown"


async def test_the_catalogue_is_for_all(callers: Callers) -> None:
    for caller in callers.values():
        assert [p["product_id"] for p in (await caller.get("/v1/products")).json()["items"]] == ["tee"]
        assert [o["seller_id"] for o in (await caller.get(f"/v1/skus/{SKU}")).json()["offers"]] == ["maker"]
        assert [n["node_id"] for n in (await caller.get("/v1/nodes", limit=1)).json()["items"]] == ["house-1"]
        assert len((await caller.get("/v1/partners")).json()) == 5
    ghost = await callers["shop"].get("/v1/skus/ghost")
    assert (ghost.status_code, ghost.json()["code"]) == (404, "no-such-sku")
