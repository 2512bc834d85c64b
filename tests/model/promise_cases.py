"""Small worlds for the promise tests: builders with plain defaults, and random baskets that hit every rule."""

from random import Random
from typing import Any

from msgspec.structs import replace

from sangdan.offer.promise.model import (
    Cell,
    Departures,
    Hours,
    Inbound,
    Inputs,
    Line,
    Node,
    Offer,
    Policy,
    Route,
    ServiceRule,
)

DAY_S = 86_400
HOUR_S = 3600
# 2026-11-21 00:00 UTC, a Saturday; times of day below are UTC.
MIDNIGHT = 1_795_219_200
NOON = MIDNIGHT + 12 * HOUR_S
ALWAYS = Hours((MIDNIGHT,), (MIDNIGHT + 30 * DAY_S,))
EVENINGS = Departures(
    tuple(MIDNIGHT + day * DAY_S + 17 * HOUR_S for day in range(30)),
    tuple(MIDNIGHT + day * DAY_S + 18 * HOUR_S for day in range(30)),
)
DAY_ENDS = tuple(MIDNIGHT + day * DAY_S - 1 for day in range(1, 31))
# Half of the parcels take at most ten hours, nine in ten at most twenty.
TRANSIT_S = tuple(hours * HOUR_S for hours in (4, 5, 6, 8, 10, 15, 20, 24, 30, 48))

STANDARD = ServiceRule(service="standard", target_ppm=900_000, within_s=14 * DAY_S)
PICKUP = ServiceRule(service="pickup", target_ppm=980_000, within_s=2 * DAY_S)
QUICK = ServiceRule(service="quick", target_ppm=900_000, within_s=6 * HOUR_S)


def a_line(line_no: int = 1, sku: str = "tea", units: int = 1, **more: Any) -> Line:
    plain: dict[str, Any] = {"weight_g": 500}
    return Line(line_no=line_no, sku=sku, units=units, **plain | more)


def a_node(node_id: str, **more: Any) -> Node:
    plain: dict[str, Any] = {
        "kind": "fulfilment_centre", "operator_id": "logis", "temperatures": ("ambient",), "hours": 0,
        "handling_s": HOUR_S, "parcels_per_hour": 100,
    }  # fmt: skip
    return Node(node_id=node_id, **plain | more)


def a_route(node_id: str, **more: Any) -> Route:
    plain: dict[str, Any] = {
        "service": "standard", "lane_id": f"lane-{node_id}", "carrier_id": "swift", "departures": 0, "deadlines": 0,
        "transit_s": TRANSIT_S, "temperatures": ("ambient",), "base_minor": 3000, "max_weight_g": 20_000,
        "distance_m": 100_000,
    }  # fmt: skip
    return Route(node_id=node_id, **plain | more)


def a_policy(*services: ServiceRule, **more: Any) -> Policy:
    plain: dict[str, Any] = {
        "version": "test", "ttl_s": 900, "margin_s": 0, "max_parcels": 3, "pickup_ways": 3, "vat_ppm": 100_000,
        "timezone": "Asia/Seoul",
    }  # fmt: skip
    return Policy(services=services or (STANDARD,), **plain | more)


def a_question(**more: Any) -> Inputs:
    """A question at noon; one line of tea unless told otherwise."""
    plain: dict[str, Any] = {
        "at": NOON, "year": 2026, "currency": "KRW", "postcode": "06236", "zone_id": "seoul", "area": "mainland",
        "lines": (a_line(),), "offers": (Offer("tea", "leaf", 10_000),), "cells": (), "nodes": (),
        "hours": (ALWAYS,), "departures": (EVENINGS,), "deadlines": (DAY_ENDS,), "policy": a_policy(),
    }  # fmt: skip
    return Inputs(**plain | more)


def a_shelf(node_id: str, sku: str = "tea", units: int = 10, owner_id: str = "leaf", *inbounds: Inbound) -> Cell:
    return Cell(node_id, sku, owner_id, units, inbounds)


