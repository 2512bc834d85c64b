"""An explanation is true: its figures add up, no feasible node is better, and every ruling is what rules out."""

from collections.abc import Sequence
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.offer.promise.model import (
    Cell,
    Departures,
    Hours,
    Inputs,
    Language,
    Node,
    Offer,
    Reason,
    Route,
    Unpicked,
    quote,
)
from sangdan.offer.promise.model.explanation import ServiceExplained, Teller, Verdict, explained
from sangdan.offer.promise.model.explanation.price import weight_of
from sangdan.offer.promise.model.explanation.trial import outcome, trial_of
from sangdan.offer.promise.model.reason import iso
from sangdan.offer.promise.model.way import utc
from sangdan.offer.promise.model.words import counted

from .promise_cases import (
    ALWAYS,
    DAY_S,
    HOUR_S,
    NOON,
    PICKUP,
    STANDARD,
    a_line,
    a_node,
    a_policy,
    a_question,
    a_route,
    a_shelf,
    random_question,
)

LANGUAGES: Final[tuple[Language, ...]] = ("ko", "en")


def a_world(seed: int, tight: bool, threshold: bool) -> Inputs:
    return random_question(seed, tight=tight, threshold=threshold)


worlds = st.builds(a_world, st.integers(0, 2**32), st.booleans(), st.booleans())


def the_service(inputs: Inputs) -> ServiceExplained:
    """The explanation of a question with one service, which can be said in both languages."""
    explanation = explained(inputs)
    for language in LANGUAGES:
        said = "\n".join(Teller(explanation, language).service(explanation.services[0]))
        assert "{" not in said
    return explanation.services[0]


# What it says adds up.


@settings(max_examples=200, deadline=None)
@given(worlds)
def test_every_won_and_every_second_is_accounted_for(inputs: Inputs) -> None:
    for each in the_service(inputs).ways:
        paid = {payer: sum(i.amount_minor for i in each.items if i.payer == payer) for payer in ("shopper", "alliance")}
        assert paid == {"shopper": each.way.price.total_minor, "alliance": each.way.cost_minor}
        assert max(date.promised_at for date in each.dates) == each.way.promised_at
        for date in each.dates:
            assert utc(inputs.at + sum(step.lasts_s for step in date.steps)) == date.promised_at
            assert all(step.lasts_s > 0 for step in date.steps)


@settings(max_examples=200, deadline=None)
@given(worlds)
def test_every_node_gets_one_verdict_and_none_that_would_do_is_better(inputs: Inputs) -> None:
    service = the_service(inputs)
    considered = {route.node_id for route in inputs.routes}
    assert sorted(verdict.node_id for verdict in service.verdicts) == sorted(considered)
    for way in quote(inputs).ways:
        best = weight_of(inputs, service.rule, way)
        used = {parcel.node_id for parcel in way.parcels}
        assert used == {verdict.node_id for verdict in service.verdicts if verdict.ruling == "chosen"}
        for verdict in service.verdicts:
            if verdict.ruling == "feasible":
                out = next(parcel for parcel in way.parcels if parcel.node_id == verdict.instead_of)
                node, route = _door(inputs, verdict)
                tried = trial_of(inputs, service.rule, node, route, way, out)
                other = outcome(tried.inputs, service.rule)
                assert other is not None
                assert verdict.difference is not None
                assert weight_of(inputs, service.rule, other) > best
                assert other.price.total_minor - way.price.total_minor == verdict.difference.total_minor


# A ruling is what rules out.


@settings(max_examples=200, deadline=None)
@given(worlds)
def test_a_node_would_do_without_its_rulings_and_not_without_all_but_one(inputs: Inputs) -> None:
    service = the_service(inputs)
    ways = quote(inputs).ways
    for verdict in service.verdicts:
        if verdict.ruling != "ruled_out":
            continue
        assert verdict.rulings
        way = ways[0] if ways else None
        out = next((p for p in way.parcels if p.node_id == verdict.instead_of), None) if way is not None else None
        tried = trial_of(inputs, service.rule, *_door(inputs, verdict), way, out).inputs
        assert _would_do(tried, verdict, verdict.rulings)
        for one in verdict.rulings:
            assert not _would_do(tried, verdict, [other for other in verdict.rulings if other is not one])


def _door(inputs: Inputs, verdict: Verdict) -> tuple[Node, Route | None]:
    node = next(node for node in inputs.nodes if node.node_id == verdict.node_id)
    lane = verdict.node_id, verdict.lane_id
    return node, next((route for route in inputs.routes if (route.node_id, route.lane_id) == lane), None)


