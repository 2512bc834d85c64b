"""Up to four products beside each other: what they cost, when they come, what they are; and which is best in what."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency

from sangdan.flows.picture import Shelves, network_of
from sangdan.flows.shop_window import Card, cards
from sangdan.kit.db import Pool

from ..answers import html, words
from ..words import Words
from .home import looker_of
from .shell import Shell
from .telling import Teller

MOST: Final = 4
LONGEST: Final = 64

K = TypeVar("K", int, datetime)


class Cell(msgspec.Struct, frozen=True):
    """What is said of one product in one respect."""

    text: str
    best: bool = False


class Row(msgspec.Struct, frozen=True):
    """One respect; `best` is what stands beside the winner."""

    label: str
    cells: Sequence[Cell]
    best: str = ""


class Column(msgspec.Struct, frozen=True):
    """A product, and the address of the comparison without it."""

    card: Card
    without: str


@get("/compare", opt={"open": True})
async def page(
    request: Request[Any, Any, Any],
    shell: NamedDependency[Shell],
    pool: NamedDependency[Pool],
    shelves: NamedDependency[Shelves],
    at: NamedDependency[datetime],
) -> Response[str]:
    """The comparison that the address names."""
    say = words(request)
    tell = Teller(say, at)
    named = list(dict.fromkeys(each for each in request.query_params.getall("product", []) if len(each) <= LONGEST))
    async with pool.transaction() as conn:
        network = await network_of(conn)
        found = await cards(conn, network, looker_of(shell, network, at), named[:MOST], shelves)
    notes = [
        *(
            [say("Only %(n)s products fit beside each other; these are the first.", n=MOST)]
            if len(named) > MOST
            else []
        ),
        *([say("What is not shown here is not sold any more.")] if len(found) < len(named[:MOST]) else []),
    ]
    ids = [card.product_id for card in found]
    return html(
        request, "shop/compare.html", shell=shell, tell=tell, rows=rows(found, say, tell), note=" ".join(notes),
        columns=[Column(card, address([each for each in ids if each != card.product_id])) for card in found],
    )  # fmt: skip


def address(product_ids: Sequence[str]) -> str:
    """The comparison of these."""
    return "/shop/compare?" + urlencode([("product", each) for each in product_ids])


def rows(found: Sequence[Card], say: Words, tell: Teller) -> list[Row]:
    """Every respect in which the products can be told apart; what is said of none is left out."""
    nothing = "–"

    def row(
        label: str, text: Callable[[Card], str | None], by: Callable[[Card], K | None] | None = None, best: str = ""
    ) -> Row:
        keys = [None if by is None else by(card) for card in found]
        known = [key for key in keys if key is not None]
        wins = min(known) if len(set(known)) > 1 else None
        texts = [text(card) for card in found]
        return Row(
            label,
            [Cell(said or nothing, wins is not None and key == wins) for said, key in zip(texts, keys, strict=True)],
            best,
        )

    told = [
        row(
            say("Price"),
            lambda card: None if card.price_minor is None else say.money(card.price_minor, card.currency),
            lambda card: card.price_minor, say("Lowest"),
        ),
        row(
            say("Price by content"),
            lambda card: card.unit_price and tell.unit_price(card.unit_price, card.currency),
            lambda card: card.unit_price and round(card.unit_price.amount_minor * 1000 / card.unit_price.per),
            say("Lowest"),
        ),
        row(
            say("With you"),
            lambda card: tell.arrival(card.ways[0].service, card.ways[0].promised_at) if card.ways else say("Not now"),
            lambda card: card.ways[0].promised_at if card.ways else None, say("Comes first"),
        ),
        row(
            say("All in, at least"),
            lambda card: say.money(min(way.total_minor for way in card.ways), card.currency) if card.ways else None,
            lambda card: min((way.total_minor for way in card.ways), default=None), say("Lowest"),
        ),
        row(
            say("Rating"),
            lambda card: None if card.stars_milli is None else _rating(card.stars_milli, card.reviews, say),
            lambda card: None if card.stars_milli is None else -card.stars_milli, say("Best"),
        ),
        row(say("Seller"), lambda card: card.seller_ko if say.language == "ko" else card.seller_en),
        row(say("Kept"), lambda card: tell.temperature(card.temperature)),
        row(say("Sold to"), lambda card: say("From %(age)s", age=card.age_limit) if card.age_limit else None),
    ]  # fmt: skip
    return [each for each in told if any(cell.text != nothing for cell in each.cells)]


def _rating(milli: int, reviews: int, say: Words) -> str:
    return say.many("%(stars)s (%(num)s review)", "%(stars)s (%(num)s reviews)", reviews, stars=f"{milli / 1000:.1f}")
