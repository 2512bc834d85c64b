"""Settling an order: books balance, the shop's book mirrors the alliance's, and nobody's fee is lost."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.kit.ids import Ids
from sangdan.kit.ledger import Balance, Transfer
from sangdan.kit.money import allocate, share_ppm
from sangdan.pay.settlement.errors import BadPeriod, NoTerms, PeriodOpen
from sangdan.pay.settlement.model import (
    ALLIANCE,
    Drift,
    Line,
    LineFacts,
    OrderFacts,
    ParcelFacts,
    Period,
    Statement,
    Terms,
    Turnover,
    due,
    mirror_drift,
    postings,
    statement_drift,
    totals,
)

AT = datetime(2026, 11, 21, tzinfo=UTC)
ALLIES = ("market", "store", "seller-a", "seller-b", "centre", "van")
SHOPS = frozenset({"market", "store"})
ids = Ids(seed=11)


def agreed(partner_id: str, **changes: Any) -> Terms:
    return replace(Terms(partner_id, "KRW", 110_000, 300, 900, 100_000), **changes)


def an_order(**changes: Any) -> OrderFacts:
    """Two sellers in one parcel from a logistics house, carried by another ally."""
    usual = OrderFacts(
        order_id=UUID("019aa3c1-6c00-7000-8000-000000000001"),
        shop_id="market",
        currency="KRW",
        delivery_minor=3_000,
        captured_minor=36_000,
        refunded_minor=0,
        at=AT,
        lines=(LineFacts(1, "seller-a", 2, 10_000), LineFacts(2, "seller-b", 1, 13_000)),
        parcels=(ParcelFacts(1, "centre", "van", 2_500, {1: 2, 2: 1}),),
    )
    return replace(usual, **changes)


TERMS = {ally: agreed(ally) for ally in ALLIES}


def nets(transfers: Iterable[Transfer]) -> dict[tuple[str, str, str], int]:
    """Credits less debits by book, account and currency."""
    sums: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for each in transfers:
        sums[each.book, each.debit, each.currency] -= each.amount_minor
        sums[each.book, each.credit, each.currency] += each.amount_minor
    return sums


def balances(transfers: Iterable[Transfer]) -> list[Balance]:
    return [Balance(*key, "none", max(-net, 0), max(net, 0), 0, 0) for key, net in sorted(nets(transfers).items())]


def credited(transfers: Iterable[Transfer], kind: str) -> Counter[str]:
    """What each ally gets of one kind, in the alliance's book."""
    sums: Counter[str] = Counter()
    for each in transfers:
        if each.book == ALLIANCE and each.kind == kind:
            sums[each.credit.removeprefix("due:")] += each.amount_minor
    return sums


def test_an_order_to_the_won() -> None:
    """Goods 33,000; 11 % commission + VAT; 300 a unit and 900 a parcel + VAT; 2,500 for the van."""
    moved = nets(postings(an_order(), TERMS))

    assert {account: net for (book, account, _), net in moved.items() if book == ALLIANCE} == {
        "due:market": -33_000 - 2_500 + 2_200 + 220 + 1_430 + 143,
        "due:seller-a": 20_000 - 2_200 - 220 - 1_200 - 120,
        "due:seller-b": 13_000 - 1_430 - 143 - 600 - 60,
        "due:centre": 1_800 + 180,
        "due:van": 2_500,
    }
    assert {account: net for (book, account, _), net in moved.items() if book == "market"} == {
        "due:alliance": 33_000 + 2_500 - 2_200 - 220 - 1_430 - 143,
        "escrow": -36_000,
        "commission": 3_630,
        "vat": 363,
        "carriage": -2_500,
        "delivery_income": 3_000,
    }


def test_every_transfer_says_what_it_is_for() -> None:
    references = {each.reference.split("/", 1)[1] for each in postings(an_order(), TERMS)}
    assert references == {"line/1", "line/2", "parcel/1", "parcel/1/line/1", "parcel/1/line/2", "delivery"}


def test_who_packs_its_own_goods_asks_nobody_for_a_fee() -> None:
    own = an_order(parcels=(ParcelFacts(1, "seller-a", None, 0, {1: 2}),))
    moved = postings(own, {"seller-a": agreed("seller-a"), "seller-b": agreed("seller-b")})
    assert not credited(moved, "fulfilment")
    assert not credited(moved, "carriage")


