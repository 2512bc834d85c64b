"""The ledger: one effect a transfer, balances that follow, limits that hold in every interleaving."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids
from sangdan.kit.ledger import (
    LimitPassed,
    PendingDiffers,
    PendingEnded,
    PendingMissing,
    Transfer,
    TransferDiffers,
    balances,
    drift,
    entries,
    listing,
    open_account,
    post,
)
from sangdan.kit.lists import Wish
from sangdan.kit.problems import Problem

AT = datetime(2026, 11, 21, tzinfo=UTC)
ids = Ids(seed=7)


def a_transfer(**changes: Any) -> Transfer:
    usual = Transfer(
        book="market",
        transfer_id=ids.new(AT),
        currency="KRW",
        debit="gateway",
        credit="escrow",
        amount_minor=1_000,
        kind="test",
        reference="order-1",
        at=AT,
    )
    return replace(usual, **changes)


def an_end(pending: Transfer, phase: str, **changes: Any) -> Transfer:
    return replace(pending, transfer_id=ids.new(AT), phase=phase, pending_id=pending.transfer_id, **changes)


async def sums(conn: Conn, book: str = "market") -> dict[str, tuple[int, int, int, int]]:
    return {
        b.account: (b.debits_minor, b.credits_minor, b.debits_pending, b.credits_pending)
        for b in await balances(conn, book)
    }


async def test_a_transfer_moves_both_sides_and_a_twin_moves_nothing(conn: Conn) -> None:
    moved = a_transfer()
    assert await post(conn, [moved]) == 1
    assert await post(conn, [moved, replace(moved, at=AT + timedelta(hours=1))]) == 0
    assert await sums(conn) == {"escrow": (0, 1_000, 0, 0), "gateway": (1_000, 0, 0, 0)}
    assert await post(conn, []) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 999},
        {"credit": "due"},
        {"debit": "due"},
        {"currency": "BRL"},
        {"kind": "x"},
        {"reference": "x"},
    ],
)
async def test_the_same_id_in_other_words_is_refused(conn: Conn, change: dict[str, Any]) -> None:
    moved = a_transfer()
    await post(conn, [moved])
    with pytest.raises(TransferDiffers):
        await post(conn, [a_transfer(), replace(moved, **change)])
    with pytest.raises(TransferDiffers):
        await post(conn, [moved, replace(moved, **change)])


async def test_the_same_id_in_two_books_is_two_transfers(conn: Conn) -> None:
    moved = a_transfer()
    assert await post(conn, [moved, replace(moved, book="alliance")]) == 2


async def test_a_pending_amount_is_held_then_taken_in_part(conn: Conn) -> None:
    held = a_transfer(phase="pending")
    await post(conn, [held])
    assert await sums(conn) == {"escrow": (0, 0, 0, 1_000), "gateway": (0, 0, 1_000, 0)}

    taken = an_end(held, "post", amount_minor=700)
    assert await post(conn, [taken]) == 1
    assert await post(conn, [taken, held]) == 0
    assert await sums(conn) == {"escrow": (0, 700, 0, 0), "gateway": (700, 0, 0, 0)}
    assert await drift(conn) == []


async def test_a_void_lets_all_of_it_go(conn: Conn) -> None:
    held, other = a_transfer(phase="pending"), a_transfer(phase="pending", amount_minor=5)
    await post(conn, [held, other])
    await post(conn, [an_end(held, "void"), a_transfer(amount_minor=3)])
    assert await sums(conn) == {"escrow": (0, 3, 0, 5), "gateway": (3, 0, 5, 0)}


@pytest.mark.parametrize("second", ["post", "void"])
async def test_a_pending_transfer_ends_once(conn: Conn, second: str) -> None:
    held = a_transfer(phase="pending")
    await post(conn, [held])
    await post(conn, [an_end(held, "post")])
    with pytest.raises(PendingEnded):
        await post(conn, [an_end(held, second)])


@pytest.mark.parametrize(
    ("phase", "change"),
    [
        ("post", {"amount_minor": 1_001}),
        ("void", {"amount_minor": 999}),
        ("post", {"credit": "elsewhere"}),
        ("void", {"debit": "elsewhere"}),
        ("post", {"currency": "BRL"}),
    ],
)
async def test_an_end_must_fit_what_it_ends(conn: Conn, phase: str, change: dict[str, Any]) -> None:
    held = a_transfer(phase="pending")
    await post(conn, [held])
    with pytest.raises(PendingDiffers):
        await post(conn, [an_end(held, phase, **change)])


async def test_an_end_needs_a_pending_transfer_of_its_own_book(conn: Conn) -> None:
    moved, held = a_transfer(), a_transfer(phase="pending")
    await post(conn, [moved, held])
    for end in (an_end(moved, "post"), an_end(a_transfer(), "void"), an_end(held, "post", book="alliance")):
        with pytest.raises(PendingMissing):
            await post(conn, [end])


async def test_entries_are_what_moved_in_the_period(conn: Conn) -> None:
    early, held = a_transfer(), a_transfer(phase="pending", at=AT + timedelta(hours=1))
    await post(conn, [early, held, a_transfer(at=AT + timedelta(days=1), amount_minor=3)])
    await post(conn, [an_end(held, "post", amount_minor=40, at=AT + timedelta(hours=2))])

    day = await entries(conn, "market", AT, AT + timedelta(days=1))
    assert [(e.account, e.net_minor) for e in day] == [
        ("escrow", 1_000), ("escrow", 40), ("gateway", -1_000), ("gateway", -40),
    ]  # fmt: skip
    assert [e.net_minor for e in await entries(conn, "market", AT, AT + timedelta(days=2), account="escrow")] == [
        1_000, 40, 3,
    ]  # fmt: skip
    assert await entries(conn, "market", AT, AT + timedelta(days=2), currency="BRL") == []


async def test_one_s_own_lines_are_found_behind_any_number_of_others(
    conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "ENTRIES", replace(listing.ENTRIES, most=5))
    mine = [("small", "house", 1), ("house", "small", 2), ("small", "large", 3)]
    others = [("large", "house", hour) for hour in range(10, 30)]
    await post(conn, [
        a_transfer(book="alliance", debit=debit, credit=credit, at=AT + timedelta(hours=hour))
        for debit, credit, hour in mine + others
    ])  # fmt: skip

    async def seen(by: str | None, **filters: str) -> list[tuple[str, int]]:
        rows = await listing.listed_entries(conn, "alliance", by, Wish(filters, "at", descending=True), 5)
        return [(row.account, row.net_minor) for row in rows]

    lines = [("small", -1_000), ("small", 1_000), ("small", -1_000)]
    assert [await seen("small"), await seen("small", account="small"), await seen(None, account="small")] == [lines] * 3
    assert await seen("small", account="large") == []
    wish = Wish({}, "at", descending=True)
    assert await listing.listed_end(conn, "alliance", "small", wish) is None
    assert await listing.listed_end(conn, "alliance", None, wish) is not None

    await conn.execute("SET LOCAL enable_seqscan = off")
    own = listing.ENTRIES.statement({"account": ""}, "at", descending=True, after=False)
    values = {"account": "small", "book": "alliance", "most": 5, "limit": 5}
    plan = str(await (await conn.execute("EXPLAIN " + own, values)).fetchall())
    assert re.search("transfer_by_(debit|credit)", plan), "an index of the alliance's book alone serves it"


@pytest.mark.parametrize(("bound", "spend"), [("debit", ("points", "shop")), ("credit", ("shop", "points"))])
async def test_a_limit_holds_for_pending_amounts_too(conn: Conn, bound: Any, spend: tuple[str, str]) -> None:
    debit, credit = spend
    await open_account(conn, "market", "points", "KRW", bound)
    await post(conn, [a_transfer(debit=credit, credit=debit, amount_minor=100)])
    held = a_transfer(debit=debit, credit=credit, amount_minor=60, phase="pending")
    await post(conn, [held])

    with pytest.raises(LimitPassed):
        async with conn.transaction():
            await post(conn, [a_transfer(debit=debit, credit=credit, amount_minor=41)])
    await post(conn, [an_end(held, "post", amount_minor=10)])
    assert await post(conn, [a_transfer(debit=debit, credit=credit, amount_minor=90)]) == 1


async def test_a_limit_is_not_set_behind_an_account_that_has_passed_it(conn: Conn) -> None:
    await post(conn, [a_transfer()])
    await open_account(conn, "market", "escrow", "KRW", "debit")
    with pytest.raises(LimitPassed):
        await open_account(conn, "market", "gateway", "KRW", "debit")


async def test_no_interleaving_passes_a_limit(db: Pool) -> None:
    """100 points, and 40 buyers of 7 points each, half of them by way of a hold: exactly 14 succeed."""
    async with db.transaction() as conn:
        await open_account(conn, "market", "points", "KRW", "debit")
        await post(conn, [a_transfer(debit="bank", credit="points", amount_minor=100)])

    async def spend(number: int) -> int:
        taken = a_transfer(debit="points", credit=f"shop-{number % 5}", amount_minor=7)
        if number % 2:
            async with db.transaction() as conn:
                return await post(conn, [taken])
        async with db.transaction() as conn:
            await post(conn, [held := replace(taken, phase="pending")])
        async with db.transaction() as conn:
            return await post(conn, [an_end(held, "post")])

    answers = await asyncio.gather(*(spend(n) for n in range(40)), return_exceptions=True)

    assert Counter(map(type, answers)) == {int: 14, LimitPassed: 26}
    async with db.connection() as conn:
        assert (await sums(conn))["points"] == (98, 100, 0, 0)
        assert await drift(conn) == []


async def test_twenty_twins_at_once_are_one_transfer(db: Pool) -> None:
    moved = a_transfer()

    async def send(amount_minor: int) -> int:
        async with db.transaction() as conn:
            return await post(conn, [replace(moved, amount_minor=amount_minor), a_transfer()])

    answers = await asyncio.gather(*(send(1_000) for _ in range(20)))
    assert sorted(answers) == [1] * 19 + [2]
    with pytest.raises(TransferDiffers):
        await send(1_001)
    async with db.connection() as conn:
        assert await sums(conn) == {"escrow": (0, 21_000, 0, 0), "gateway": (21_000, 0, 0, 0)}


async def test_of_many_ends_at_once_one_wins(db: Pool) -> None:
    held = a_transfer(phase="pending")
    async with db.transaction() as conn:
        await post(conn, [held])

    async def end(number: int) -> int:
        async with db.transaction() as conn:
            return await post(conn, [an_end(held, "void" if number % 2 else "post")])

    answers = await asyncio.gather(*(end(n) for n in range(16)), return_exceptions=True)
    assert Counter(map(type, answers)) == {int: 1, PendingEnded: 15}
    async with db.connection() as conn:
        assert await drift(conn) == []


async def test_batches_that_cross_open_accounts_and_never_deadlock(db: Pool) -> None:
    """Each batch touches the same new accounts in another order; one order of locks serves them all."""
    names = [f"account-{n}" for n in range(12)]

    async def send(shift: int) -> int:
        turned = names[shift:] + names[:shift]
        async with db.transaction() as conn:
            return await post(
                conn, [a_transfer(debit=a, credit=b) for a, b in zip(turned, turned[1:] + turned[:1], strict=True)]
            )

    for _ in range(5):
        assert await asyncio.gather(*(send(n) for n in range(12))) == [12] * 12
    async with db.connection() as conn:
        assert set((await sums(conn)).values()) == {(60_000, 60_000, 0, 0)}


@pytest.mark.parametrize(
    ("damage", "checks"),
    [
        (
            "UPDATE kit.account SET credits_minor = credits_minor + 1 WHERE account = 'escrow'",
            {"credits_minor", "book"},
        ),
        ("UPDATE kit.account SET debits_minor = debits_minor - 1 WHERE account = 'gateway'", {"debits_minor", "book"}),
        ("UPDATE kit.account SET debits_pending = 1 WHERE account = 'gateway'", {"debits_pending"}),
        ("UPDATE kit.account SET credits_pending = 1 WHERE account = 'gateway'", {"credits_pending"}),
        ("DELETE FROM kit.account WHERE account = 'gateway'", {"debits_minor", "debits_pending", "book"}),
        (
            "INSERT INTO kit.transfer SELECT book, gen_random_uuid(), currency, debit, credit, 5, 'single', NULL, "
            "kind, reference, at FROM kit.transfer LIMIT 1",
            {"debits_minor", "credits_minor"},
        ),
        (
            "INSERT INTO kit.transfer SELECT book, gen_random_uuid(), currency, debit, credit, 5, 'void', "
            "gen_random_uuid(), kind, reference, at FROM kit.transfer LIMIT 1",
            {"end"},
        ),
    ],
)
async def test_drift_sees_damage(conn: Conn, damage: LiteralString, checks: set[str]) -> None:
    await post(conn, [a_transfer(), a_transfer(phase="pending", amount_minor=7)])
    assert await drift(conn) == []
    await conn.execute(damage)
    assert {row.check for row in await drift(conn)} == checks


class Model:
    """The ledger in plain Python: what `post` must do, without the concurrency."""

    def __init__(self, bounded: Iterable[str]) -> None:
        self.bounded = set(bounded)
        self.known: dict[UUID, Transfer] = {}
        self.accounts: dict[str, list[int]] = {}

    def post(self, batch: list[Transfer]) -> int | type[Problem]:
        distinct: dict[UUID, Transfer] = {}
        for each in batch:
            if distinct.setdefault(each.transfer_id, each) != each:
                return TransferDiffers
        accounts = {name: list(row) for name, row in self.accounts.items()}
        ended = {each.pending_id for each in self.known.values() if each.pending_id}
        entered: list[Transfer] = []
        left: list[Transfer] = []
        for each in sorted(distinct.values(), key=lambda t: t.transfer_id):
            if each.transfer_id in self.known or each.pending_id in ended:
                left.append(each)
                continue
            entered.append(each)
            if each.pending_id:
                ended.add(each.pending_id)
            self._move(accounts, each)
        problem = self._problem(accounts, entered, left)
        if problem is not None:
            return problem
        self.accounts = accounts
        self.known |= {each.transfer_id: each for each in entered}
        return len(entered)

    def _move(self, accounts: dict[str, list[int]], each: Transfer) -> None:
        for account, column in ((each.debit, 0), (each.credit, 1)):
            row = accounts.setdefault(account, [0, 0, 0, 0])
            if each.phase in ("single", "post"):
                row[column] += each.amount_minor
            if each.phase == "pending":
                row[column + 2] += each.amount_minor
        held = self.known.get(each.pending_id) if each.pending_id else None
        if held and held.phase == "pending":
            accounts[held.debit][2] -= held.amount_minor
            accounts[held.credit][3] -= held.amount_minor

    def _problem(
        self, accounts: dict[str, list[int]], entered: list[Transfer], left: list[Transfer]
    ) -> type[Problem] | None:
        if any(row[0] + row[2] > row[1] for name, row in accounts.items() if name in self.bounded):
            return LimitPassed
        ends = [(each, self.known.get(each.pending_id)) for each in entered if each.pending_id]
        if any(held is None or held.phase != "pending" for _, held in ends):
            return PendingMissing
        for each, held in ends:
            assert held is not None
            too_much = each.amount_minor > held.amount_minor
            too_little = each.phase == "void" and each.amount_minor != held.amount_minor
            if too_much or too_little or (each.debit, each.credit) != (held.debit, held.credit):
                return PendingDiffers
        for each in left:
            if each.transfer_id not in self.known:
                return PendingEnded
            if self.known[each.transfer_id] != each:
                return TransferDiffers
        return None


pool = [ids.new(AT) for _ in range(30)]


@st.composite
def histories(draw: st.DrawFn) -> list[list[Transfer]]:
    """Batches of few accounts and small amounts, full of twins, ends, and ids used again."""
    earlier: list[Transfer] = []
    batches: list[list[Transfer]] = []
    for _ in range(draw(st.integers(3, 12))):
        batch: list[Transfer] = []
        for _ in range(draw(st.integers(1, 3))):
            phase = draw(st.sampled_from(["single", "pending", "post", "post", "void", "twin"]))
            debit, credit = draw(st.sampled_from([("a", "b"), ("a", "c"), ("c", "b")]))
            each = a_transfer(
                transfer_id=draw(st.sampled_from(pool)),
                debit=debit,
                credit=credit,
                amount_minor=draw(st.integers(1, 3)),
            )
            if phase == "pending":
                each = replace(each, phase=phase)
            elif phase != "single" and earlier:
                held = [t for t in earlier if t.phase == "pending"]
                other = draw(st.sampled_from(held * 3 + earlier))
                amount_minor = draw(st.sampled_from([other.amount_minor, other.amount_minor, 1, 3]))
                end = replace(other, transfer_id=each.transfer_id, phase=phase, pending_id=other.transfer_id)
                each = other if phase == "twin" else replace(end, amount_minor=amount_minor)
            batch.append(each)
        earlier += batch
        batches.append(batch)
    return batches


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=histories())
async def test_any_history_agrees_with_the_model(conn: Conn, batches: list[list[Transfer]]) -> None:
    """Same answers, same problems, same balances, and no drift after any of it."""
    model = Model(bounded={"c"})
    async with conn.transaction(force_rollback=True):
        await open_account(conn, "market", "c", "KRW", "debit")
        for batch in batches:
            expected = model.post(batch)
            try:
                async with conn.transaction():
                    answer: int | type[Problem] = await post(conn, batch)
            except Problem as problem:
                answer = type(problem)
            assert answer == expected
            event(str(answer))
        assert await sums(conn) == {"c": (0, 0, 0, 0)} | {k: tuple(v) for k, v in model.accounts.items()}
        assert await drift(conn) == []
