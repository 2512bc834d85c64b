"""Shoppers: what a shop knows of them, what they agreed to, who read it, and letting them go.

No answer to a write repeats a person in the clear: answers are kept for retries.
"""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.flows import erase_shopper
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.commands import Erased, KeptPerson, Known
from sangdan.order.shoppers.errors import NoSuchShopper, PersonUnfit, ReasonNeeded, ShopUnclear, WasErased
from sangdan.order.shoppers.model import (
    Channel,
    Consent,
    ConsentKind,
    Locale,
    Person,
    Reading,
    masked,
    masked_kept,
    standing,
)

from .fields import Code, CodeInPath, CodeSought

LAW: Final = "law"
READINGS_MAX: Final = 1000

Reason = Annotated[
    str | None,
    QueryParameter(
        name="reason",
        pattern=r"^[^\x00-\x1f\x7f]{1,200}\Z",
        description="Why somebody must be seen in the clear; it is written down.",
    ),
]


class ShopperView(msgspec.Struct, frozen=True, kw_only=True):
    """A shopper as a shop knows them.

    masked    only as much is shown as whoever has no reason may see
    consents  those that stand
    """

    shopper_id: str
    shop_id: str
    masked: bool
    name: str
    phone: str | None
    email: str | None
    lines: tuple[str, ...]
    postcode: str | None
    locale: Locale
    clearance_code: str | None
    channels: tuple[Channel, ...]
    consents: list[ConsentKind]


class NewConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A consent given or withdrawn; `how` tells where: 'signup', 'call', 'my-page'."""

    kind: ConsentKind
    given: bool
    how: Code


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a caller tells of themselves; in the body, since addresses are logged on the way."""

    phone: Annotated[str, Meta(max_length=320)] | None = None
    email: Annotated[str, Meta(max_length=320)] | None = None


