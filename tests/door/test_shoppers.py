"""Persons over HTTP: who sees them, in the clear or masked, who read them, and how they are let go."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest

from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine

from . import alliance
from .conftest import AT
from .journey import Callers, promised, shipped

KIM: Final[Mapping[str, Any]] = {
    "name": "홍길동",
    "phone": "010-0000-1234",
    "email": "gildong@example.com",
    "lines": ["서울특별시 중구 세종대로 110", "3층"],
    "postcode": "04524",
    "clearance_code": "P000000012345",
}
DOOR: Final[Mapping[str, Any]] = {
    "name": "성춘향",
    "phone": "+82 10-0000-5678",
    "lines": ["전라북도 남원시 요천로 1447"],
    "note": "문 앞에 놓아 주세요",
}
PATH: Final = "/v1/shoppers/kim"


async def with_recipient(callers: Callers, recipient: Mapping[str, Any], key: str | None = None) -> httpx.Response:
    way = await promised(callers)
    body = {"token": way["token"], "shopper_id": "kim", "recipient": recipient}
    return await callers["shop"].post("/v1/orders", body, key=key)


async def test_a_shop_keeps_and_reads_its_shopper(callers: Callers) -> None:
    written = await callers["shop"].put(PATH, KIM)
    read = (await callers["shop"].get(PATH)).json()

    assert (written.status_code, written.json()["name"], written.json()["phone"]) == (200, "홍*동", "010-****-1234")
    assert "gildong" not in written.text
    assert "세종대로" not in written.text
    assert (read["masked"], read["name"], read["phone"], read["lines"]) == (
        False,
        "홍길동",
        "01000001234",
        KIM["lines"],
    )
    assert (read["locale"], read["channels"], read["consents"]) == ("ko", ["alimtalk", "sms", "email"], [])
    assert (await callers["foreign-shop"].get(PATH)).json()["code"] == "no-such-shopper"


async def test_the_tower_sees_a_mask_unless_it_says_why(callers: Callers) -> None:
    await callers["shop"].put(PATH, KIM)
    masked = (await callers["tower"].get(PATH)).json()
    clear = (await callers["tower"].get(PATH, reason="call 77")).json()

    assert (masked["masked"], masked["name"], masked["phone"]) == (True, "홍*동", "010-****-1234")
    assert (masked["email"], masked["lines"]) == ("g***@example.com", ["서울특별시 중구 ***"])
    assert (masked["postcode"], masked["clearance_code"]) == ("045**", "P************")
    assert (clear["masked"], clear["name"]) == (False, "홍길동")
    [reading] = (await callers["shop"].get(f"{PATH}/readings")).json()
    assert (reading["read_by"], reading["reason"]) == ("tower", "call 77")
    assert reading["fields"] == [
        "name", "phone", "email", "lines", "postcode", "locale", "clearance_code", "channels"
    ]  # fmt: skip
    assert (await callers["foreign-shop"].get(f"{PATH}/readings")).json() == []


async def test_reading_many_asks_why(callers: Callers) -> None:
    for number in range(51):
        await callers["shop"].put(f"/v1/shoppers/s-{number}", {"name": "홍길동"})
    codes = [(await callers["shop"].get(f"/v1/shoppers/s-{number}")).status_code for number in range(51)]
    refused = await callers["shop"].get("/v1/shoppers/s-50")

    assert codes == [200] * 50 + [403]
    assert refused.json()["code"] == "reason-needed"
    assert "홍길동" not in refused.text
    assert (await callers["shop"].get("/v1/shoppers/s-50", reason="newsletter")).json()["name"] == "홍길동"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"phone": "1234"}, "person-unfit"),
        ({"phone": "010-0000-12345"}, "person-unfit"),
        ({"email": "kim at example"}, "person-unfit"),
        ({"clearance_code": "M1"}, "person-unfit"),
        ({"name": " "}, "invalid-request"),
        ({"name": "a" * 101}, "invalid-request"),
        ({"name": "a\nb"}, "invalid-request"),
        ({"lines": ["x"] * 5}, "invalid-request"),
        ({"locale": "fr"}, "invalid-request"),
        ({"nickname": "x"}, "invalid-request"),
    ],
)
async def test_what_cannot_be_a_person_is_refused_without_being_repeated(
    callers: Callers, change: dict[str, Any], code: str
) -> None:
    answer = await callers["shop"].put(PATH, {**KIM, **change})

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "홍길동" not in answer.text
    assert "0000" not in answer.text
    assert (await callers["shop"].get(PATH)).status_code == 404


async def test_a_shopper_is_found_by_what_they_tell(callers: Callers) -> None:
    await callers["shop"].put(PATH, KIM)
    await callers["shop"].put("/v1/shoppers/lee", {"name": "이몽룡", "phone": "010-0000-9999"})

    async def search(caller: str, **told: str) -> list[tuple[str, str]]:
        answer = await callers[caller].post("/v1/shopper-searches", told)
        return [(each["shopper_id"], each["name"]) for each in answer.json()]

    assert await search("shop", phone="+82 10 0000 1234") == [("kim", "홍*동")]
    assert await search("tower", email="GilDong@Example.com") == [("kim", "홍*동")]
    assert await search("shop", phone="010-0000-9999", email="gildong@example.com") == [
        ("kim", "홍*동"), ("lee", "이*룡")
    ]  # fmt: skip
    assert await search("foreign-shop", phone="010-0000-1234") == []
    assert await search("shop") == []
    await callers["shop"].put(PATH, {**KIM, "phone": "010-0000-4321"})
    assert await search("shop", phone="010-0000-1234") == []


async def test_consents_are_dated_words_and_the_last_counts(callers: Callers) -> None:
    path = f"{PATH}/consents"
    await callers["shop"].put(PATH, KIM)
    for kind, given in (("ads", True), ("ads_night", True), ("ads", True), ("ads_night", False)):
        told = await callers["shop"].post(path, {"kind": kind, "given": given, "how": "my-page"})
        assert told.status_code == 201, told.text

    words = (await callers["tower"].get(path)).json()
    assert [(each["kind"], each["given"], each["told_by"]) for each in words] == [
        ("ads", True, "shop"), ("ads_night", True, "shop"), ("ads_night", False, "shop")
    ]  # fmt: skip
    assert (await callers["shop"].get(PATH)).json()["consents"] == ["ads"]


async def test_two_shops_know_the_same_id(callers: Callers) -> None:
    await callers["shop"].put(PATH, KIM)
    await callers["foreign-shop"].put(PATH, {"name": "이몽룡"})
    unclear = await callers["tower"].get(PATH)

    assert (unclear.status_code, unclear.json()["code"]) == (422, "shopper-shop-unclear")
    assert (await callers["tower"].get(PATH, shop_id="stranger")).json()["name"] == "이*룡"
    assert (await callers["shop"].get(PATH, shop_id="stranger")).json()["name"] == "홍길동"


async def test_a_recipient_comes_with_the_order_once(callers: Callers, door: httpx.AsyncClient) -> None:
    await alliance.found(door)
    way = await promised(callers)
    body = {"token": way["token"], "shopper_id": "kim", "recipient": DOOR}
    first = await callers["shop"].post("/v1/orders", body, key="one")
    again = await callers["shop"].post("/v1/orders", body, key="one")
    path = f"/v1/orders/{first.json()['order_id']}/recipient"
    seen = {name: (await callers[name].get(path)).json() for name in ("shop", "tower", "ally", "floor", "courier")}

    assert (first.status_code, again.content) == (201, first.content)
    assert "성춘향" not in first.text
    assert (seen["shop"]["name"], seen["shop"]["phone"]) == ("성춘향", "01000005678")
    assert (seen["shop"]["note"], seen["shop"]["postcode"]) == (DOOR["note"], alliance.POSTCODE)
    for name in ("tower", "ally", "floor", "courier"):
        assert (seen[name]["masked"], seen[name]["name"], seen[name]["note"]) == (True, "성*향", "***")
        assert seen[name]["lines"] == ["전라북도 남원시 ***"]
        if name != "tower":
            assert (await callers[name].get(path, reason="delivery")).json()["masked"], "a word opens nothing"
    assert (await callers["foreign-courier"].get(path)).json()["code"] == "no-such-order"


async def test_an_order_whose_recipient_does_not_fit_is_not_placed(callers: Callers, door: httpx.AsyncClient) -> None:
    await alliance.found(door)
    refused = await with_recipient(callers, {**DOOR, "phone": "12"})

    assert (refused.status_code, refused.json()["code"]) == (422, "person-unfit")
    assert (await callers["shop"].get("/v1/orders")).json()["items"] == []


async def test_the_carrier_sees_the_door_while_the_parcel_is_on_the_road(
    callers: Callers, door: httpx.AsyncClient, engine: Engine
) -> None:
    await alliance.found(door)
    order = await shipped(callers, engine)
    path = f"/v1/orders/{order['order_id']}/recipient"
    late = await callers["shop"].put(path, DOOR)
    none = await callers["shop"].get(path)

    assert (late.status_code, late.json()["code"]) == (409, "recipient-too-late")
    assert (none.status_code, none.json()["code"]) == (404, "no-recipient")


async def test_the_carriers_reading_is_written_down_and_ends_with_the_delivery(
    callers: Callers, door: httpx.AsyncClient, engine: Engine
) -> None:
    await alliance.found(door)
    order = await shipped(callers, engine, DOOR)
    path = f"/v1/orders/{order['order_id']}/recipient"
    on_the_road = (await callers["courier"].get(path)).json()
    report = {"at": (AT + timedelta(hours=20)).isoformat(), "state": "delivered"}
    told = await callers["courier"].post(f"/v1/parcels/{order['parcels'][0]['parcel_id']}/tracking", report)
    arrived = (await callers["courier"].get(path)).json()

    assert (on_the_road["masked"], on_the_road["name"]) == (False, "성춘향")
    assert told.status_code == 200, told.text
    assert (arrived["masked"], arrived["name"]) == (True, "성*향")
    [reading] = (await callers["shop"].get(f"{PATH}/readings")).json()
    assert (reading["read_by"], reading["reason"], reading["order_id"]) == ("courier", "delivery", order["order_id"])


async def test_an_erased_shopper_is_gone_but_for_the_law_and_the_road(
    callers: Callers, door: httpx.AsyncClient, engine: Engine
) -> None:
    await alliance.found(door)
    await callers["shop"].put(PATH, KIM)
    await callers["shop"].post(f"{PATH}/consents", {"kind": "ads", "given": True, "how": "signup"})
    order = await shipped(callers, engine, DOOR)
    path = f"/v1/orders/{order['order_id']}/recipient"
    first, second = [(await callers["shop"].delete(PATH)).json() for _ in range(2)]

    assert (first["kept"], first["open_orders"], first["keep_until"][:4]) == (2, 1, "2031")
    assert second == first
    assert (await callers["shop"].get(PATH)).json()["code"] == "no-such-shopper"
    assert (await callers["shop"].put(PATH, KIM)).json()["code"] == "shopper-erased"
    assert (await with_recipient(callers, DOOR)).json()["code"] == "shopper-erased"
    consents = (await callers["shop"].get(f"{PATH}/consents")).json()
    assert [(each["given"], each["how"]) for each in consents] == [(True, "signup"), (False, "erasure")]
    assert (await callers["courier"].get(path)).json()["name"] == "성춘향", "the parcel is still to come"

    report = {"at": (AT + timedelta(hours=20)).isoformat(), "state": "delivered"}
    await callers["courier"].post(f"/v1/parcels/{order['parcels'][0]['parcel_id']}/tracking", report)
    await engine.drain()
    assert (await callers["shop"].get(path)).json()["code"] == "no-recipient"

    masked = (await callers["tower"].get(f"{PATH}/kept")).json()
    lawful = (await callers["tower"].get(f"{PATH}/kept", reason="law")).json()
    assert {each["kept"]["name"] for each in masked} == {"홍*동", "성*향"}
    assert {each["kept"]["name"] for each in lawful} == {"홍길동", "성춘향"}
    assert all("phone" not in each["kept"] for each in lawful)
    assert (await callers["shop"].get(f"{PATH}/kept", reason="law")).json()["code"] == "role-may-not"


async def test_what_the_law_wants_goes_when_its_day_comes(
    callers: Callers, door: httpx.AsyncClient, engine: Engine, db: Pool
) -> None:
    await alliance.found(door)
    await callers["shop"].put(PATH, KIM)
    order = await shipped(callers, engine, DOOR)
    erased = (await callers["shop"].delete(PATH)).json()
    await engine.run_until(AT + timedelta(hours=20))
    report = {"at": (AT + timedelta(hours=20)).isoformat(), "state": "delivered"}
    await callers["courier"].post(f"/v1/parcels/{order['parcels'][0]['parcel_id']}/tracking", report)
    await engine.drain()

    async def kept() -> int:
        async with db.transaction() as conn:
            return await value(conn, "SELECT count(*) FROM shoppers.kept")

    await engine.run_until(AT.replace(year=2031) + timedelta(hours=1))
    assert (erased["kept"], await kept()) == (2, 2), "five years from the delivery, not from the erasure"
    await engine.run_until(AT.replace(year=2031) + timedelta(hours=21))
    assert await kept() == 0


async def test_somebody_without_orders_is_wiped_at_once(callers: Callers, db: Pool) -> None:
    await callers["shop"].put(PATH, KIM)
    erased = (await callers["tower"].delete(PATH)).json()
    unknown = await callers["shop"].delete("/v1/shoppers/nobody")

    assert (erased["kept"], erased["keep_until"], erased["open_orders"]) == (0, None, 0)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no-such-shopper")
    async with db.transaction() as conn:
        assert await value(conn, "SELECT count(*) FROM shoppers.person WHERE sealed IS NOT NULL") == 0
        assert await value(conn, "SELECT count(*) FROM shoppers.kept") == 0
