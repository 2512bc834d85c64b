"""The orders of the file in order of purchase: what was wished for, and apart from it what became of it."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, Literal, TypeAlias, get_args

import msgspec
import polars as pl

from .files import BadOlist, Files, numbers, times
from .places import STATES

TIMEZONE: Final = "America/Sao_Paulo"
CENTAVOS: Final = 100

Status: TypeAlias = Literal[
    "created", "approved", "processing", "invoiced", "unavailable", "canceled", "shipped", "delivered"
]


class WishLine(msgspec.Struct, frozen=True):
    """Units of one product of one seller."""

    product_id: str
    seller_id: str
    units: int


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One order as it was put, with all that anybody knew at that moment.

    number        its place in order of purchase, from 0
    shopper_id    one and the same for all orders of a person
    postcode      five digits; `state` is its zone
    bought_at     UTC; `bought_on` and `second` (of the day) are local
    goods_minor   what the file says the goods cost, in centavos
    estimated_on  the marketplace's own date, told to the shopper at purchase
    """

    number: int
    order_id: str
    shopper_id: str
    postcode: str
    state: str
    bought_at: datetime
    bought_on: date
    second: int
    goods_minor: int
    estimated_on: date
    lines: tuple[WishLine, ...]


class Happened(msgspec.Struct, frozen=True):
    """What became of an order, in UTC; for reality's eyes only."""

    status: Status
    handed_over_at: datetime | None
    delivered_at: datetime | None
    delivered_on: date | None


class Orders(msgspec.Struct, frozen=True):
    """The orders that can be put to a promise, and the rest by reason: rows_in = len(wishes) + sum(left_out).

    items  of the wishes, in order of purchase: number, seller_id, product_id, bought_at, price_minor, freight_minor
    """

    rows_in: int
    wishes: tuple[Wish, ...]
    happened: Mapping[str, Happened]
    left_out: Mapping[str, int]
    items: pl.DataFrame


def orders_of(files: Files, limit: int | None = None) -> Orders:
    """Put the orders in order of purchase; of equal instants, in that of their ids.

    limit   the first so many rows alone, None for all
    raises  BadOlist for a cell that is no time or no number, or a status that is none of the eight
    """
    rows = _judged(files).sort("order_purchase_timestamp", "order_id", nulls_last=True).slice(0, limit)
    left_out = Counter(reason for reason in rows["left_out"].to_list() if reason is not None)
    used = rows.filter(pl.col("left_out").is_null()).with_row_index("number").with_columns(pl.col("number").cast(int))
    items = (
        _priced(files.items)
        .join(used.select("order_id", "number", "bought_at"), on="order_id")
        .sort("number", "seller_id", "product_id", "price_minor", "freight_minor")
        .select("number", "seller_id", "product_id", "bought_at", "price_minor", "freight_minor")
    )
    return Orders(
        rows_in=rows.height,
        wishes=tuple(_wishes(used, items)),
        happened={
            order_id: Happened(status, handed_over_at, delivered_at, delivered_on)
            for order_id, status, handed_over_at, delivered_at, delivered_on in used.select(
                "order_id", "order_status", "handed_over_at", "delivered_at", "delivered_on"
            ).iter_rows()
        },
        left_out=dict(sorted(left_out.items())),
        items=items,
    )


