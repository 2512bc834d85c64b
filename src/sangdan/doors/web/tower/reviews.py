"""Reviews: what shoppers say, and who decides what of it is shown."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from sangdan.doors.web.names import actor_name
from sangdan.doors.web.words import Words, mark
from sangdan.flows.moderate_review import moderate
from sangdan.kit.lists import Which
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import Product
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.reviews.errors import NoSuchReview
from sangdan.offer.reviews.model import STARS, Review
from sangdan.offer.reviews.queries import listing

from .naming import Naming
from .places import SHOPS
from .tables import Action, Asked, Cell, Choice, Column, Days, Foreseen, Listed, Option, Search, Table
from .tables.columns import Tone

OPEN: Final = "open"
STATE: Final = {"waiting": mark("Waiting"), "shown": mark("Shown"), "hidden": mark("Hidden")}
TONES: Final[dict[str, Tone]] = {"waiting": "change", "shown": "good", "hidden": "quiet"}
WHY: Final = {
    "personal": mark("may hold personal data"),
    "advertising": mark("leads out of the shop"),
}


class Said(msgspec.Struct, frozen=True):
    """A review with the name of what it is about."""

    review: Review
    goods: str

    @property
    def review_id(self) -> UUID:
        """Of the review."""
        return self.review.review_id

    @property
    def written_at(self) -> object:
        """Of the review; the list is sorted by it."""
        return self.review.written_at


async def _named(asked: Asked, found: Sequence[Review]) -> list[Said]:
    known = await catalogue.products(asked.conn, sorted({each.product_id for each in found}))
    names = {product.product_id: product for product in known}
    return [Said(each, _name(names.get(each.product_id), each, asked.say)) for each in found]


def _name(product: Product | None, review: Review, say: Words) -> str:
    return review.product_id if product is None else say.of(product)


def _state(row: Said, say: Words) -> Cell:
    review = row.review
    why = ""
    if review.reports:
        why = say("reported %(times)s times", times=say.number(review.reports))
    elif review.reason is not None:
        why = say(WHY[review.reason]) if review.reason in WHY else review.reason
    return Cell(say(STATE[review.state]), under=why, tone=TONES[review.state])


async def _one(asked: Asked, row_id: str) -> Review:
    """A review of the asker's own shop.

    raises  NoSuchReview
    """
    found = await reviews.known(asked.conn, [msgspec.convert(row_id, UUID)])
    if not found or asked.seer.seen_by not in (None, found[0].shop_id):
        raise NoSuchReview(f"There is no review {row_id}.", review_id=row_id)
    return found[0]


async def _called(asked: Asked, row_id: str) -> str:
    return (await _one(asked, row_id)).body[:80]


async def _foresee(asked: Asked, row_id: str, then: str) -> Foreseen:
    review = await _one(asked, row_id)
    return Foreseen(review.body[:80], asked.say(STATE[review.state]), asked.say(STATE[then]))


async def _foresee_show(asked: Asked, row_id: str) -> Foreseen:
    return await _foresee(asked, row_id, "shown")


async def _foresee_hide(asked: Asked, row_id: str) -> Foreseen:
    return await _foresee(asked, row_id, "hidden")


async def _show(asked: Asked, row_id: str, reason: str) -> None:
    await moderate(asked.conn, msgspec.convert(row_id, UUID), asked.seer, asked.at, show=True, reason=None)


async def _hide(asked: Asked, row_id: str, reason: str) -> None:
    await moderate(asked.conn, msgspec.convert(row_id, UUID), asked.seer, asked.at, show=False, reason=reason)


REVIEWS: Final = Table[Said](
    path="/reviews",
    title=mark("Reviews"),
    lead=mark("What shoppers say of what arrived. Those that were reported, or may hold personal data, wait for you."),
    roles=SHOPS,
    columns=(
        Column(
            "body", mark("Review"),
            lambda row, say: Cell(row.review.body, under=row.goods, tongue=say.tongue(row.review.body)),
            value=lambda row: row.review.body, wide=True,
        ),
        Column("stars", mark("Stars"), lambda row, _: Cell(f"{row.review.stars} / 5", meter=20 * row.review.stars),
               value=lambda row: row.review.stars, kind="whole", number=True, phone=False),
        Column("state", mark("State"), _state, value=lambda row: row.review.state),
        Column("goods", mark("Goods"), lambda row, _: Cell(row.review.sku, code=True), phone=False),
        Column(
            "written", mark("Written"), lambda row, say: say.when(row.review.written_at),
            value=lambda row: row.review.written_at, kind="instant", order="written", phone=False,
        ),
        Column("by", mark("Decided by"), lambda row, say: actor_name(row.review.decided_by or "–", say),
               value=lambda row: row.review.decided_by, phone=False),
    ),
    filters=(
        Choice(
            "state", mark("State"),
            (Option(OPEN, mark("To be looked at")), *(Option(state, name) for state, name in STATE.items())),
            sift=Which,
        ),
        Choice("stars", mark("Stars"), tuple(Option(str(stars), str(stars), name=True) for stars in STARS), sift=int),
        Search("product", mark("Product"), mark("The product's id")),
        Days("written", mark("Written")),
    ),
    source=Naming(Listed(listing.REVIEWS, listing.listed), _named),
    order="-written",
    row_id=lambda row: str(row.review_id),
    actions=(
        Action(
            "show", mark("Show"), mark("The reviews are shown in the shop and count in the rating of their product."),
            SHOPS, _foresee_show, _show, icon="eye", reason=False,
        ),
        Action(
            "hide", mark("Hide"),
            mark("The reviews are taken out of the shop and no longer count. The reason is kept for whoever asks."),
            SHOPS, _foresee_hide, _hide, icon="eye-off",
        ),
    ),
    called=_called,
    empty=mark("Nobody has written a review yet."),
)  # fmt: skip
