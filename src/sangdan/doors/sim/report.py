"""What a simulated run amounts to: one object for programs, one table for people."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from sangdan.doors.cli.output import table
from sangdan.flows.drift import drift
from sangdan.kit import ledger
from sangdan.kit.db import Conn
from sangdan.kit.money import spelled
from sangdan.kit.problems import Problem
from sangdan.offer.promise import commands as promise
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.tower.analytics import commands as analytics

ALL: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
PPM: Final = 1_000_000


class Told(msgspec.Struct, kw_only=True, omit_defaults=False):
    """The figures of a run. Shares are 0..1; sums by currency in its minor unit.

    orders_refused            by reason: the code of the problem that the shopper was given
    orders_cancelled          placed first; orders_cancelled_by tells why
    cost_minor                what fulfilling cost the alliance, in `currency`
    promise_on_time_share     kept parcels of all whose promise is closed
    promise_stated_share      the mean of the probabilities that those promises carried
    promise_mean_days         from placing to the promised instant, of all placed orders
    promises_recomputed       stored promises that were computed again
    promises_differing        of those, not to the same bytes
    """

    orders_in: int
    orders_placed: int
    orders_refused: dict[str, int]
    orders_delivered: int
    orders_cancelled: int
    orders_cancelled_by: dict[str, int]
    orders_open: int
    oversold_cells: int
    drift_rows: int
    ledger_sum_minor: dict[str, int]
    alliance_sum_minor: dict[str, int]
    promise_on_time_share: float | None
    promise_stated_share: float | None
    promise_mean_days: float | None
    promises_recomputed: int
    promises_differing: int
    split_rate: float | None
    fill_rate: float | None
    perfect_order_rate: float | None
    cost_minor: int
    currency: str | None
    co2e_g: int
    seconds: float = 0.0
    peak_pss_mb: float = 0.0


async def tell(conn: Conn, orders_in: int, refused: Mapping[str, int]) -> Told:
    """Sum a run up from its database.

    orders_in  wishes that the driver put
    refused    those that were refused, by problem code
    """
    figures = await analytics.report(conn, *ALL, None)
    assert len(figures.costs) <= 1, "a run has one currency"
    promises, same = await promise.recompute_all(conn)
    states: Counter[str] = Counter()
    cancelled: Counter[str] = Counter()
    for each in figures.states:
        states[each.state] += each.orders
        if each.state == "cancelled":
            cancelled[each.reason or "unknown"] += each.orders
    delivered = states["delivered"] + states["confirmed"]
    everything = next((a for a in figures.accuracy if a.by == "all"), None)
    return Told(
        orders_in=orders_in,
        orders_placed=figures.orders,
        orders_refused=dict(sorted(refused.items())),
        orders_delivered=delivered,
        orders_cancelled=cancelled.total(),
        orders_cancelled_by=dict(sorted(cancelled.items())),
        orders_open=figures.orders - delivered - states["cancelled"],
        oversold_cells=await stock.oversold(conn),
        drift_rows=len(await drift(conn)),
        ledger_sum_minor=await _sums(conn, None),
        alliance_sum_minor=await _sums(conn, "due:"),
        promise_on_time_share=None if everything is None else everything.kept_ppm / PPM,
        promise_stated_share=None if everything is None else everything.stated_ppm / PPM,
        promise_mean_days=await orders.promised_days(conn),
        promises_recomputed=promises,
        promises_differing=promises - same,
        split_rate=_share(figures.split.ppm),
        fill_rate=_share(figures.fill.ppm),
        perfect_order_rate=_share(figures.perfect.ppm),
        cost_minor=sum(each.cost_minor for each in figures.costs),
        currency=figures.costs[0].currency if figures.costs else None,
        co2e_g=sum(each.co2e_g for each in figures.costs),
    )


async def _sums(conn: Conn, prefix: str | None) -> dict[str, int]:
    """Credits less debits of every account, or of the alliance's dues, by currency: zero when all is well."""
    sums: Counter[str] = Counter()
    for balance in await ledger.balances(conn, None if prefix is None else "alliance"):
        if prefix is None or balance.account.startswith(prefix):
            sums[balance.currency] += balance.credits_minor - balance.debits_minor
    return dict(sums)


def _share(ppm: int | None) -> float | None:
    return None if ppm is None else ppm / PPM


def why_refused(problem: Problem, service: str) -> str:
    """A refusal's code; for a basket that nothing can bring, with the first cause that the hoped-for service gives."""
    services: dict[str, list[dict[str, Any]]] = problem.facts.get("services", {})
    for each in (service, *services):
        for cause in services.get(each, []):
            return f"{problem.code}: {cause['code']}"
    return problem.code


def spoken(told: Told, more: Mapping[str, Any] | None = None) -> str:
    """The table that people read."""
    refused = sum(told.orders_refused.values())
    rows: list[tuple[str, str]] = [
        ("orders asked for", f"{told.orders_in:,}"),
        ("placed", f"{told.orders_placed:,}"),
        ("refused", _counted(refused, told.orders_refused)),
        ("delivered", f"{told.orders_delivered:,}"),
        ("cancelled", _counted(told.orders_cancelled, told.orders_cancelled_by)),
        ("still open", f"{told.orders_open:,}"),
        ("promises kept", f"{_percent(told.promise_on_time_share)}, stated {_percent(told.promise_stated_share)}"),
        ("promised after", "-" if told.promise_mean_days is None else f"{told.promise_mean_days:.2f} days on the mean"),
        ("promises computed again", f"{told.promises_recomputed:,}, of them {told.promises_differing:,} differ"),
        ("split orders", _percent(told.split_rate)),
        ("units shipped of wanted", _percent(told.fill_rate)),
        ("perfect orders", _percent(told.perfect_order_rate)),
        (
            "fulfilment cost",
            "-" if told.currency is None else f"{spelled(told.cost_minor, told.currency)} {told.currency}",
        ),
        ("CO2e", f"{told.co2e_g / 1000:,.1f} kg"),
        *((name, str(value)) for name, value in (more or {}).items()),
        ("ledger sum", ", ".join(f"{m} {c}" for c, m in told.ledger_sum_minor.items()) or "-"),
        ("sum over the alliance", ", ".join(f"{m} {c}" for c, m in told.alliance_sum_minor.items()) or "-"),
        ("oversold cells", str(told.oversold_cells)),
        ("drift", f"{told.drift_rows} rows"),
        ("took", f"{told.seconds:.1f} s, {told.peak_pss_mb:,.0f} MB at most"),
    ]
    return table(("", ""), rows)


def _counted(total: int, reasons: Mapping[str, int]) -> str:
    return f"{total:,}" + (f" ({', '.join(f'{n:,} {reason}' for reason, n in reasons.items())})" if reasons else "")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"


def sound(told: Told) -> bool:
    """Whether every unit and every won is accounted for."""
    sums = (*told.ledger_sum_minor.values(), *told.alliance_sum_minor.values())
    return not (told.drift_rows or told.oversold_cells or told.promises_differing or any(sums))
