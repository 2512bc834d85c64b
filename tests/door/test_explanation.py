"""A promise explained over HTTP and on the command line: of a basket as of now, of an order as it was given."""

import asyncio
from typing import Any

import pytest

from sangdan.doors.cli import main

from .alliance import SKU, UNITS
from .journey import QUESTION, Callers, placed, promised

pytestmark = pytest.mark.usefixtures("founded")


async def explained(callers: Callers, body: dict[str, Any], shop: str = "shop") -> dict[str, Any]:
    answer = await callers[shop].post("/v1/promises/explanation", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_basket_is_explained_as_it_is_promised(callers: Callers) -> None:
    way = (await promised(callers))["way"]
    services = (await explained(callers, QUESTION))["services"]
    standard = next(each for each in services if each["explained"]["rule"]["service"] == way["service"])
    [told] = standard["explained"]["ways"]

    assert (told["way"]["price"], told["way"]["promised_at"]) == (way["price"], way["promised_at"])
    assert [each["ruling"] for each in standard["explained"]["verdicts"]] == ["chosen"]
    assert any("house-1" in sentence for sentence in standard["why"])
    assert len(services) == 5


async def test_an_order_is_explained_from_its_own_facts(callers: Callers) -> None:
    order = await placed(callers)
    [service] = (await explained(callers, {"order_id": order["order_id"]}))["services"]
    [told] = service["explained"]["ways"]

    assert told["way"]["price"]["total_minor"] == order["sums"]["total_minor"]
    paid = [item["amount_minor"] for item in told["items"] if item["payer"] == "shopper"]
    assert sum(paid) == order["sums"]["total_minor"]


async def test_another_shop_s_order_is_not_there(callers: Callers) -> None:
    order = await placed(callers)
    answer = await callers["foreign-shop"].post("/v1/promises/explanation", {"order_id": order["order_id"]})
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-order")


@pytest.mark.parametrize("body", [{}, {"lines": QUESTION["lines"]}, {"postcode": "06236"}])
async def test_a_question_about_nothing(callers: Callers, body: dict[str, Any]) -> None:
    answer = await callers["shop"].post("/v1/promises/explanation", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "explanation-unclear")


async def test_a_shop_is_told_why_but_not_what_others_hold_and_are_paid(callers: Callers) -> None:
    """Of the tower's answer to the same question, everything that a shop is told, and more."""
    many = QUESTION | {"lines": [QUESTION["lines"][0] | {"units": 9_999}], "shop_id": "market", "service": "standard"}
    for question in (QUESTION | {"shop_id": "market", "service": "standard"}, many):
        [shop] = (await explained(callers, question))["services"]
        [tower] = (await explained(callers, question, "tower"))["services"]
        payers = [
            {item["payer"] for way in each["explained"]["ways"] for item in way["items"]} for each in (shop, tower)
        ]
        args = [each["explained"]["verdicts"][0].get("rulings", [{"args": {}}])[0]["args"] for each in (shop, tower)]
        if question is many:
            assert args == [{"sku": SKU, "units": 9_999}, {"sku": SKU, "units": 9_999, "held": UNITS}]
            assert not any(f"holds {UNITS} of" in sentence or f"{UNITS}개만" in sentence for sentence in shop["why"])
        else:
            assert payers == [{"shopper"}, {"shopper", "alliance"}]


async def test_one_client_has_one_explanation_made_at_a_time(callers: Callers) -> None:
    asked = [callers["shop"].post("/v1/promises/explanation", QUESTION) for _ in range(3)]
    answers = await asyncio.gather(*asked)
    busy = [answer.json()["code"] for answer in answers if answer.status_code == 503]
    assert min(answer.status_code for answer in answers) == 200
    assert set(busy) == {"explanations-busy"}
    assert (await callers["shop"].post("/v1/promises/explanation", QUESTION)).status_code == 200


async def test_what_cannot_come_says_why_of_each_node(callers: Callers) -> None:
    lines = [QUESTION["lines"][0] | {"units": 9_999}]
    services = (await explained(callers, QUESTION | {"lines": lines, "service": "standard"}))["services"]
    [verdict] = services[0]["explained"]["verdicts"]
    assert (verdict["ruling"], verdict["rulings"][0]["code"]) == ("ruled_out", "no_stock")


def test_the_command_line_explains_a_basket(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    assert main(["promise", "explain", "--line", "ghost:1", "--postcode", "04524"]) == 1
    assert capsys.readouterr().err
    assert main(["promise", "explain", "--line", "milk:two", "--postcode", "04524"]) == 1
    assert "milk:2" in capsys.readouterr().err
    assert main(["promise", "explain"]) == 1
    assert "--postcode" in capsys.readouterr().err
