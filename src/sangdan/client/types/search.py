"""What `client.search` takes and gives. Made from the OpenAPI document by `make client`."""

import msgspec


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One find."""

    product_id: str
    name_ko: str
    name_en: str
    brand: str | None
    category: str
    price_minor: int | None
    relevance: float


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """A value, and how many of the goods that were found have it."""

    value: str
    goods: int


class Finds(msgspec.Struct, frozen=True, kw_only=True):
    """What there is."""

    hits: tuple[Hit, ...]
    total: int
    categories: tuple[Facet, ...]
    brands: tuple[Facet, ...]
    prices: tuple[Facet, ...]
    ratings: tuple[Facet, ...]
    read_as: str
    because: str
    relaxed: bool


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """Something to search for."""

    text: str
    kind: str
    value: str = ""


class Suggestions(msgspec.Struct, frozen=True, kw_only=True):
    """What may be meant, best first."""

    items: tuple[Suggestion, ...]
