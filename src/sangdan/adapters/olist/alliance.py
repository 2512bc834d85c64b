"""The marketplace as an alliance: tables by the names and columns of `sangdan import`.

What the files do not say is made up, and said here: the terms of contracts, one carrier, its departures and its
configured transit times, which come from distance alone. Prices and tariffs come from the files; of deliveries nothing
does. Only what the orders name is brought in: their sellers, products, zip prefixes and shoppers.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import polars as pl

from .files import BadOlist, Files, numbers
from .orders import TIMEZONE, Orders
from .places import STATES, Map, Point, e6, metres
from .tariffs import tariffs

SHOP: Final = "market"
CARRIER: Final = "carrier"
CURRENCY: Final = "BRL"
CALENDAR: Final = "always"
CUT_OFF, DEPARTURE = "18:00", "18:00"
PARCELS_PER_HOUR: Final = 1_000_000
HEAVIEST_G: Final = 2_000_000
LEAST_M: Final = 100_000  # within a state
CO2E_MG_PER_KG_KM: Final = 105
# What a product weighs and measures of which the file does not say it.
WEIGHT_G: Final = 1000
SIDE_CM: Final = 20
# Configured transit: so many seconds at the median, and so many times that at each point of the grid. Wide on purpose.
TRANSIT_S, TRANSIT_S_PER_KM = 7 * 86_400, 450
SPREAD: Final = (0.15, 0.35, 0.45, 0.65, 1.0, 1.5, 2.2, 2.8, 4.5, 8.0)
_COMMISSION_PPM, _GATEWAY_PPM = 120_000, 25_000


class Seller(msgspec.Struct, frozen=True):
    """A node to be: where a seller sends from."""

    seller_id: str
    city: str
    state: str
    point: Point


class Alliance(msgspec.Struct, frozen=True):
    """What the replay loads, and what it must know of places.

    opens_at  when everything is loaded: before the first order
    tables    by kind of import, in the order in which they are imported
    sellers   by id
    points    by zip prefix of the shoppers
    """

    opens_at: datetime
    tables: Mapping[str, pl.DataFrame]
    sellers: Mapping[str, Seller]
    points: Mapping[str, Point]


def alliance_of(files: Files, orders: Orders, share: float = 1.0) -> Alliance:
    """Make the tables.

    share   of the units that the orders ask for, 0..1: each shelf holds that part of them, rounded down
    raises  BadOlist for a cell that is no number, and when there is no order to make it for
    """
    if not orders.wishes:
        raise BadOlist(f"None of {orders.rows_in} orders can be put: {dict(orders.left_out)}.", rows=orders.rows_in)
    where = Map(files.places)
    sellers = _sellers(files.sellers, orders, where)
    points = {wish.postcode: where.of_zip(wish.postcode, wish.state) for wish in orders.wishes}
    states = sorted({wish.state for wish in orders.wishes} | {seller.state for seller in sellers.values()})
    opens_at = orders.wishes[0].bought_at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
    goods = files.products.filter(pl.col("product_id").is_in(orders.items["product_id"].unique().implode())).unique(
        "product_id", keep="first", maintain_order=True
    )
    products = _goods(goods, files.categories)
    tables = {
        "partners": _partners(sellers),
        "contracts": _contracts(sellers, opens_at),
        "calendars": _calendars(),
        "zones": _zones(STATES, where),
        "postcodes": _rows({"postcode": w.postcode, "zone_id": w.state} for w in orders.wishes).unique(
            "postcode", keep="first", maintain_order=True
        ),
        "nodes": _nodes(sellers),
        "lanes": _lanes(sellers, states, products, orders, where),
        "products": products.select("product_id", "category", "name_ko", "name_en"),
        "skus": products.select(
            "sku", "product_id", "name_ko", "name_en", "weight_g", "length_mm", "width_mm", "height_mm",
            pl.lit("ambient").alias("temperature"), pl.lit("exempt").alias("vat_class"),
        ),
        "offers": _offers(orders.items, opens_at),
        "stock": _stock(orders.items, share),
        "members": _rows({"member_id": w.shopper_id, "postcode": w.postcode} for w in orders.wishes).unique(
            "member_id", keep="first", maintain_order=True
        ),
    }  # fmt: skip
    return Alliance(opens_at, tables, sellers, points)


def _rows(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def _sellers(files: pl.DataFrame, orders: Orders, where: Map) -> dict[str, Seller]:
    named = files.filter(pl.col("seller_id").is_in(orders.items["seller_id"].unique().implode())).sort("seller_id")
    columns = ("seller_id", "seller_zip_code_prefix", "seller_city", "seller_state")
    return {
        seller_id: Seller(seller_id, city or "?", state, where.of_zip((postcode or "").zfill(5), state))
        for seller_id, postcode, city, state in named.select(columns).iter_rows()
    }


def _partners(sellers: Mapping[str, Seller]) -> pl.DataFrame:
    ours = [
        {"partner_id": SHOP, "kind": "marketplace", "name_ko": "장터", "name_en": "The marketplace"},
        {"partner_id": CARRIER, "kind": "carrier", "name_ko": "운송사", "name_en": "The carrier"},
    ]
    theirs = [
        {"partner_id": each, "kind": "seller", "name_ko": f"판매자 {each[:8]}", "name_en": f"Seller {each[:8]}"}
        for each in sellers
    ]
    return _rows(ours + theirs)


def _contracts(sellers: Mapping[str, Seller], opens_at: datetime) -> pl.DataFrame:
    """Sellers pay a commission; the shop pays its gateway. Nobody bears VAT: the files know none."""
    from_on = opens_at.date() - timedelta(days=1)
    return _rows(
        {
            "partner_id": partner_id,
            "valid_from": from_on,
            "currency": CURRENCY,
            "commission_ppm": 0 if partner_id in (SHOP, CARRIER) else _COMMISSION_PPM,
            "gateway_fee_ppm": _GATEWAY_PPM if partner_id == SHOP else 0,
            "vat_ppm": 0,
            "settlement_cycle": "monthly",
        }
        for partner_id in (SHOP, CARRIER, *sellers)
    )


def _calendars() -> pl.DataFrame:
    """Open day and night: when a seller really hands over is for reality to say."""
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")
    return _rows([{"calendar_id": CALENDAR, "timezone": TIMEZONE, "holidays": "none", **hours}])


def _zones(states: Mapping[str, tuple[str, str]], where: Map) -> pl.DataFrame:
    points = {state: where.of_state(state) for state in states}
    return _rows(
        {"zone_id": state, "name_ko": ko, "name_en": en, "lat_e6": e6(points[state][0]), "lon_e6": e6(points[state][1])}
        for state, (ko, en) in states.items()
    )


def _nodes(sellers: Mapping[str, Seller]) -> pl.DataFrame:
    return _rows(
        {
            "node_id": each.seller_id, "kind": "fulfilment_centre", "operator_id": each.seller_id,
            "name_ko": f"{STATES[each.state][0]} {each.city}", "name_en": f"{each.city}, {STATES[each.state][1]}",
            "zone_id": each.state, "lat_e6": e6(each.point[0]), "lon_e6": e6(each.point[1]),
            "temperatures": "ambient", "calendar_id": CALENDAR, "handling_s": 0,
            "parcels_per_hour": PARCELS_PER_HOUR,
        }
        for each in sellers.values()
    )  # fmt: skip


def _lanes(
    sellers: Mapping[str, Seller], states: Sequence[str], products: pl.DataFrame, orders: Orders, where: Map
) -> pl.DataFrame:
    """One carrier from every state with a seller to every state."""
    sources = sorted({seller.state for seller in sellers.values()})
    pairs = [(source, target) for source in sources for target in states]
    distances = [max(metres(where.of_state(a), where.of_state(b)), LEAST_M) for a, b in pairs]
    weights: dict[str, int] = dict(products.select("product_id", "weight_g").iter_rows())
    state_of = {wish.number: wish.state for wish in orders.wishes}
    columns = orders.items.select("number", "seller_id", "product_id", "freight_minor")
    paid = [
        (sellers[seller_id].state, state_of[number], weights[product_id], freight_minor)
        for number, seller_id, product_id, freight_minor in columns.iter_rows()
    ]
    rates = tariffs(pairs, distances, paid)
    return _rows(
        {
            "lane_id": f"{source}.{target}", "from_zone": source, "to_zone": target, "service": "standard",
            "carrier_id": CARRIER, "calendar_id": CALENDAR, "cut_offs": CUT_OFF, "departures": DEPARTURE,
            "transit_s": configured_s(distance_m), "temperatures": "ambient", "currency": CURRENCY,
            "base_minor": rates.base_minor[place], "per_kg_minor": rates.per_kg_minor, "max_weight_g": HEAVIEST_G,
            "distance_m": distance_m, "co2e_mg_per_kg_km": CO2E_MG_PER_KG_KM,
        }
        for place, ((source, target), distance_m) in enumerate(zip(pairs, distances, strict=True))
    )  # fmt: skip


def configured_s(distance_m: int) -> list[int]:
    """What is assumed of a lane before anything was delivered: ten seconds at the promise's probabilities."""
    median_s = TRANSIT_S + TRANSIT_S_PER_KM * math.floor(distance_m / 1000)
    return [round(times * median_s) for times in SPREAD]


