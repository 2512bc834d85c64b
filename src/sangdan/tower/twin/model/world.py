"""The demo world: a national alliance from a seed, as tables that the import takes."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from . import allies, calendars, geography, goods, lanes, members, nodes, offers, shelves, showing
from .randomness import stream

SEOUL: Final = ZoneInfo("Asia/Seoul")
TABLES: Final = (
    "partners", "contracts", "disclosures", "calendars", "calendar-days", "zones", "postcodes", "nodes", "lanes",
    "surcharges", "categories", "products", "product-texts", "skus", "contents", "offers", "rates", "stock", "inbound",
    "members", "people",
)  # fmt: skip


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How large a world is.

    centres         fulfilment centres, 3..8: one is cold, one bonded, the others dry
    stores          >= 0
    products        100..100,000; there are about 1.7 times as many SKUs
    orders_per_day  what stock and capacity are made for, >= 1
    members         >= 1
    """

    centres: int = 5
    stores: int = 400
    products: int = 20_000
    orders_per_day: int = 140_000
    members: int = 30_000


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A world, and what only its reality knows.

    tables  the imports by their names, in the order in which they must be loaded
    places  postcode, sido, sigungu, dong, lat, lon
    demand  for each SKU what share of all order lines it gets, and what kind of goods it is (goods.Goods.demand)
    """

    seed: int
    start_on: date
    size: Size
    tables: dict[str, pl.DataFrame]
    places: pl.DataFrame
    demand: pl.DataFrame


def make_world(seed: int, places: pl.DataFrame, start_on: date, size: Size) -> World:
    """The same world for the same arguments, to the byte.

    places    as sangdan.adapters.korea.places or read_places gives
    start_on  the local day on which it begins; prices begin a month and calendars two days before
    source    everything but the postcodes is invented; 20,000 products and 400 stores: 2 to 4 s and 250 MB on two cores
    """
    places = places.sort("postcode")
    begins = datetime.combine(start_on, time(), SEOUL).astimezone(UTC)
    since = begins - timedelta(days=30)
    zones = geography.zones(places)
    all_nodes = nodes.nodes(places, size.centres, size.stores, size.orders_per_day, stream(seed, "stores"))
    made = goods.goods(size.products, stream(seed, "goods"))
    priced = offers.offers(made.demand, since, stream(seed, "offers"))
    laid = shelves.stock(made.demand, priced, all_nodes, size.orders_per_day, begins, stream(seed, "stock"))
    joined = members.members(size.members, places, start_on, stream(seed, "members"))
    tables = {
        "partners": allies.partners(),
        "contracts": allies.contracts(start_on),
        "disclosures": allies.disclosures(),
        "calendars": calendars.calendars(),
        "calendar-days": calendars.calendar_days(start_on - timedelta(days=2)),
        "zones": pl.concat([zones, nodes.outside_zones()]).sort("zone_id"),
        "postcodes": geography.postcodes(places),
        "nodes": all_nodes,
        "lanes": lanes.lanes(zones, all_nodes, places),
        "surcharges": lanes.surcharges(),
        "categories": showing.categories(),
        "products": made.product,
        "product-texts": showing.texts(made.product, made.sku),
        "skus": made.sku,
        "contents": showing.contents(made.sku, made.product),
        "offers": priced.drop("role"),
        "rates": offers.rates(since),
        "stock": laid.balance,
        "inbound": laid.inbound,
        "members": joined,
        "people": members.people(joined, places, allies.SHOP, stream(seed, "people")),
    }
    assert tuple(tables) == TABLES
    here = priced.filter(pl.col("role") == "abroad")["sku"]
    demand = made.demand.with_columns(abroad=pl.col("sku").is_in(here.implode()))
    return World(seed=seed, start_on=start_on, size=size, tables=tables, places=places, demand=demand)
