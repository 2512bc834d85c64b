"""What lies where on the first day, and what is on its way."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from . import allies
from .offers import store_range

LINES_PER_ORDER: Final = 2.2
UNITS_PER_LINE: Final = 1.3
_COVER_DAYS: Final = 3.5  # median; fresh goods turn faster
_FRESH_COVER_DAYS: Final = 1.8
_SHORT_SHARE: Final = 0.04  # of the most wanted twentieth: a fraction of a day's demand is all there is
_SHORT_COVER_DAYS: Final = 0.15
_STORE_LINES: Final = {True: 700, False: 280}  # SKUs of a large and of a small store

_CELL: Final = {
    "node_id": pl.String, "sku": pl.String, "owner_id": pl.String, "on_hand": pl.Int64, "safety": pl.Int64,
}  # fmt: skip

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]


class Stock(NamedTuple):
    """The columns of stock.balance (but what is reserved) and those of stock.inbound."""

    balance: pl.DataFrame
    inbound: pl.DataFrame


def stock(
    demand: pl.DataFrame,
    offers: pl.DataFrame,
    nodes: pl.DataFrame,
    orders_per_day: int,
    at: datetime,
    rng: np.random.Generator,
) -> Stock:
    """Fill the shelves for about `orders_per_day` orders a day, scarce where goods are hot.

    demand  as `goods.Goods.demand`
    offers  as `offers.offers`: a cell belongs to one of the SKU's sellers
    nodes   as `nodes.nodes`
    at      the instant of the count, UTC; inbound comes in the five days after it
    """
    daily = demand["share"].to_numpy() * orders_per_day * LINES_PER_ORDER * UNITS_PER_LINE
    cold = (demand["temperature"] != "ambient").to_numpy()
    cover = np.where(cold, _FRESH_COVER_DAYS, _COVER_DAYS) * rng.lognormal(0.0, 0.45, demand.height)
    hot = daily >= np.quantile(daily, 0.95)
    short = hot & (rng.random(demand.height) < _SHORT_SHARE)
    supply = np.where(short, _SHORT_COVER_DAYS, cover) * daily
    wanted = demand.with_columns(daily=pl.Series(daily), supply=pl.Series(supply), short=pl.Series(short))
    centres = _centres(wanted, offers, nodes, rng)
    balance = pl.concat([centres, _stores(wanted, nodes, rng)]).sort("node_id", "sku", "owner_id")
    return Stock(balance.select("node_id", "sku", "owner_id", "on_hand", "safety"), _inbound(centres, wanted, at, rng))


def _centres(wanted: pl.DataFrame, offers: pl.DataFrame, nodes: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Cells of the centres and the hub: the seller's own stock, a smaller one of its rival."""
    sold = offers.filter(pl.col("role") != "store").join(wanted, on="sku", maintain_order="left")
    part = pl.col("role").replace_strict({"main": 1.0, "abroad": 1.0, "rival": 0.25}, return_dtype=pl.Float64)
    sold = sold.with_columns(supply=pl.col("supply") * part, rank=pl.col("share").rank() / pl.len())
    ambient = sold.filter((pl.col("temperature") == "ambient") & (pl.col("role") != "abroad"))
    dry = nodes.filter(pl.col("kind") == "fulfilment_centre")
    dry = dry.sort("parcels_per_hour", "node_id", descending=[True, False])
    weights = (dry["parcels_per_hour"] / dry["parcels_per_hour"].sum()).to_list()
    parts: list[pl.DataFrame] = []
    for place, (node_id, weight) in enumerate(zip(dry["node_id"], weights, strict=True)):
        # The first carries everything, the others what is wanted often.
        kept = ambient if place == 0 else ambient.filter(pl.Series(rng.random(ambient.height)) < pl.col("rank") + 0.1)
        parts.append(_cells(kept, node_id, weight, rng))
    for node_id in nodes.filter(pl.col("kind") == "cold")["node_id"]:
        parts.append(_cells(sold.filter(pl.col("temperature") != "ambient"), node_id, 1.0, rng))
        table = ambient.filter(pl.col("affinity").is_in(["table", "home"]) & (pl.col("rank") > 0.5))
        parts.append(_cells(table, node_id, 0.25, rng))
    for node_id in nodes.filter(pl.col("kind").is_in(["bonded", "overseas_hub"]))["node_id"]:
        parts.append(_cells(sold.filter(pl.col("overseas")), node_id, 1.0, rng))
    return pl.concat(parts)


def _cells(sold: pl.DataFrame, node_id: str, weight: float, rng: np.random.Generator) -> pl.DataFrame:
    """One node's part of the supply, a few units of everything at least unless it is short."""
    least = np.where(sold["short"].to_numpy(), 1, rng.integers(4, 13, sold.height))
    on_hand = np.floor(sold["supply"].to_numpy() * weight).astype(np.int64) + least
    return sold.select(
        pl.lit(node_id).alias("node_id"),
        "sku",
        pl.col("seller_id").alias("owner_id"),
        pl.Series("on_hand", on_hand, pl.Int64),
        pl.Series("safety", np.minimum(on_hand // 20, 5), pl.Int64),
    )


def _stores(wanted: pl.DataFrame, nodes: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Each store's own choice of the retail group's range, likelier the more wanted (Gumbel's trick)."""
    listed = store_range(wanted)
    stores = nodes.filter(pl.col("kind") == "store").sort("node_id")
    share: Floats = listed["share"].to_numpy()
    pull = 0.8 * np.log(share)
    typical: Floats = 4 + 22 * np.sqrt(share / float(share.max()))
    parts: list[pl.DataFrame] = []
    for node_id, rate in stores.select("node_id", "parcels_per_hour").iter_rows():
        lines = min(_STORE_LINES[rate >= 50], listed.height)
        chosen = np.sort(np.argsort(-(pull + rng.gumbel(size=listed.height)), kind="stable")[:lines])
        more: Integers = rng.poisson(typical[chosen] * (1.0 if rate >= 50 else 0.6))
        on_hand = more + 2
        parts.append(
            pl.DataFrame(
                {
                    "node_id": [node_id] * lines,
                    "sku": listed["sku"].gather(chosen),
                    "owner_id": [allies.RETAILER] * lines,
                    "on_hand": on_hand,
                    "safety": 1 + (on_hand > 10).astype(np.int64),
                }
            )
        )
    return pl.concat(parts) if parts else pl.DataFrame(schema=_CELL)


def _inbound(centres: pl.DataFrame, wanted: pl.DataFrame, at: datetime, rng: np.random.Generator) -> pl.DataFrame:
    """What is short is on its way, and three in a hundred of the other cells are replenished."""
    cells = centres.join(wanted.select("sku", "daily", "short"), on="sku", maintain_order="left")
    cells = cells.filter(pl.col("short") | pl.Series(rng.random(cells.height) < 0.03))
    days = rng.integers(1, 6, cells.height)
    units = np.ceil(cells["daily"].to_numpy() * rng.uniform(1.0, 3.0, cells.height)).astype(np.int64) + 5
    return cells.select(
        "node_id",
        pl.format("in-{}", pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(6)).alias("inbound_id"),
        "sku",
        "owner_id",
        pl.Series("units", units, pl.Int64),
        pl.Series("due_at", [at + timedelta(days=int(day), hours=6) for day in days], pl.Datetime("us", "UTC")),
    ).sort("node_id", "inbound_id")