def test_the_shops_own_goods_stay_in_its_own_book() -> None:
    own = an_order(
        lines=(LineFacts(1, "market", 3, 11_000),), parcels=(ParcelFacts(1, "market", "market", 2_500, {1: 3}),)
    )
    moved = postings(own, {})
    assert {each.book for each in moved} == {"market"}
    assert nets(moved) == {
        ("market", "escrow", "KRW"): -36_000,
        ("market", "sales", "KRW"): 33_000,
        ("market", "delivery_income", "KRW"): 3_000,
    }


def test_fees_are_paid_in_the_currency_they_were_agreed_in() -> None:
    dollars = TERMS | {"centre": agreed("centre", currency="USD")}
    moved = nets(postings(an_order(), dollars))
    assert moved["alliance", "due:centre", "USD"] == 1_980
    assert (
        mirror_drift(
            balances(
                postings(
                    an_order(
                        lines=(LineFacts(1, "market", 1, 1),), parcels=(ParcelFacts(1, "centre", None, 0, {1: 1}),)
                    ),
                    dollars,
                )
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("captured", "refunded", "delivery", "goodwill", "left"),
    [
        (36_000, 0, 3_000, 0, 0),
        (36_000, 1_000, 2_000, 0, 0),
        (36_000, 3_000, 0, 0, 0),
        (36_000, 5_000, 0, 2_000, 0),
        (36_500, 0, 3_000, 0, 500),
    ],
)
def test_the_escrow_of_an_order_is_emptied(
    captured: int, refunded: int, delivery: int, goodwill: int, left: int
) -> None:
    """Unless the shopper is still owed something: that stays."""
    moved = nets(postings(an_order(captured_minor=captured, refunded_minor=refunded), TERMS))
    assert moved["market", "delivery_income", "KRW"] == delivery
    assert moved["market", "goodwill", "KRW"] == -goodwill
    assert captured - refunded + moved["market", "escrow", "KRW"] == left


@pytest.mark.parametrize("missing", ["seller-a", "centre"])
def test_an_ally_without_terms_stops_the_settlement(missing: str) -> None:
    with pytest.raises(NoTerms, match=missing):
        postings(an_order(), {ally: terms for ally, terms in TERMS.items() if ally != missing})


allies = st.sampled_from(ALLIES)
prices = st.integers(0, 10**7)


@st.composite
def orders(draw: st.DrawFn) -> OrderFacts:
    """Any ally may be shop, seller, operator or carrier, also several of these at once."""
    lines = tuple(
        LineFacts(number, draw(allies), draw(st.integers(0, 20)), draw(prices))
        for number in range(1, draw(st.integers(1, 5)) + 1)
    )
    parcels = tuple(
        ParcelFacts(
            number,
            draw(allies),
            draw(st.none() | allies),
            draw(st.integers(0, 10**5)),
            draw(st.dictionaries(st.sampled_from([line.line_no for line in lines]), st.integers(0, 20))),
        )
        for number in range(1, draw(st.integers(0, 4)) + 1)
    )
    captured = draw(st.integers(0, 10**9))
    return an_order(
        order_id=ids.new(AT),
        shop_id=draw(st.sampled_from(sorted(SHOPS))),
        delivery_minor=draw(st.integers(0, 10**5)),
        captured_minor=captured,
        refunded_minor=draw(st.integers(0, captured)),
        lines=lines,
        parcels=parcels,
    )


contracts = st.fixed_dictionaries(
    {
        ally: st.builds(
            Terms,
            st.just(ally),
            st.sampled_from(["KRW", "KRW", "USD"]),
            st.integers(0, 1_000_000),
            st.integers(0, 5_000),
            st.integers(0, 5_000),
            st.integers(0, 300_000),
        )
        for ally in ALLIES
    }
)


@given(st.lists(orders(), max_size=4), contracts)
def test_books_balance_and_the_mirror_holds(confirmed: list[OrderFacts], terms: dict[str, Terms]) -> None:
    moved = [each for order in confirmed for each in postings(order, terms, SHOPS)]

    keys = [(each.book, each.transfer_id) for each in moved]
    assert len(keys) == len(set(keys))
    assert all(each.amount_minor > 0 and each.debit != each.credit for each in moved)
    assert {each.book for each in moved} <= SHOPS | {ALLIANCE}
    assert all(each.debit.startswith("due:") for each in moved if each.book == ALLIANCE)
    assert mirror_drift(balances(moved)) == []


@given(orders(), contracts)
def test_nobodys_fee_is_lost(order: OrderFacts, terms: dict[str, Terms]) -> None:
    moved = postings(order, terms, SHOPS)
    sellers = {line.line_no: line.seller_id for line in order.lines}

    goods: Counter[str] = Counter()
    commission = 0
    for line in order.lines:
        if line.seller_id != order.shop_id:
            goods[line.seller_id] += line.units * line.unit_price_minor
            commission += share_ppm(line.units * line.unit_price_minor, terms[line.seller_id].commission_ppm)
    carriage: Counter[str] = Counter()
    fees: Counter[str] = Counter()
    for parcel in order.parcels:
        if parcel.carrier_id not in (None, order.shop_id):
            carriage[parcel.carrier_id] += parcel.carrier_minor
        handled = {line_no: units for line_no, units in sorted(parcel.units.items()) if units}
        if not handled:
            continue
        terms_of = terms[parcel.operator_id]
        shares = allocate(terms_of.parcel_fee_minor, list(handled.values()))
        assert sum(shares) == terms_of.parcel_fee_minor
        for (line_no, units), share in zip(handled.items(), shares, strict=True):
            if sellers[line_no] != parcel.operator_id:
                fees[parcel.operator_id] += units * terms_of.unit_fee_minor + share

    assert credited(moved, "goods") == +goods
    assert credited(moved, "carriage") == +carriage
    assert credited(moved, "fulfilment") == +fees
    assert sum(credited(moved, "commission").values()) == commission


@given(orders(), contracts)
def test_settling_again_gives_the_same_transfers(order: OrderFacts, terms: dict[str, Terms]) -> None:
    """Whatever order the database gives its rows in."""
    turned = replace(order, lines=order.lines[::-1], parcels=order.parcels[::-1])

    def by_key(transfers: list[Transfer]) -> list[Transfer]:
        return sorted(transfers, key=lambda each: (each.book, each.transfer_id))

    assert by_key(postings(turned, terms, SHOPS)) == by_key(postings(order, terms, SHOPS))


def test_a_shop_whose_book_forgot_something_drifts() -> None:
    moved = postings(an_order(), TERMS)
    kept = [each for each in moved if (each.book, each.kind) != ("market", "carriage")]
    assert mirror_drift(balances(kept)) == [Drift("mirror", "market", "KRW", -29_007, -31_507)]
    assert mirror_drift(balances(each for each in moved if each.book != ALLIANCE)) == [
        Drift("mirror", "market", "KRW", -31_507, 0)
    ]


def test_statement_lines_add_up_by_partner_and_currency() -> None:
    def line(partner_id: str, currency: str, owed_minor: int) -> Line:
        return Line(partner_id, currency, AT, ids.new(AT), "goods", "x", owed_minor)

    lines = [line("b", "KRW", 5), line("a", "KRW", -5), line("b", "USD", 1), line("b", "KRW", 2)]
    assert totals(lines) == [Turnover("a", "KRW", 1, -5), Turnover("b", "KRW", 2, 7), Turnover("b", "USD", 1, 1)]


def test_a_closed_statement_drifts_when_a_line_comes_late() -> None:
    period = Period(AT, AT + timedelta(days=1))
    closed = [Statement("a", "KRW", period.since, period.until, 2, 7, AT + timedelta(days=1))]
    assert statement_drift(closed, {period: [Turnover("a", "KRW", 2, 7)]}) == []
    assert statement_drift(closed, {period: [Turnover("a", "KRW", 3, 9)]}) == [Drift("statement", "a", "KRW", 7, 9)]
    assert statement_drift(closed, {period: []}) == [Drift("statement", "a", "KRW", 7, 0)]


def test_a_period_has_a_length_and_is_closed_when_it_is_over() -> None:
    with pytest.raises(BadPeriod):
        Period(AT, AT)
    day = Period(AT, AT + timedelta(days=1))
    day.must_be_over(AT + timedelta(days=1))
    with pytest.raises(PeriodOpen):
        day.must_be_over(AT + timedelta(hours=23))


def test_accounts_are_named_after_the_partner() -> None:
    assert due("van") == "due:van"