def _judged(files: Files) -> pl.DataFrame:
    """Every row of the file of orders with its instants, its place, and why it is left out, null if it is not."""
    local = ("order_purchase_timestamp", "order_delivered_carrier_date", "order_delivered_customer_date")
    rows = times(files.orders, (*local, "order_estimated_delivery_date"), "the file of orders")
    unknown = rows.filter(~pl.col("order_status").is_in(get_args(Status)).fill_null(value=False))
    if unknown.height:
        raise BadOlist(f"Orders have no status {unknown['order_status'][0]!r}.", rows=unknown.height)
    goods = files.items.with_columns(
        known=pl.col("seller_id").is_in(files.sellers["seller_id"].implode())
        & pl.col("product_id").is_in(files.products["product_id"].implode())
    )
    baskets = goods.group_by("order_id").agg(pl.col("known").all())
    people = files.customers.unique("customer_id", keep="first", maintain_order=True).with_columns(
        postcode=pl.col("customer_zip_code_prefix").str.zfill(5)
    )
    return (
        rows.join(people, on="customer_id", how="left", maintain_order="left")
        .join(baskets, on="order_id", how="left", maintain_order="left")
        .with_columns(
            bought_at=_utc("order_purchase_timestamp"),
            handed_over_at=_utc("order_delivered_carrier_date"),
            delivered_at=_utc("order_delivered_customer_date"),
            delivered_on=pl.col("order_delivered_customer_date").dt.date(),
            left_out=pl.when(~pl.col("order_id").is_first_distinct())
            .then(pl.lit("repeated"))
            .when(pl.col("order_purchase_timestamp").is_null() | pl.col("order_estimated_delivery_date").is_null())
            .then(pl.lit("undated"))
            .when(
                ~(pl.col("postcode").str.contains("^[0-9]{5}$") & pl.col("customer_state").is_in(list(STATES)))
                .fill_null(value=False)
            )
            .then(pl.lit("no_address"))
            .when(pl.col("known").is_null())
            .then(pl.lit("no_items"))
            .when(~pl.col("known"))
            .then(pl.lit("unknown_goods")),
        )
    )  # fmt: skip


def _utc(name: str) -> pl.Expr:
    """A local time as an instant: an hour later if the clocks skipped it, the first of two if they repeated it."""
    local = pl.col(name)
    at = local.dt.replace_time_zone(TIMEZONE, ambiguous="earliest", non_existent="null")
    later = local.dt.offset_by("1h").dt.replace_time_zone(TIMEZONE, ambiguous="earliest", non_existent="null")
    return pl.coalesce(at, later).dt.convert_time_zone("UTC")


def _priced(items: pl.DataFrame) -> pl.DataFrame:
    columns = {"price": pl.Float64(), "freight_value": pl.Float64()}
    read = numbers(items, columns, "the file of items")
    return read.with_columns(
        price_minor=(pl.col("price").fill_null(0) * CENTAVOS).round().cast(pl.Int64),
        freight_minor=(pl.col("freight_value").fill_null(0) * CENTAVOS).round().cast(pl.Int64),
    )


def _wishes(used: pl.DataFrame, items: pl.DataFrame) -> list[Wish]:
    baskets: dict[int, list[WishLine]] = {}
    grouped = items.group_by("number", "seller_id", "product_id", maintain_order=True).agg(pl.len().cast(int))
    for number, seller_id, product_id, units in grouped.iter_rows():
        baskets.setdefault(number, []).append(WishLine(product_id, seller_id, units))
    costs: Counter[int] = Counter()
    for number, price_minor in items.select("number", "price_minor").iter_rows():
        costs[number] += price_minor
    bought = pl.col("order_purchase_timestamp")
    columns = used.select(
        "number", "order_id", "customer_unique_id", "postcode", "customer_state", "bought_at",
        bought.dt.date().alias("bought_on"),
        (bought.dt.hour().cast(int) * 3600 + bought.dt.minute().cast(int) * 60 + bought.dt.second()).alias("second"),
        pl.col("order_estimated_delivery_date").dt.date(),
    )  # fmt: skip
    return [
        Wish(
            number=number, order_id=order_id, shopper_id=shopper_id, postcode=postcode, state=state,
            bought_at=bought_at, bought_on=bought_on, second=second, goods_minor=costs[number],
            estimated_on=estimated_on, lines=tuple(baskets[number]),
        )
        for number, order_id, shopper_id, postcode, state, bought_at, bought_on, second, estimated_on
        in columns.iter_rows()
    ]  # fmt: skip
