"""Olist's public data set of a Brazilian marketplace, as wishes to promise, an alliance to import and a reality.

source  https://www.kaggle.com/datasets/olistbr/brazilian-ecommerce (CC BY-NC-SA 4.0): the user brings the files
"""

from .alliance import CARRIER, CURRENCY, SHOP, Alliance, alliance_of, configured_s
from .files import BadOlist, Files, read
from .orders import TIMEZONE, Happened, Orders, Status, Wish, WishLine, orders_of
from .places import metres

__all__ = [
    "CARRIER", "CURRENCY", "SHOP", "TIMEZONE", "Alliance", "BadOlist", "Files", "Happened", "Orders", "Status",
    "Wish", "WishLine", "alliance_of", "configured_s", "metres", "orders_of", "read",
]  # fmt: skip