def _would_do(inputs: Inputs, verdict: Verdict, without: Sequence[Reason]) -> bool:
    """Whether there is a way once some rules are taken out of the facts by hand."""
    for ruling in without:
        inputs = _taken_out(inputs, verdict, ruling)
    return outcome(inputs, inputs.policy.services[0]) is not None


def _taken_out(inputs: Inputs, verdict: Verdict, ruling: Reason) -> Inputs:
    """The facts without a rule, written apart from how the explanation lifts it."""
    node_id, sku = verdict.node_id, ruling.args.get("sku")
    match ruling.code:
        case "no_stock":
            plenty = tuple(Cell(node_id, str(sku), offer.seller_id, 99) for offer in inputs.offers if offer.sku == sku)
            others = tuple(c for c in inputs.cells if (c.node_id, c.sku) != (node_id, sku))
            return replace(inputs, cells=others + plenty)
        case "not_for_sale":
            sold = Offer(str(sku), "carla", 1)
            lines = (replace(line, seller_id=None) if line.sku == sku else line for line in inputs.lines)
            shelf = Cell(node_id, str(sku), "carla", 99)
            return replace(
                inputs, lines=tuple(lines), offers=(*inputs.offers, sold), cells=(*inputs.cells, shelf)
            )  # fmt: skip
        case "seller":
            lines = (replace(line, seller_id=None) if line.sku == sku else line for line in inputs.lines)
            return replace(inputs, lines=tuple(lines))
        case "cut_off":
            # Every cut-off half a day later; the runs leave when they leave.
            runs = (Departures(tuple(at + 12 * HOUR_S for at in e.cut_offs), e.departs) for e in inputs.departures)
            return replace(inputs, departures=tuple(runs))
        case "closed" | "closed_until":
            return replace(inputs, hours=tuple(ALWAYS for _ in inputs.hours))
        case "too_late" | "never":
            rule = replace(inputs.policy.services[0], within_s=999 * DAY_S)
            return replace(inputs, policy=replace(inputs.policy, services=(rule,)))
        case _:
            everything: dict[str, dict[str, object]] = {
                "full": {"full_hours": ()},
                "queue": {"unpicked": ()},
                "takes_nothing": {"parcels_per_hour": 9},
                "node_temperature": {"temperatures": ("ambient", "chilled", "frozen")},
                "unattended": {"kind": "store"},
                "lane_temperature": {"temperatures": ("ambient", "chilled", "frozen")},
                "too_heavy": {"max_weight_g": 10**9},
            }
            change = everything[ruling.code]
            if ruling.code in ("lane_temperature", "too_heavy"):
                lane = node_id, ruling.args["lane_id"]
                routes = (replace(r, **change) if (r.node_id, r.lane_id) == lane else r for r in inputs.routes)
                return replace(inputs, routes=tuple(routes))
            nodes = (replace(node, **change) if node.node_id == node_id else node for node in inputs.nodes)
            return replace(inputs, nodes=tuple(nodes))


# One rule at a time, by name.

NEAR = a_node("near", distance_m=1_000)
FAR = a_node("far", distance_m=90_000)


def a_choice(near: Node = NEAR, route: Route | None = None, **more: object) -> Inputs:
    """Two nodes that hold the tea, the far one cheaper to carry from."""
    plain: dict[str, object] = {
        "cells": (a_shelf("far"), a_shelf("near")),
        "nodes": (FAR, near),
        "routes": (a_route("far"), a_route("near", base_minor=9_000) if route is None else route),
    }
    return a_question(**plain | more)


def ruled(inputs: Inputs, node_id: str = "near") -> list[tuple[str, dict[str, str | int]]]:
    verdict = next(each for each in the_service(inputs).verdicts if each.node_id == node_id)
    assert verdict.ruling == "ruled_out"
    return [(ruling.code, ruling.args) for ruling in verdict.rulings]


def test_a_feasible_node_is_dearer_by_these_parts() -> None:
    verdict = the_service(a_choice()).verdicts[1]
    assert (verdict.node_id, verdict.ruling, verdict.lost_by, verdict.instead_of) == (
        "near",
        "feasible",
        "price",
        "far",
    )
    assert verdict.difference is not None
    assert (verdict.difference.fee_minor, verdict.difference.carrier_minor) == (6_000, 6_000)
    assert (verdict.difference.goods_minor, verdict.difference.later_s) == (0, 0)


def test_too_little_stock_is_named_with_what_there_is() -> None:
    inputs = a_choice(lines=(a_line(units=5),), cells=(a_shelf("far"), a_shelf("near", units=3)))
    assert ruled(inputs) == [("no_stock", {"sku": "tea", "units": 5, "held": 3})]


