"""A small made-up folder in the form of Olist's: twelve orders of three sellers, with the traps of the real files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

HEADERS: Final = {
    "olist_orders_dataset": (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
        "order_delivered_customer_date,order_estimated_delivery_date"
    ),
    "olist_order_items_dataset": (
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value"
    ),
    "olist_customers_dataset": ("customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state"),
    "olist_sellers_dataset": "seller_id,seller_zip_code_prefix,seller_city,seller_state",
    "olist_products_dataset": (
        "product_id,product_category_name,product_name_lenght,product_description_lenght,product_photos_qty,"
        "product_weight_g,product_length_cm,product_height_cm,product_width_cm"
    ),
    "product_category_name_translation": "product_category_name,product_category_name_english",
    "geolocation_by_zip": (
        "geolocation_zip_code_prefix,geolocation_lat,geolocation_lng,geolocation_city,geolocation_state"
    ),
}


class Row(NamedTuple):
    """One order; items: units, product, seller and price of each."""

    order: str
    state: str
    bought: str
    handed_over: str
    delivered: str
    estimated: str
    items: str


# o09: handed over before it was bought. o10: delivered, never handed over. o11: bought in the hour the clocks skipped.
_ORDERS: Final = """
o01 | delivered   | 2017-10-02 10:00 | 2017-10-04 09:00 | 2017-10-10 15:00 | 2017-10-25 | 2 cup ann 10.00
o02 | delivered   | 2017-10-03 11:30 | 2017-10-05 09:00 | 2017-11-30 15:00 | 2017-10-25 | 1 cup ann 12.5; 1 rug bob 99.9
o03 | canceled    | 2017-10-04 00:05 |                  |                  | 2017-10-30 | 1 rug bob 99.90
o04 | canceled    | 2017-10-05 09:00 | 2017-10-06 09:00 |                  | 2017-10-30 | 1 pen cid 3.00
o05 | unavailable | 2017-10-06 09:00 |                  |                  | 2017-10-30 | 1 pen cid 3.00
o06 | unavailable | 2017-10-07 09:00 |                  |                  | 2017-10-30 |
o07 | shipped     | 2017-10-08 09:00 | 2017-10-12 10:00 |                  | 2017-10-30 | 1 pen cid 3.00
o08 | processing  | 2017-10-09 09:00 |                  |                  | 2017-10-30 | 1 pen cid 3.00
o09 | delivered   | 2017-10-10 09:00 | 2017-10-01 09:00 | 2017-10-12 15:00 | 2017-10-30 | 1 cup ann 12.50
o10 | delivered   | 2017-10-11 09:00 |                  | 2017-10-20 15:00 | 2017-10-30 | 1 cup ann 12.50
o11 | delivered   | 2017-10-15 00:30 | 2017-10-16 09:00 | 2017-10-20 15:00 | 2017-10-30 | 1 rug bob 99.90
o12 | delivered   | 2017-10-16 09:00 | 2017-10-17 09:00 | 2017-10-21 15:00 | 2017-10-30 | 1 ghost ann 1.00
"""
ORDERS: Final = tuple(Row(*(cell.strip() for cell in line.split("|"))) for line in _ORDERS.strip().splitlines())

TABLES: Final[Mapping[str, Sequence[str]]] = {
    "olist_sellers_dataset": ("ann,01001,sao paulo,SP", "bob,20001,rio,RJ", "cid,01002,sao paulo,SP"),
    "olist_products_dataset": (
        "cup,cool_stuff,1,1,1,300,16,10,14",
        "rug,,,,,4000,90,10,20",
        "pen,canetas,1,1,1,,,,",
        "unsold,canetas,1,1,1,1,1,1,1",
    ),
    "product_category_name_translation": ("cool_stuff,cool_things",),
    "geolocation_by_zip": (
        "1001,-23.55,-46.63,sao paulo,SP",
        "1002,-23.54,-46.64,sao paulo,SP",
        "20001,-22.90,-43.18,rio,RJ",
        "4001,-23.60,-46.70,sao paulo,SP",
        "99999,45.0,9.0,not in brazil,SP",
    ),
}


def write(folder: Path, **tables: Sequence[str]) -> Path:
    """Write the folder.

    tables  rows of a file in place of the usual ones, by its name
    """
    rows: dict[str, Sequence[str]] = {
        **TABLES,
        "olist_orders_dataset": [
            f"{each.order},c{each.order},{each.state},{_second(each.bought)},,{_second(each.handed_over)},"
            f"{_second(each.delivered)},{each.estimated} 00:00:00"
            for each in ORDERS
        ],
        "olist_order_items_dataset": [
            f"{each.order},{place},{product},{seller},2017-12-01 00:00:00,{price},15.10"
            for each in ORDERS
            for units, product, seller, price in (item.split() for item in each.items.split(";") if item)
            for place in range(1, int(units) + 1)
        ],
        # The first two orders are one person's; a zip prefix has lost its zero, as in the real file.
        "olist_customers_dataset": [
            f"c{order},{'u01' if order == 'o02' else order.replace('o', 'u')},"
            + ("20001,rio,RJ" if order in ("o03", "o04") else "4001,sao paulo,SP")
            for order in (each.order for each in ORDERS)
        ],
        **tables,
    }
    for name, header in HEADERS.items():
        (folder / f"{name}.csv").write_text("\n".join([header, *rows[name], ""]))
    return folder


def _second(minute: str) -> str:
    return f"{minute}:00" if minute else ""
