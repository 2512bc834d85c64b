"""A member's own page, as it is shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar import Response
from litestar.di import NamedDependency

from sangdan.doors.api.placing import Till
from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.flows.check_out import ADS
from sangdan.kit.passkeys import LONGEST_LABEL
from sangdan.kit.problems import Problem
from sangdan.kit.settings import Settings
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.model import MOST, phone_as_read, standing

from ..answers import Asked, html, spoken, words
from ..people.asker import browser_of
from ..people.member_passkeys import MemberPasskeys
from ..people.members import Member, Members
from ..public import passkeys_at
from .addresses import book_of, shown
from .mine import latest
from .persons import person_of
from .shell import Shell


class MemberPage:
    """The page of a member's own.

    till, members, passkeys  where what it shows comes from
    settings                 tell where passkeys are good
    """

    def __init__(self, till: Till, members: Members, passkeys: MemberPasskeys, settings: Settings) -> None:
        self._till = till
        self._members = members
        self._passkeys = passkeys
        self._settings = settings

    async def shown(
        self,
        request: Asked,
        shell: Shell,
        member: Member,
        at: datetime,
        *,
        refused: Problem | None = None,
        wrong: str | None = None,
        wrong_passkey: Problem | None = None,
        typed: Mapping[str, str] | None = None,
        mend: Mapping[str, str] | None = None,
    ) -> Response[Any]:
        """The page.

        refused, wrong  what could not be done, said above all
        wrong_passkey   what could not be done with a passkey, said beside them
        typed           particulars that cannot be kept as they are
        mend            what of them has to be mended, by field
        """
        till, language = self._till, spoken(request)
        async with till.pool.transaction() as conn:
            person = await person_of(conn, till.vault, member, at, till.ids)
            book = await book_of(conn, till, member, at)
            ads = ADS in standing(await shoppers.consents(conn, member.shop_id, member.shopper_id))
            listed = await latest(conn, shell.visitor, words(request), at)
        if refused is not None:
            wrong = render(refused, language)[1]
        raised = refused or wrong_passkey
        status = status_of(type(raised)) if raised is not None else 422 if wrong or mend else 200
        if typed is None and person is not None:
            typed = {"name": person.name, "phone": phone_as_read(person.phone or "")}
        return html(
            request, "shop/account.html", status, shell=shell, person=person, ads=ads, orders=listed, wrong=wrong,
            addresses=shown(book), room=len(book.addresses) < MOST, most=MOST, typed=typed, mend=mend or {},
            sessions=await self._members.sessions(member), this_session=member.session_id,
            passkeys=await self._passkeys.of(member), fresh=await self._passkeys.is_fresh(member),
            place=passkeys_at(request, self._settings), browser=browser_of(request), longest=LONGEST_LABEL,
            wrong_passkey=None if wrong_passkey is None else render(wrong_passkey, language)[1],
        )  # fmt: skip


def member_page(
    till: NamedDependency[Till],
    members: NamedDependency[Members],
    member_passkeys: NamedDependency[MemberPasskeys],
    settings: NamedDependency[Settings],
) -> MemberPage:
    """The page, for whoever asks."""
    return MemberPage(till, members, member_passkeys, settings)
