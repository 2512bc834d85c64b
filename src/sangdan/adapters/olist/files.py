"""The files of the Olist data set: original names and columns, as text, plain or compressed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
from polars.exceptions import PolarsError

from sangdan.kit.problems import Invalid

# Each file under the names it goes by, and the columns that are read of it.
ORDERS: Final = (
    ("olist_orders_dataset",),
    (
        "order_id", "customer_id", "order_status", "order_purchase_timestamp", "order_delivered_carrier_date",
        "order_delivered_customer_date", "order_estimated_delivery_date",
    ),
)  # fmt: skip
ITEMS: Final = (
    ("olist_order_items_dataset",),
    ("order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value"),
)
CUSTOMERS: Final = (
    ("olist_customers_dataset",),
    ("customer_id", "customer_unique_id", "customer_zip_code_prefix", "customer_state"),
)
SELLERS: Final = (
    ("olist_sellers_dataset",),
    ("seller_id", "seller_zip_code_prefix", "seller_city", "seller_state"),
)
PRODUCTS: Final = (
    ("olist_products_dataset",),
    (
        "product_id", "product_category_name", "product_weight_g", "product_length_cm", "product_height_cm",
        "product_width_cm",
    ),
)  # fmt: skip
CATEGORIES: Final = (
    ("product_category_name_translation",),
    ("product_category_name", "product_category_name_english"),
)
PLACES: Final = (
    ("geolocation_by_zip", "olist_geolocation_dataset"),
    ("geolocation_zip_code_prefix", "geolocation_lat", "geolocation_lng", "geolocation_state"),
)
_ENDINGS: Final = (".csv", ".csv.gz")
_TIME: Final = "%Y-%m-%d %H:%M:%S"


class BadOlist(Invalid):
    """A folder that is not the Olist data set, or a part of it that cannot be used."""

    code = "bad-olist"


class Files(msgspec.Struct, frozen=True):
    """The files' rows, every cell as text, empty ones null."""

    orders: pl.DataFrame
    items: pl.DataFrame
    customers: pl.DataFrame
    sellers: pl.DataFrame
    products: pl.DataFrame
    categories: pl.DataFrame
    places: pl.DataFrame


def read(folder: Path) -> Files:
    """Read what is needed of the folder; nothing is decided about any row.

    raises  BadOlist when a file is missing or cannot be read, or lacks a column
    """
    if not folder.is_dir():
        raise BadOlist(f"{folder} is not a folder: name the one that holds the Olist files.", folder=str(folder))
    return Files(*(_table(folder, *each) for each in (ORDERS, ITEMS, CUSTOMERS, SELLERS, PRODUCTS, CATEGORIES, PLACES)))


def numbers(frame: pl.DataFrame, columns: Mapping[str, pl.DataType], file: str) -> pl.DataFrame:
    """The frame with columns of text read as numbers; empty cells stay null.

    raises  BadOlist naming the first cell that is no number
    """
    return _typed(frame, {name: pl.col(name).cast(kind, strict=False) for name, kind in columns.items()}, file)


def times(frame: pl.DataFrame, columns: Sequence[str], file: str) -> pl.DataFrame:
    """The frame with columns of text read as local times; empty cells stay null.

    raises  BadOlist naming the first cell that is no time
    """
    return _typed(frame, {name: pl.col(name).str.to_datetime(_TIME, strict=False) for name in columns}, file)


def _typed(frame: pl.DataFrame, read_as: Mapping[str, pl.Expr], file: str) -> pl.DataFrame:
    typed = frame.with_columns(**read_as)
    for name in read_as:
        lost = frame.filter(frame[name].is_not_null() & typed[name].is_null())
        if lost.height:
            raise BadOlist(
                f"{lost.height} cells of {name} in {file} cannot be read, the first is {lost[name][0][:40]!r}.",
                file=file, column=name, rows=lost.height,
            )  # fmt: skip
    return typed


def _table(folder: Path, names: Sequence[str], columns: Sequence[str]) -> pl.DataFrame:
    file = next((f for name in names for end in _ENDINGS if (f := folder / f"{name}{end}").is_file()), None)
    if file is None:
        raise BadOlist(f"{folder} lacks {names[0]}.csv (or .csv.gz).", folder=str(folder), file=names[0])
    try:
        frame = pl.read_csv(file, infer_schema=False)
    except (PolarsError, OSError) as reason:
        told = str(reason).splitlines()[0]
        raise BadOlist(f"{file} cannot be read as CSV: {told}", file=str(file)) from reason
    if missing := [name for name in columns if name not in frame.columns]:
        raise BadOlist(f"{file} lacks the columns {', '.join(missing)}.", file=str(file), missing=missing)
    return frame.select(pl.col(name).str.strip_chars().replace("", None) for name in columns)
