"""A broadcast offer: which goods are on air, and how an alliance is dressed for it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import polars as pl

from .stage import Tables

CENTRE: Final = "fc-icheon"
LATER: Final = "fc-gimhae"  # gets more of the offer in three days
ROOMY: Final = 20_000
FAR: Final = timedelta(days=3)


class Offer(msgspec.Struct, frozen=True):
    """What is broadcast: one SKU of a product that has others, and who sells it."""

    sku: str
    name_ko: str
    name_en: str
    seller_id: str


def offer_of(tables: Tables) -> Offer:
    """The SKU on air: ambient, for everybody, of a product that comes in other packs, in the centre's shelves."""
    skus = tables["skus"].filter(
        pl.col("temperature") == "ambient", pl.col("age_limit") == 0, ~pl.col("pickup_only"), pl.col("weight_g") < 3000
    )
    several = skus.filter(pl.len().over("product_id") > 1)
    sold = several.join(tables["offers"], on="sku").join(
        tables["stock"].filter(pl.col("node_id") == CENTRE), left_on=["sku", "seller_id"], right_on=["sku", "owner_id"]
    )
    there = sold.filter(pl.col("sku").n_unique().over("product_id") > 1, pl.col("currency") == "KRW")
    first = there.sort("sku").row(0, named=True)
    return Offer(first["sku"], first["name_ko"], first["name_en"], first["seller_id"])


def ordinary_goods(tables: Tables, offer: Offer) -> list[str]:
    """What others buy meanwhile: goods of which the centre holds plenty."""
    held = tables["stock"].filter(pl.col("node_id") == CENTRE, pl.col("on_hand") >= ROOMY)
    return sorted(set(held["sku"]) - {offer.sku})


def dressed(tables: Tables, offer: Offer, units: int) -> Tables:
    """So many units of the offer in the centre, more of it elsewhere in three days, and hours that take a rush."""
    stock, inbound = tables["stock"], tables["inbound"]
    mine = (pl.col("sku") == offer.sku) & (pl.col("owner_id") == offer.seller_id)
    centre = pl.col("node_id") == CENTRE
    plenty = pl.when(centre).then(pl.lit(ROOMY + 1000)).otherwise(pl.col("on_hand"))
    stock = stock.filter((pl.col("sku") != offer.sku) | (mine & centre)).with_columns(
        on_hand=pl.when(mine).then(pl.lit(units)).otherwise(plenty).cast(pl.Int64),
        safety=pl.when(centre).then(pl.lit(0)).otherwise(pl.col("safety")).cast(pl.Int64),
    )
    due_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + FAR
    more = pl.DataFrame(
        {
            "node_id": [LATER], "inbound_id": ["broadcast"], "sku": [offer.sku], "owner_id": [offer.seller_id],
            "units": [ROOMY], "due_at": [due_at],
        },
        schema=inbound.schema,
    )  # fmt: skip
    nodes = tables["nodes"].with_columns(parcels_per_hour=pl.lit(ROOMY).cast(tables["nodes"]["parcels_per_hour"].dtype))
    inbound = pl.concat([inbound.filter(pl.col("sku") != offer.sku), more])
    return {**tables, "nodes": nodes, "stock": stock, "inbound": inbound}


def on_the_shelf(ways: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The first way of an answer that waits for no further supply."""
    return next((each for each in ways if not any(_awaited(parcel) for parcel in each["way"]["parcels"])), None)


def _awaited(parcel: dict[str, Any]) -> bool:
    return any(part["inbound_id"] is not None for part in parcel["contents"])