def _goods(goods: pl.DataFrame, categories: pl.DataFrame) -> pl.DataFrame:
    sizes = ("product_length_cm", "product_height_cm", "product_width_cm")
    columns = {name: pl.Float64() for name in ("product_weight_g", *sizes)}
    sides = pl.concat_list(pl.col(name).fill_null(SIDE_CM).clip(1) for name in sizes).list.sort(descending=True)
    weight = pl.when(pl.col("product_weight_g") >= 1).then(pl.col("product_weight_g")).otherwise(WEIGHT_G)
    named = numbers(goods, columns, "the file of products").join(
        categories.unique("product_category_name", keep="first", maintain_order=True),
        on="product_category_name",
        how="left",
        maintain_order="left",
    )
    category = pl.coalesce("product_category_name_english", "product_category_name", pl.lit("unclassified"))
    name = pl.format("{} {}", category.str.replace_all("_", " ", literal=True), pl.col("product_id").str.slice(0, 8))
    return named.select(
        "product_id",
        pl.col("product_id").alias("sku"),
        category.alias("category"),
        name.alias("name_ko"),
        name.alias("name_en"),
        weight.round().cast(pl.Int64).alias("weight_g"),
        *(
            (sides.list.get(place) * 10).round().cast(pl.Int64).alias(side)
            for place, side in enumerate(("length_mm", "width_mm", "height_mm"))
        ),
    ).sort("product_id")


