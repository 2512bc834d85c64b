"""Every kind of import, in the order in which a new alliance needs them: what is named comes before what names it."""

from types import MappingProxyType
from typing import Final

from .goods import INBOUND, KITS, OFFERS, PRODUCTS, SKUS, STOCK, STOCK_RULES
from .kind import Column, Form, Kind
from .naming import SYNONYMS
from .orders import ORDERS
from .people import CONTRACTS, MEMBERS, PARTNERS, PEOPLE, RATES
from .places import CALENDAR_DAYS, CALENDARS, LANES, NODES, POSTCODES, SURCHARGES, ZONES
from .shopping import CATEGORIES, CONTENTS, DISCLOSURES, PRODUCT_TEXTS

__all__ = ["FORMS", "KINDS", "ORDERS", "SEALED", "Column", "Form", "Kind"]

_IN_ORDER: Final = (
    PARTNERS, CONTRACTS, DISCLOSURES, CALENDARS, CALENDAR_DAYS, ZONES, POSTCODES, NODES, LANES, SURCHARGES,
    CATEGORIES, PRODUCTS, PRODUCT_TEXTS, SKUS, CONTENTS, KITS, OFFERS, RATES, STOCK, STOCK_RULES, INBOUND,
    MEMBERS, PEOPLE, SYNONYMS,
)  # fmt: skip
KINDS: Final = MappingProxyType({kind.name: kind for kind in _IN_ORDER})
# Kinds that are personal: a vault seals their rows.
SEALED: Final = frozenset(kind.name for kind in _IN_ORDER if kind.seal is not None)
# All that can be imported: the kinds, and what is more than rows for a room.
FORMS: Final = MappingProxyType[str, Form]({**KINDS, ORDERS.name: ORDERS})
