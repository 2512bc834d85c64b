"""The names of states, services and kinds, as people call them: by what the database calls them."""

from collections.abc import Mapping
from typing import Final

from .words import mark

ORDER: Final[Mapping[str, str]] = {
    "placed": mark("Awaiting payment"),
    "authorised": mark("Paid for"),
    "released": mark("Being prepared"),
    "shipped": mark("On its way"),
    "delivered": mark("Delivered"),
    "confirmed": mark("Confirmed"),
    "cancelled": mark("Cancelled"),
}
PARCEL: Final[Mapping[str, str]] = {
    "planned": mark("planned"),
    "released": mark("being prepared"),
    "shipped": mark("on its way"),
    "delivered": mark("arrived"),
    "cancelled": mark("cancelled"),
    "lost": mark("lost"),
}
SERVICE: Final[Mapping[str, str]] = {
    "pickup": mark("pickup"),
    "quick": mark("quick"),
    "dawn": mark("dawn"),
    "next_day": mark("next day"),
    "standard": mark("standard"),
}
NODE_KIND: Final[Mapping[str, str]] = {
    "fulfilment_centre": mark("fulfilment centre"),
    "cold": mark("cold centre"),
    "bonded": mark("bonded centre"),
    "overseas_hub": mark("overseas hub"),
    "store": mark("store"),
    "dark_store": mark("dark store"),
    "locker": mark("locker"),
}
ROLE: Final[Mapping[str, str]] = {
    "tower": mark("Operator"),
    "shop": mark("Shop"),
    "ally": mark("Manager"),
    "floor": mark("Floor"),
    "courier": mark("Courier"),
}