def _offers(items: pl.DataFrame, opens_at: datetime) -> pl.DataFrame:
    """A seller's price of a product holds from the order that first paid it until the one that first paid another."""
    key = ["seller_id", "product_id"]
    paid = items.sort("bought_at", "number", "price_minor").unique(
        [*key, "bought_at"], keep="first", maintain_order=True
    )
    before = pl.col("price_minor").shift().over(key)
    changed = paid.filter(before.is_null() | (pl.col("price_minor") != before))
    return changed.select(
        pl.col("product_id").alias("sku"),
        "seller_id",
        pl.when(before.is_null())
        .then(pl.lit(opens_at.astimezone(UTC)))
        .otherwise(pl.col("bought_at"))
        .alias("valid_from"),
        pl.col("bought_at").shift(-1).over(key).alias("valid_to"),
        pl.lit(CURRENCY).alias("currency"),
        "price_minor",
    )


def _stock(items: pl.DataFrame, share: float) -> pl.DataFrame:
    """Each seller owns what its own shelf holds: so much of the units that the orders will ask of it."""
    return (
        items.group_by("seller_id", "product_id", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("units"))
        .select(
            pl.col("seller_id").alias("node_id"),
            pl.col("product_id").alias("sku"),
            pl.col("seller_id").alias("owner_id"),
            (pl.col("units") * share).floor().cast(pl.Int64).alias("on_hand"),
        )
    )
