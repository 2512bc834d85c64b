"""Safety stock and channel shares by rule: what the most particular rule says is what the cell keeps, at every step."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, Final

import pytest

from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.ids import Ids
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.errors import NoSuchRule, OutOfStock
from sangdan.offer.stock.model import Held, Reservation, Rule

AT: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)
IDS: Final = Ids(seed=5)
NODES, SKUS, OWNERS = ("icheon", "busan-1"), ("milk", "tea", "cup"), ("dairy", "leaf")
CATEGORIES: Final = {"milk": "food/fresh", "tea": "food", "cup": "home/kitchen"}


@pytest.fixture
async def conn(conn: Conn) -> Conn:
    """With milk, tea and a cup, each filed elsewhere."""
    await _file(conn)
    return conn


@pytest.fixture
async def db(db: Pool) -> Pool:
    """The same, in a database of the test's own."""
    async with db.transaction() as conn:
        await _file(conn)
    return db


async def _file(conn: Conn) -> None:
    products = "".join(f"2,{sku},{category},{sku},{sku},,{{}},\n" for sku, category in CATEGORIES.items())
    await catalogue.load_products(conn, products.encode())
    skus = "".join(f"2,{sku},{sku},,{sku},{sku},{{}},1,1,1,1,ambient,standard,,,0,false\n" for sku in CATEGORIES)
    await catalogue.load_skus(conn, skus.encode())


def a_rule(rule_id: str, **what: Any) -> Rule:
    empty = dict.fromkeys(("node_id", "sku", "category", "owner_id", "shop_id", "safety", "share_ppm", "units_max"))
    return Rule(rule_id=rule_id, **{**empty, **what})


async def give(conn: Conn, *rules: Rule) -> list[str]:
    """Bring rules in; gives why any was refused."""
    names = ("rule_id", "node_id", "sku", "category", "owner_id", "shop_id", "safety", "share_ppm", "units_max")
    rows = [
        ",".join([str(line), *("" if getattr(rule, name) is None else str(getattr(rule, name)) for name in names)])
        for line, rule in enumerate(rules, start=2)
    ]
    return [each.reason for each in (await stock.load_rules(conn, "\n".join(rows).encode(), AT)).refused]


async def count(conn: Conn, units: int, *, safety: str = "", sku: str = "milk", node: str = "icheon") -> None:
    loaded = await stock.count(conn, f"2,{node},{sku},dairy,{units},{safety}".encode(), AT, "count")
    assert not loaded.refused


async def safety(conn: Conn, sku: str = "milk") -> int:
    return (await stock.balances(conn, "icheon", sku, "dairy", ("", "", ""), 1))[0].safety


async def left(conn: Conn, shop: str = "market", sku: str = "milk") -> int | None:
    """What a shop may still take of a cell; None without a share."""
    return next((each.units for each in await stock.shares(conn, shop, [sku])), None)


async def reserve(conn: Conn, units: int, shop: str | None = "market") -> Reservation:
    wanted = Reservation("icheon", IDS.new(AT), "milk", "dairy", units, AT + timedelta(minutes=15))
    return await stock.reserve(conn, wanted, AT, shop)


# Safety.


async def test_a_rule_says_what_a_count_leaves_open(conn: Conn) -> None:
    await give(conn, a_rule("all", safety=2))
    await count(conn, 10)
    assert await safety(conn) == 2
    await give(conn, a_rule("milk", sku="milk", safety=5))
    assert await safety(conn) == 5
    assert [cell.units for cell in await stock.available(conn, ["milk"])] == [5]
    await count(conn, 12, safety="9")  # a rule outranks what a count says
    assert await safety(conn) == 5
    assert (await stock.count(conn, b"2,icheon,milk,dairy,12,9", AT, "count")).changed == 0
    await stock.withdraw_rule(conn, "milk", AT)
    assert await safety(conn) == 2
    await stock.withdraw_rule(conn, "all", AT)
    assert await safety(conn) == 0
    await count(conn, 12, safety="9")
    assert await safety(conn) == 9
    with pytest.raises(NoSuchRule):
        await stock.withdraw_rule(conn, "all", AT)