def random_question(seed: int, *, tight: bool, threshold: bool) -> Inputs:
    """A small world with everything that a choice can hang on, often scarce.

    tight      whether carriers' weight limits are low enough to tie lines together
    threshold  whether delivery is free from an amount that choosing sellers can reach
    """
    random = Random(seed)
    skus = [f"sku-{number}" for number in range(random.randint(1, 3))]
    nodes = [f"node-{number}" for number in range(random.randint(2, 5))]
    sellers = ["anna", "boram"][: random.randint(1, 2)]
    return a_question(
        lines=tuple(
            a_line(
                number, sku, random.randint(1, 3), weight_g=random.choice((100, 333, 900)),
                temperature=random.choice(("ambient", "ambient", "ambient", "chilled")),
                seller_id=random.choice((None, None, None, random.choice(sellers))),
            )
            for number, sku in enumerate(skus, start=1)
        ),
        offers=tuple(
            Offer(sku, seller, random.choice((1000, 1003, 1500)))
            for sku in skus for seller in sellers if random.random() < 0.95
        ),
        cells=tuple(
            Cell(node, sku, seller, random.choice((0, 1, 2, 3, 5)), _inbounds(random, node, sku, seller))
            for node in nodes for sku in skus for seller in sellers if random.random() < 0.75
        ),
        nodes=tuple(
            a_node(
                node, temperatures=random.choice((("ambient",), ("ambient", "chilled"), ("ambient", "chilled"))),
                handling_s=random.choice((0, HOUR_S, 6 * HOUR_S)), unit_fee_minor=random.choice((0, 10)),
                parcel_fee_minor=random.choice((0, 500)), distance_m=random.randint(1, 9) * 10_000,
            )
            for node in nodes
        ),
        routes=tuple(_route(random, node, carrier, tight) for node in nodes for carrier in ("fast", "slow")
                     if random.random() < 0.8),
        policy=a_policy(
            ServiceRule(
                service="standard", target_ppm=900_000, within_s=random.choice((2, 4, 14)) * DAY_S,
                flat_minor=random.choice((None, 300)),
                free_from_minor=random.choice((2000, 4000, 6000)) if threshold else None,
            ),
            max_parcels=random.randint(1, 3),
        ),
    )  # fmt: skip


def with_twins(inputs: Inputs, seed: int) -> Inputs:
    """The same world where two lines ask for one SKU, as kits make them, and units are worth more here than there.

    gives  a copy; the cells are as scarce as before, so that the two often want the same piece
    """
    random = Random(seed)
    first = inputs.lines[0]
    twin = replace(first, line_no=len(inputs.lines) + 1, units=random.randint(1, 3), kit_sku="kit", kit_no=1)
    return replace(
        inputs,
        lines=(*inputs.lines[:2], twin),
        cells=tuple(replace(cell, scarcity_minor=random.choice((0, 0, 7, 300))) for cell in inputs.cells),
    )


def _inbounds(random: Random, node: str, sku: str, seller: str) -> tuple[Inbound, ...]:
    days = sorted(random.sample(range(1, 5), random.choice((0, 0, 1, 2))))
    return tuple(Inbound(f"{node}-{sku}-{seller}-{day}", NOON + day * DAY_S, random.randint(1, 3)) for day in days)


def _route(random: Random, node: str, carrier: str, tight: bool) -> Route:
    slowness = random.choice((1, 3))
    return a_route(
        node, lane_id=f"{node}-{carrier}", carrier_id=carrier, base_minor=random.choice((0, 500, 700)),
        per_kg_minor=random.choice((0, 100)), surcharge_minor=random.choice((0, 0, 300)),
        max_weight_g=random.choice((900, 1500, 2500)) if tight else 100_000,
        temperatures=random.choice((("ambient",), ("ambient", "chilled"), ("ambient", "chilled"))),
        transit_s=tuple(s * slowness for s in TRANSIT_S),
    )  # fmt: skip
