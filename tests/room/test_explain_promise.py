"""A promise explained from the database: with every node in sight, and true when a rule is taken away there."""

import pytest

from sangdan.flows import explain_promise
from sangdan.flows.quote_promise import ask
from sangdan.kit.db import Conn
from sangdan.offer.network import commands as network
from sangdan.offer.promise.model import Service
from sangdan.offer.promise.model.basket import Basket, Wish
from sangdan.offer.promise.model.explanation import Explanation, ServiceExplained, Teller, Verdict

from .promise_world import AT, SEOUL, build, change


@pytest.fixture
async def world(conn: Conn) -> Conn:
    await build(conn)
    return conn


async def explained(conn: Conn, *wishes: Wish) -> Explanation:
    basket = Basket(wishes=wishes, postcode=SEOUL)
    return await explain_promise.of_basket(conn, await network.picture(conn), basket, AT)


def the(explanation: Explanation, service: Service) -> ServiceExplained:
    return next(each for each in explanation.services if each.rule.service == service)


def judged(service: ServiceExplained) -> dict[str, Verdict]:
    return {each.node_id: each for each in service.verdicts}


async def test_the_ways_are_those_that_are_promised(world: Conn) -> None:
    basket = Basket(wishes=(Wish("tea", 2),), postcode=SEOUL)
    _, quote = await ask(world, await network.picture(world), basket, AT)
    explanation = await explained(world, Wish("tea", 2))
    promised = {way.service: (way.price, way.promised_at, way.lines) for way in quote.ways}
    told = {each.rule.service: (w.way.price, w.way.promised_at, w.way.lines) for each in explanation.services
            for w in each.ways[:1]}  # fmt: skip
    assert told == promised


async def test_every_node_that_holds_the_goods_is_judged(world: Conn) -> None:
    verdicts = judged(the(await explained(world, Wish("tea", 4)), "standard"))
    assert {node: verdict.ruling for node, verdict in verdicts.items()} == {
        "busan-1": "chosen", "icheon": "feasible", "store-1": "ruled_out",
    }  # fmt: skip
    assert [ruling.code for ruling in verdicts["store-1"].rulings] == ["no_stock"]
    assert verdicts["icheon"].lost_by == "price"


async def test_a_ruling_is_gone_when_its_rule_is(world: Conn) -> None:
    await change(world, "UPDATE stock.balance SET on_hand = 9 WHERE (node_id, sku) = ('store-1', 'tea')")
    assert judged(the(await explained(world, Wish("tea", 4)), "standard"))["store-1"].ruling == "feasible"


async def test_what_is_out_of_service_is_named(world: Conn) -> None:
    await change(world, "INSERT INTO network.outage VALUES ('icheon', %(at)s, NULL, 'fire')", at=AT)
    service = the(await explained(world, Wish("tea", 1)), "standard")
    assert "icheon" not in judged(service)
    assert ("out_of_service", ("icheon",)) in {(left.cause, left.named) for left in service.left_out}


async def test_an_operator_without_a_contract_is_named(world: Conn) -> None:
    await change(world, "DELETE FROM partners.contract WHERE partner_id = 'logis'")
    service = the(await explained(world, Wish("tea", 1)), "standard")
    assert ("no_terms", ("busan-1", "icheon")) in {(left.cause, left.named) for left in service.left_out}


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_everything_can_be_said_in_both_languages(world: Conn, language: str) -> None:
    explanation = await explained(world, Wish("tea", 4), Wish("cup", 1))
    teller = Teller(explanation, "ko" if language == "ko" else "en")
    said = [sentence for service in explanation.services for sentence in teller.service(service)]
    assert any("icheon" in sentence for sentence in said)
    assert not any("{" in sentence for sentence in said)