async def test_what_no_rule_fits_is_left_alone(conn: Conn) -> None:
    await count(conn, 10, safety="4")
    await give(conn, a_rule("tea", sku="tea", safety=1), a_rule("kitchen", category="home", safety=1))
    assert await safety(conn) == 4
    await give(conn, a_rule("tea", sku="milk", safety=1))  # the rule moves to another SKU
    assert await safety(conn) == 1
    await give(conn, a_rule("tea", sku="cup", safety=1))
    assert await safety(conn) == 0


async def test_new_cells_follow_the_rules_however_they_come(conn: Conn) -> None:
    await give(conn, a_rule("fresh", category="food/fresh", safety=3), a_rule("food", category="food", safety=1))
    await stock.receive(conn, "icheon", IDS.new(AT), "milk", "dairy", 10, "asn", AT)
    await stock.expect(conn, b"2,icheon,asn-1,tea,dairy,10,2026-11-24T05:00:00Z,")
    await stock.arrive(conn, "icheon", "asn-1", IDS.new(AT), AT)
    assert (await safety(conn), await safety(conn, "tea")) == (3, 1)


def fitting(rules: Sequence[Rule], node: str, sku: str, owner: str) -> list[Rule]:
    """The rules that fit a cell, the most particular first: the specification, in Python."""

    def fits(rule: Rule) -> bool:
        filed = CATEGORIES[sku]
        below = rule.category is None or filed == rule.category or filed.startswith(rule.category + "/")
        return below and rule.node_id in (None, node) and rule.sku in (None, sku) and rule.owner_id in (None, owner)

    def first(rule: Rule) -> tuple[bool, int, bool, bool]:
        return rule.sku is None, -len(rule.category or ""), rule.node_id is None, rule.owner_id is None

    return sorted(filter(fits, rules), key=first)