@put("/v1/shoppers/{shopper_id:str}", tags=["shoppers"], responses=problems(PersonUnfit, WasErased))
async def write(
    shopper_id: CodeInPath,
    data: JSONBody[Person],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    vault: NamedDependency[Vault],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> ShopperView:
    """Keep what the shop knows of its shopper, in place of what it knew. The answer is masked."""
    assert seer.partner_id is not None, "a shop acts for an ally"
    await shoppers.put(conn, vault, seer.partner_id, shopper_id, data, seer.client_id, at, ids)
    [known] = await shoppers.known(conn, vault, shopper_id, seer.partner_id)
    return await _view(conn, known, clear=False)


@get(
    "/v1/shoppers/{shopper_id:str}",
    tags=["shoppers"],
    responses=problems(NoSuchShopper, ShopUnclear, ReasonNeeded),
)
async def read(
    shopper_id: CodeInPath,
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    vault: NamedDependency[Vault],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
    shop_id: CodeSought = None,
    reason: Reason = None,
) -> ShopperView:
    """A shopper: in the clear for the own shop, for the tower with a `reason`, masked otherwise.

    Each reading in the clear is written down. Whoever has read 50 persons within the hour gives a reason for more.
    """
    known = await _one(conn, vault, shopper_id, shop_id, seer)
    assert known.person is not None
    clear = seer.role == "shop" or reason is not None
    if clear:
        await shoppers.note(conn, known.shop_id, shopper_id, known.person, seer.client_id, reason, at, ids)
    return await _view(conn, known, clear=clear)


# Erasing somebody again changes nothing.
@delete(
    "/v1/shoppers/{shopper_id:str}",
    tags=["shoppers"],
    status_code=200,
    opt={"harmless": True},
    responses=problems(NoSuchShopper, ShopUnclear),
)
async def erase(
    shopper_id: CodeInPath,
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    vault: NamedDependency[Vault],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
    shop_id: CodeSought = None,
) -> Erased:
    """Let a shopper go: contact and consents at once, names and addresses of trades when the law's term is over.

    An open order still arrives: its recipient goes when it ends.
    """
    shop = seer.seen_by or shop_id
    if shop is None:
        shop = await shoppers.only_shop(conn, shopper_id)
    return await erase_shopper.erase(conn, vault, shop, shopper_id, seer.client_id, at, ids)


@get("/v1/shoppers/{shopper_id:str}/kept", tags=["shoppers"], responses=problems(ShopUnclear, NoSuchShopper))
async def kept(
    shopper_id: CodeInPath,
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    vault: NamedDependency[Vault],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
    shop_id: CodeSought = None,
    reason: Reason = None,
) -> list[KeptPerson]:
    """What the law keeps of an erased shopper: masked, unless the reason is `law`."""
    shop = shop_id or await shoppers.only_shop(conn, shopper_id)
    found = await shoppers.kept(conn, vault, shop, shopper_id)
    if reason != LAW:
        return [msgspec.structs.replace(each, kept=masked_kept(each.kept)) for each in found]
    for each in found:
        await shoppers.note(conn, shop, shopper_id, each.kept, seer.client_id, reason, at, ids)
    return found


@post("/v1/shoppers/{shopper_id:str}/consents", tags=["shoppers"], responses=problems(WasErased))
async def consent(
    shopper_id: CodeInPath,
    data: JSONBody[NewConsent],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
) -> list[Consent]:
    """A consent was given or withdrawn; gives all that was said, oldest first. The last word of a kind counts."""
    assert seer.partner_id is not None, "a shop acts for an ally"
    return await shoppers.consent(
        conn, seer.partner_id, shopper_id, data.kind, data.given, data.how, seer.client_id, at
    )


@get("/v1/shoppers/{shopper_id:str}/consents", tags=["shoppers"], responses=problems(NoSuchShopper, ShopUnclear))
async def consents(
    shopper_id: CodeInPath,
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    shop_id: CodeSought = None,
) -> list[Consent]:
    """All that was said about consent, oldest first: when, how, and who told us."""
    shop = seer.seen_by or shop_id or await shoppers.only_shop(conn, shopper_id)
    return await shoppers.consents(conn, shop, shopper_id)


@get("/v1/shoppers/{shopper_id:str}/readings", tags=["shoppers"], responses=problems())
async def readings(shopper_id: CodeInPath, conn: NamedDependency[Conn], seer: NamedDependency[Seer]) -> list[Reading]:
    """Who read what of the shopper in the clear, when and why: the latest 1,000."""
    return await shoppers.readings(conn, shopper_id, seer.seen_by, READINGS_MAX)


@post(
    "/v1/shopper-searches",
    tags=["shoppers"],
    status_code=200,
    opt={"harmless": True},
    responses=problems(PersonUnfit),
)
async def search(
    data: JSONBody[Search],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    vault: NamedDependency[Vault],
) -> list[ShopperView]:
    """Who has this phone or this e-mail address: twenty at most, masked."""
    found = await shoppers.find(conn, vault, data.phone, data.email, seer.seen_by)
    return [await _view(conn, each, clear=False) for each in found]


async def _one(conn: Conn, vault: Vault, shopper_id: str, shop_id: str | None, seer: Seer) -> Known:
    shop = seer.seen_by or shop_id or await shoppers.only_shop(conn, shopper_id)
    [known] = await shoppers.known(conn, vault, shopper_id, shop)
    if known.person is None:
        raise NoSuchShopper(f"Nothing is known of a shopper {shopper_id}.", shopper_id=shopper_id)
    return known


async def _view(conn: Conn, known: Known, *, clear: bool) -> ShopperView:
    assert known.person is not None, "nobody is found by what is not known of them"
    shown = known.person if clear else masked(known.person)
    told = await shoppers.consents(conn, known.shop_id, known.shopper_id)
    return ShopperView(
        shopper_id=known.shopper_id,
        shop_id=known.shop_id,
        masked=not clear,
        consents=sorted(standing(told)),
        **msgspec.structs.asdict(shown),
    )
