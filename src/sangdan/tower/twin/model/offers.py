"""Who sells what at which price."""

from datetime import datetime
from typing import Final

import numpy as np
import polars as pl

from . import allies
from .skus import tag_price

STORE_DEPARTMENTS: Final = ("fresh", "chilled", "frozen", "pantry", "drinks", "household", "beauty", "kids", "pets")
STORE_RANGE: Final = 6000  # SKUs that the retail group lists: the most wanted of its departments
_RIVAL_SHARE: Final = 0.2
_RIVALS: Final = ("deulbit", "salimdoran", "oneulgyeol", "voltnaru")
_ABROAD_SHARE: Final = 0.4  # of the overseas SKUs: not in the country yet, so priced in dollars
_DOLLAR_PPM: Final = 1_442_880_000  # won for a dollar, millionths: customs week of 1 February 2026 (KCS)


def offers(demand: pl.DataFrame, valid_from: datetime, rng: np.random.Generator) -> pl.DataFrame:
    """The columns of catalogue.offer and `role`: main, rival, store or abroad.

    demand      as `goods.Goods.demand`
    valid_from  when all prices begin, UTC
    """
    count = demand.height
    main = demand["department"].replace_strict(allies.SELLERS, return_dtype=pl.String)
    abroad = demand["overseas"] & pl.Series(rng.random(count) < _ABROAD_SHARE)
    dollars = (demand["price_minor"] * 100_000_000 // _DOLLAR_PPM).cast(pl.Int64)
    base = demand.select("sku", main.alias("seller_id"), "price_minor", "pickup_only", "overseas").with_columns(
        currency=pl.when(abroad).then(pl.lit("USD")).otherwise(pl.lit("KRW")),
        price_minor=pl.when(abroad).then(dollars).otherwise("price_minor"),
        role=pl.when(abroad).then(pl.lit("abroad")).otherwise(pl.lit("main")),
    )
    base = base.filter(~pl.col("pickup_only"))  # alcohol is sold by the licensed shops alone
    rival = demand.filter(pl.Series(rng.random(count) < _RIVAL_SHARE) & ~demand["overseas"] & ~demand["pickup_only"])
    sellers = rng.choice(np.array(_RIVALS), rival.height)
    rivals = rival.select(
        "sku",
        pl.Series("seller_id", sellers),
        _repriced(rival["price_minor"], rng.uniform(0.97, 1.09, rival.height)),
        pl.lit("KRW").alias("currency"),
        pl.lit("rival").alias("role"),
    ).join(base.select("sku", "seller_id"), on=["sku", "seller_id"], how="anti")
    listed = store_range(demand)
    stores = listed.select(
        "sku",
        pl.lit(allies.RETAILER).alias("seller_id"),
        _repriced(listed["price_minor"], rng.uniform(0.96, 1.06, listed.height)),
        pl.lit("KRW").alias("currency"),
        pl.lit("store").alias("role"),
    )
    columns = ["sku", "seller_id", "currency", "price_minor", "role"]
    return (
        pl.concat([frame.select(columns) for frame in (base, rivals, stores)])
        .sort("sku", "seller_id")
        .select(
            "sku",
            "seller_id",
            pl.lit(valid_from, pl.Datetime("us", "UTC")).alias("valid_from"),
            pl.lit(None, pl.Datetime("us", "UTC")).alias("valid_to"),
            "currency",
            "price_minor",
            "role",
        )
    )


def store_range(demand: pl.DataFrame) -> pl.DataFrame:
    """The rows of `demand` that the retail group lists, most wanted first; alcohol always."""
    sold = demand.filter(pl.col("department").is_in(STORE_DEPARTMENTS)).sort("share", "sku", descending=[True, False])
    return sold.filter(pl.col("pickup_only") | (pl.int_range(pl.len()) < STORE_RANGE))


def rates(valid_from: datetime) -> pl.DataFrame:
    """The exchange rates that the offers need: what a dollar buys."""
    return pl.DataFrame({"source": ["USD"], "target": ["KRW"], "rate_ppm": [_DOLLAR_PPM], "valid_from": [valid_from]})


def _repriced(price: pl.Series, factor: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pl.Series:
    tagged = [tag_price(won * by) for won, by in zip(price.to_list(), factor.tolist(), strict=True)]
    return pl.Series("price_minor", tagged, pl.Int64)