def test_another_seller_s_goods_do_not_count() -> None:
    offers = (Offer("tea", "leaf", 10_000), Offer("tea", "stem", 10_000))
    cells = (a_shelf("far"), a_shelf("near", "tea", 10, "stem"))
    inputs = a_choice(lines=(a_line(seller_id="leaf"),), offers=offers, cells=cells)
    assert ruled(inputs) == [("seller", {"sku": "tea", "seller_id": "leaf"})]


def test_a_node_that_is_full_or_takes_nothing() -> None:
    quick = a_policy(replace(STANDARD, within_s=2 * DAY_S))
    hours = tuple(NOON + hour * HOUR_S for hour in range(60))
    assert ruled(a_choice(replace(NEAR, full_hours=hours), policy=quick)) == [("full", {"from_at": iso(NOON)})]
    assert ruled(a_choice(replace(NEAR, parcels_per_hour=0))) == [("takes_nothing", {})]


def test_a_node_that_the_law_closes() -> None:
    tomorrow = Hours((NOON + 40 * HOUR_S,), (NOON + 60 * HOUR_S,))
    shut = replace(NEAR, hours=1, shut="law")
    inputs = a_choice(shut, hours=(ALWAYS, tomorrow), policy=a_policy(replace(STANDARD, within_s=2 * DAY_S)))
    assert ruled(inputs) == [("closed_until", {"because": "law", "opens_at": iso(NOON + 40 * HOUR_S)})]


def test_a_cut_off_that_is_missed() -> None:
    slow = replace(NEAR, handling_s=6 * HOUR_S)
    assert ruled(a_choice(slow, policy=a_policy(replace(STANDARD, within_s=2 * DAY_S))))[0][0] == "cut_off"


def test_a_lane_that_is_slower_than_the_service() -> None:
    slow = a_route("near", transit_s=tuple(DAY_S * 3 for _ in range(10)))
    ruling, args = ruled(a_choice(route=slow, policy=a_policy(replace(STANDARD, within_s=2 * DAY_S))))[0]
    assert (ruling, args["latest_at"]) == ("too_late", iso(NOON + 2 * DAY_S))


def test_a_store_whose_queue_is_long_and_a_locker_that_hands_nothing_over() -> None:
    store = a_node("store", kind="store", pickup=True, handling_s=900)
    queue = (Unpicked(NOON, 5_000),)
    waiting = replace(store, node_id="busy", unpicked=queue)
    locker = replace(store, node_id="locker", kind="locker")
    inputs = a_question(
        lines=(a_line(age_limit=19),), birth_year=1990, nodes=(store, waiting, locker), policy=a_policy(PICKUP),
        cells=(a_shelf("store"), a_shelf("busy"), a_shelf("locker")),
    )  # fmt: skip
    assert ruled(inputs, "busy") == [("queue", {"parcels": 5_000})]
    assert ruled(inputs, "locker") == [("unattended", {"sku": "tea"})]


def test_a_split_names_whose_place_was_tried() -> None:
    skus = ("tea", "cup")
    inputs = a_question(
        lines=tuple(a_line(number, sku) for number, sku in enumerate(skus, start=1)),
        offers=tuple(Offer(sku, "leaf", 5_000) for sku in skus),
        cells=(a_shelf("a", "tea"), a_shelf("b", "cup"), a_shelf("c", "cup")),
        nodes=(a_node("a"), a_node("b"), a_node("c")),
        routes=(a_route("a"), a_route("b"), a_route("c", base_minor=5_000)),
    )
    last = the_service(inputs).verdicts[-1]
    assert (last.node_id, last.ruling, last.instead_of, last.lost_by) == ("c", "feasible", "b", "price")


def test_a_date_is_taken_apart() -> None:
    store = replace(a_node("near"), handling_s=HOUR_S)
    steps = the_service(a_question(cells=(a_shelf("near"),), nodes=(store,), routes=(a_route("near"),)))
    date = steps.ways[0].dates[0]
    assert [(step.code, step.lasts_s) for step in date.steps] == [
        ("handling", HOUR_S), ("run", 5 * HOUR_S), ("transit", 20 * HOUR_S), ("spoken", 10 * HOUR_S - 1)
    ]  # fmt: skip


def test_a_service_without_a_way_says_of_each_node_what_is_missing() -> None:
    explanation = the_service(a_choice(cells=()))
    assert explanation.ways == ()
    assert [each.rulings[0].code for each in explanation.verdicts] == ["no_stock", "no_stock"]


# And is said as one counts.


def test_english_has_one_place_and_two_places() -> None:
    assert counted("dawn: 1 place(s): no") == "dawn: 1 place: no"
    assert counted("2 nearer place(s) passed over") == "2 nearer places passed over"
    assert counted("icheon-1 has 1,001 order(s) to pick") == "icheon-1 has 1,001 orders to pick"