@pytest.mark.parametrize("seed", range(12))
async def test_every_cell_keeps_what_the_most_particular_rule_says(conn: Conn, seed: int) -> None:
    """Random rules brought in, changed and withdrawn, before and after the cells are there."""
    dice = random.Random(seed)
    scopes = [
        {"node_id": node, "sku": sku, "category": category, "owner_id": owner}
        for node, sku, category, owner in product(
            (None, *NODES), (None, *SKUS), (None, "food", "food/fresh", "foo", "home"), (None, *OWNERS)
        )
        if sku is None or category is None
    ]
    cells = list(product(NODES, SKUS, OWNERS))
    known: dict[str, Rule] = {}
    for _ in range(6):
        for node, sku, owner in dice.sample(cells, 6):
            await stock.receive(conn, node, IDS.new(AT), sku, owner, dice.randint(1, 9), "asn", AT)
        for number in dice.sample(range(12), 5):
            what = dice.choice(
                [{"safety": dice.randint(0, 5)}, {"shop_id": dice.choice("ab"), "share_ppm": dice.randint(0, 10**6)},
                 {"shop_id": dice.choice("ab"), "units_max": dice.randint(0, 9)}]
            )  # fmt: skip
            rule = a_rule(f"rule-{number}", **dice.choice(scopes), **what)
            if not await give(conn, rule):
                known[rule.rule_id] = rule
        if known and dice.random() < 0.5:
            gone = dice.choice(sorted(known))
            del known[gone]
            await stock.withdraw_rule(conn, gone, AT)
    assert {rule.rule_id for rule in await stock.rules(conn)} == set(known)
    found = {(b.node_id, b.sku, b.owner_id): b for b in await stock.balances(conn, None, None, None, ("", "", ""), 99)}
    for key, balance in found.items():
        fit = fitting(list(known.values()), *key)
        kept = [rule.safety for rule in fit if rule.safety is not None]
        assert balance.safety == (kept[0] if kept else 0)
        for shop in "ab":
            mine = next((rule for rule in fit if rule.shop_id == shop), None)
            share = [units for cell, units in (await _shares(conn)).items() if cell == (*key, shop)]
            assert bool(share) == (mine is not None)
            if mine is not None and mine.units_max is not None:
                assert share == [mine.units_max]
    before = await _shares(conn)
    assert await stock.apply_rules(conn, AT) == len(found)
    for key, units in (await _shares(conn)).items():
        fit = next(rule for rule in fitting(list(known.values()), *key[:3]) if rule.shop_id == key[3])
        free = max(found[key[:3]].on_hand - found[key[:3]].safety, 0)
        assert units == (fit.units_max if fit.share_ppm is None else free * fit.share_ppm // 10**6)
        assert key in before


async def _shares(conn: Conn) -> dict[tuple[str, str, str, str], int]:
    return {
        (each.node_id, each.sku, each.owner_id, shop): each.units
        for shop in "ab" for each in await stock.shares(conn, shop, SKUS)
    }  # fmt: skip


async def test_two_rules_for_the_same_are_refused(conn: Conn) -> None:
    assert await give(conn, a_rule("a", sku="milk", safety=1), a_rule("b", sku="milk", safety=2)) == [
        "rule_id: a is the rule for these; change or withdraw it"
    ]
    assert await give(conn, a_rule("c", sku="milk", safety=3))
    assert not await give(conn, a_rule("a", sku="milk", safety=1))


# Shares.


async def test_a_shop_takes_its_share_and_not_more(conn: Conn) -> None:
    await give(conn, a_rule("m", sku="milk", shop_id="market", share_ppm=300_000))
    await count(conn, 10)
    with pytest.raises(OutOfStock):
        await reserve(conn, 4)
    held = await reserve(conn, 3)
    assert await left(conn) == 0
    with pytest.raises(OutOfStock):
        await reserve(conn, 1)
    await reserve(conn, 7, "other")  # who has no share takes what there is
    assert await stock.drift(conn) == []
    await stock.release(conn, "icheon", held.reservation_id)
    assert await left(conn) == 3
    assert await stock.drift(conn) == []


async def test_a_share_is_given_back_by_who_expires_or_loses_and_goes_with_what_is_shipped(conn: Conn) -> None:
    await give(conn, a_rule("m", sku="milk", shop_id="market", units_max=6))
    await count(conn, 20)
    one, two, three = [await reserve(conn, 2) for _ in range(3)]
    await stock.expire(conn, str(one.reservation_id), {"node_id": "icheon"}, AT)
    assert await left(conn) == 2
    await stock.ship(conn, "icheon", [(two.reservation_id, 1)], "parcel", AT)
    assert (await left(conn), await stock.drift(conn)) == (2, [])
    await stock.lose(conn, "icheon", [(three.reservation_id, 2)], "parcel", AT)
    assert (await left(conn), await stock.drift(conn)) == (4, [])
    await stock.let_go(conn, [Held("icheon", two.reservation_id, 1, "milk", "dairy", 1, None)])
    assert (await left(conn), await stock.drift(conn)) == (5, [])


async def test_a_share_that_says_something_else_than_its_reservations_is_drift(conn: Conn) -> None:
    await give(conn, a_rule("m", sku="milk", shop_id="market", units_max=6))
    await count(conn, 20)
    await reserve(conn, 2)
    await run(conn, "UPDATE stock.allotment SET taken = taken + 1")
    assert [(each.check, each.balance, each.facts) for each in await stock.drift(conn)] == [("share", 3, 2)]
    await run(conn, "UPDATE stock.allotment SET taken = 2")
    await run(conn, "UPDATE stock.reservation SET shop_id = NULL")
    assert [(each.check, each.balance, each.facts) for each in await stock.drift(conn)] == [("share", 2, 0)]


async def test_what_comes_in_one_by_one_is_shared_as_if_it_came_at_once(conn: Conn) -> None:
    await give(conn, a_rule("m", sku="milk", shop_id="market", share_ppm=700_000))
    await count(conn, 10)
    await reserve(conn, 7)
    for _ in range(10):
        await stock.receive(conn, "icheon", IDS.new(AT), "milk", "dairy", 1, "asn", AT)
    assert await left(conn) == 7
    await count(conn, 30)  # a count divides anew: seven tenths of thirty, of which seven are taken
    assert await left(conn) == 14


async def test_a_share_without_a_rule_binds_nobody_and_is_counted_to_its_end(conn: Conn) -> None:
    await give(conn, a_rule("m", sku="milk", shop_id="market", units_max=2))
    await count(conn, 10)
    held = await reserve(conn, 2)
    await stock.withdraw_rule(conn, "m", AT)
    await reserve(conn, 5)
    assert await stock.drift(conn) == []
    await stock.release(conn, "icheon", held.reservation_id)
    assert await stock.drift(conn) == []
    await stock.apply_rules(conn, AT)
    assert await left(conn) is None


async def test_the_last_units_of_a_share_are_taken_once(db: Pool) -> None:
    async with db.transaction() as conn:
        await give(conn, a_rule("m", sku="milk", shop_id="market", units_max=5))
        await count(conn, 100)

    async def buy(shop: str) -> str:
        async with db.transaction() as conn:
            await reserve(conn, 1, shop)
            return shop

    answers = await asyncio.gather(*(buy(shop) for shop in ["market"] * 12 + ["other"] * 4), return_exceptions=True)
    assert Counter(each if isinstance(each, str) else "none" for each in answers) == {
        "market": 5, "other": 4, "none": 7
    }  # fmt: skip
    async with db.transaction() as conn:
        assert await stock.drift(conn) == []


async def test_rules_change_while_goods_come_and_go(db: Pool) -> None:
    """Nothing is forgotten in between: at the end every cell is as the last rules say."""
    async with db.transaction() as conn:
        await count(conn, 50)

    async def receive(number: int) -> None:
        async with db.transaction() as conn:
            await stock.receive(conn, "icheon", IDS.new(AT), ("milk", "tea", "cup")[number % 3], "dairy", 1, "asn", AT)

    async def change(number: int) -> None:
        async with db.transaction() as conn:
            await give(conn, a_rule("all", safety=number), a_rule("m", shop_id="market", units_max=number))

    async def buy() -> None:
        async with db.transaction() as conn:
            await reserve(conn, 1)

    answers = await asyncio.gather(
        *(receive(n) for n in range(20)), *(change(n) for n in range(1, 6)), *(buy() for _ in range(10)),
        return_exceptions=True,
    )  # fmt: skip
    assert {type(each) for each in answers if each is not None} <= {OutOfStock}
    async with db.transaction() as conn:
        assert await stock.drift(conn) == []
        rule = {each.rule_id: each for each in await stock.rules(conn)}
        wrong = """
            SELECT count(*) FROM stock.balance b LEFT JOIN stock.allotment a USING (node_id, sku, owner_id)
             WHERE b.safety <> %(safety)s OR NOT b.allotted OR a.units_max IS DISTINCT FROM %(units_max)s
        """
        assert await value(conn, wrong, safety=rule["all"].safety, units_max=rule["m"].units_max) == 0
        assert await value(conn, "SELECT count(*) FROM stock.balance") == 3


async def test_dated_supply_is_promised_up_to_its_cap(conn: Conn) -> None:
    due = "2,icheon,asn-1,milk,dairy,10,2026-11-24T05:00:00Z,{cap}"
    await stock.expect(conn, due.format(cap=4).encode())
    assert [each.units for each in await stock.supply(conn, ["milk"], AT)] == [4]

    async def hold(units: int) -> bool:
        return await stock.hold(conn, IDS.new(AT), Held("icheon", IDS.new(AT), 1, "milk", "dairy", units, "asn-1"), AT)

    assert not await hold(5)
    assert await hold(3)
    assert [each.units for each in await stock.supply(conn, ["milk"], AT)] == [1]
    assert (await stock.expect(conn, due.format(cap=2).encode())).changed == 1  # what is promised stays promised
    assert await stock.supply(conn, ["milk"], AT) == []
    assert not await hold(1)
    assert (await stock.expect(conn, due.format(cap="").encode())).changed == 1
    assert await hold(7)
    assert await stock.drift(conn) == []
