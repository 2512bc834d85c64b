"""What the law wants a shop to tell: its texts, and how to reach it."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from sangdan.doors.api.placing import Till
from sangdan.flows.shopper_picture import picture
from sangdan.kit.db import Conn
from sangdan.kit.problems import NotFound
from sangdan.kit.settings import Settings
from sangdan.offer.partners.model import Disclosure
from sangdan.order.orders.errors import NoSuchOrder

from ..answers import Asked, html, words
from ..words import Words
from .legal_texts import filled, legal_texts
from .shell import Shell
from .visitor import Visitor, own_order


class NoSuchText(NotFound):
    """The shop has no text of this name."""

    code = "no-such-text"


@get("/legal/{name:str}", opt={"open": True})
async def text(
    request: Asked, name: FromPath[str], shell: NamedDependency[Shell], settings: NamedDependency[Settings]
) -> Response[Any]:
    """Terms, privacy policy or withdrawal rules, with the shop's own particulars in them."""
    texts = legal_texts(settings).by_name()
    if name not in texts:
        raise NoSuchText(f"There is no such text; there are {', '.join(texts)}.", known=", ".join(texts))
    found, say = texts[name], words(request)
    told = particulars(shell.disclosure, say)
    ko = say.language == "ko"
    sections = [
        (each.title_ko, filled(each.text_ko, told)) if ko else (each.title_en, filled(each.text_en, told))
        for each in found.sections
    ]
    others = [(f"/shop/legal/{each}", texts[each].title(say.language)) for each in texts]
    return html(
        request, "shop/legal.html", shell=shell, title=found.title(say.language), sections=sections, others=others,
        in_force=say.date(found.in_force_on), version=found.version,
    )  # fmt: skip


@get("/contact", opt={"open": True})
async def contact(
    request: Asked,
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    settings: NamedDependency[Settings],
    order: Annotated[UUID | None, QueryParameter()] = None,
) -> Response[Any]:
    """How to reach the shop, and what one can do without reaching anybody.

    order  that it is about: its number goes with the mail, if it is the visitor's own
    """
    say, opens = words(request), legal_texts(settings).contact
    about = None
    if order is not None:
        async with till.pool.connection() as conn:
            about = await _number(conn, shell.visitor, order)
    return html(
        request, "shop/contact.html", shell=shell, told=particulars(shell.disclosure, say), order_id=order, about=about,
        hours=None if opens is None else opens.hours_ko if say.language == "ko" else opens.hours_en,
    )  # fmt: skip


async def _number(conn: Conn, visitor: Visitor, order_id: UUID) -> str | None:
    """What the visitor calls an order of theirs; None of anybody else's."""
    try:
        await own_order(conn, visitor, order_id)
    except NoSuchOrder:
        return None
    return (await picture(conn, order_id)).order_no


def particulars(disclosure: Disclosure | None, say: Words) -> dict[str, str]:
    """A disclosure by the names that texts use; empty without one."""
    if disclosure is None:
        return {}
    ko = say.language == "ko"
    told = {
        "trade_name": disclosure.trade_name_ko if ko else disclosure.trade_name_en,
        "representative": disclosure.representative_ko if ko else disclosure.representative_en,
        "address": disclosure.address_ko if ko else disclosure.address_en,
        "phone": disclosure.phone,
        "email": disclosure.email,
        "business_no": disclosure.business_no,
        "mail_order_no": disclosure.mail_order_no,
        "mail_order_authority": disclosure.mail_order_authority_ko if ko else disclosure.mail_order_authority_en,
        "privacy_officer": disclosure.privacy_officer_ko if ko else disclosure.privacy_officer_en,
    }
    return {name: value for name, value in told.items() if value}
