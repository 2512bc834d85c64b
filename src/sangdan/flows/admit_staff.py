"""People of the alliance are let in, seen through other eyes, and shut out; each step is in the audit.

The tower looks after everybody; an ally's manager after the people of its own floor and its own couriers.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import asdict

from sangdan.kit import audit, passkeys, sessions, tickets
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.passkeys import Owner
from sangdan.kit.problems import Forbidden
from sangdan.kit.staff import accounts, codes
from sangdan.kit.staff.accounts import Account, NoSuchStaff, Role
from sangdan.offer.network import commands as network
from sangdan.offer.network.errors import NodeUnknown
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.errors import PartnerUnknown

INVITED_FOR: Final = timedelta(days=7)
# Whom an ally's manager looks after; its other managers come from the tower.
OF_AN_ALLY: Final[frozenset[Role]] = frozenset({"floor", "courier"})


class OwnAccount(Forbidden):
    """Nobody changes what they may do themselves, or shuts themselves out."""

    code = "own-account"


async def admit(
    conn: Conn,
    seer: Seer,
    staff_id: str,
    role: Role,
    partner_id: str | None,
    node_ids: Sequence[str] | None,
    at: datetime,
) -> Account:
    """Give somebody an account.

    raises  PartnerUnknown, NodeUnknown, NoPartner, NodesUnfit, StaffExists, NoSuchStaff for one whom the asker may not
            look after
    """
    _check_may(seer, staff_id, role, partner_id)
    await _check_known(conn, partner_id, node_ids)
    made = await accounts.make(conn, staff_id, role, partner_id, node_ids, at)
    await audit.note(conn, seer, at, "staff.admitted", _named(staff_id), after=_seen(made))
    return made


async def amend(
    conn: Conn,
    seer: Seer,
    staff_id: str,
    role: Role,
    partner_id: str | None,
    node_ids: Sequence[str] | None,
    at: datetime,
) -> Account:
    """Let somebody see something else; their sessions end, so that nothing of before goes on.

    raises  as `admit`, and OwnAccount
    """
    before = await _held(conn, seer, staff_id)
    _check_may(seer, staff_id, role, partner_id)
    await _check_known(conn, partner_id, node_ids)
    after = await accounts.change(conn, staff_id, role, partner_id, node_ids)
    if after != before:
        await sessions.end_all(conn, "staff", staff_id)
    await audit.note(conn, seer, at, "staff.changed", _named(staff_id), before=_seen(before), after=_seen(after))
    return after


async def invite(conn: Conn, seer: Seer, staff_id: str, at: datetime, wall: datetime) -> str:
    """A link by which somebody chooses a password: a first one, or another when it was forgotten.

    at      the house's time, for the audit
    wall    real time, for the link
    gives   the text that the link carries; links of before let nobody in any more
    raises  NoSuchStaff, OwnAccount
    """
    await _held(conn, seer, staff_id)
    await tickets.withdraw(conn, "staff", staff_id)
    text = await tickets.issue(conn, "join", "staff", staff_id, wall + INVITED_FOR)
    await audit.note(conn, seer, at, "staff.invited", _named(staff_id))
    return text


async def shut_out(conn: Conn, seer: Seer, staff_id: str, at: datetime) -> Account:
    """Let somebody in no more, at once; the account stays, so that the audit's names keep their meaning.

    raises  NoSuchStaff, OwnAccount
    """
    before = await _held(conn, seer, staff_id)
    if before.disabled_at is None:
        await accounts.disable(conn, staff_id, at)
        await sessions.end_all(conn, "staff", staff_id)
        await tickets.withdraw(conn, "staff", staff_id)
        await audit.note(conn, seer, at, "staff.shut-out", _named(staff_id))
    return await accounts.get(conn, staff_id)


async def let_in_again(conn: Conn, seer: Seer, staff_id: str, at: datetime) -> Account:
    """Somebody who was shut out comes in again, with what they had.

    raises  NoSuchStaff, OwnAccount
    """
    before = await _held(conn, seer, staff_id)
    if before.disabled_at is not None:
        await accounts.disable(conn, staff_id, None)
        await audit.note(conn, seer, at, "staff.let-in-again", _named(staff_id))
    return await accounts.get(conn, staff_id)


async def drop_codes(conn: Conn, seer: Seer, staff_id: str, at: datetime) -> None:
    """A phone was lost, and the passkeys on it: the next sign-in sets another one up. Sessions end.

    raises  NoSuchStaff, OwnAccount
    """
    await _held(conn, seer, staff_id)
    await codes.drop(conn, staff_id)
    gone = await passkeys.remove_all(conn, Owner("staff", staff_id))
    await sessions.end_all(conn, "staff", staff_id)
    before = {"passkeys": gone} if gone else None
    await audit.note(conn, seer, at, "staff.codes-dropped", _named(staff_id), before=before)


async def drop_passkey(conn: Conn, seer: Seer, staff_id: str, passkey_id: UUID, at: datetime) -> None:
    """A device was lost or passed on: its passkey lets nobody in any more. Sessions end.

    raises  NoSuchStaff, OwnAccount, NoSuchPasskey
    """
    await _held(conn, seer, staff_id)
    await passkeys.remove(conn, Owner("staff", staff_id), passkey_id)
    await sessions.end_all(conn, "staff", staff_id)
    gone = {"passkey_id": passkey_id}
    await audit.note(conn, seer, at, "staff.passkey-removed", _named(staff_id), before=gone)


async def _held(conn: Conn, seer: Seer, staff_id: str) -> Account:
    """The account, locked, if the asker looks after it."""
    if seer.staff_id == staff_id:
        raise OwnAccount("Nobody does this to their own account: ask another who looks after accounts.")
    account = await accounts.get(conn, staff_id, hold=True)
    _check_may(seer, staff_id, account.role, account.partner_id)
    return account


def _check_may(seer: Seer, staff_id: str, role: Role, partner_id: str | None) -> None:
    """An ally's manager looks after its own people on the floor and on the road, and after nobody else."""
    if seer.role == "tower":
        return
    if seer.role != "ally" or seer.node_ids is not None or role not in OF_AN_ALLY or partner_id != seer.partner_id:
        raise NoSuchStaff(f"Nobody of the name {staff_id} is yours to look after.", staff_id=staff_id)


async def _check_known(conn: Conn, partner_id: str | None, node_ids: Sequence[str] | None) -> None:
    if partner_id is not None and not await partners.known_partners(conn, [partner_id]):
        raise PartnerUnknown(f"There is no partner {partner_id}; import it first.", partner_id=partner_id)
    if missing := sorted(set(node_ids or ()) - await network.known_nodes(conn, list(node_ids or ()))):
        raise NodeUnknown(f"There is no node {missing[0]!r}.", node_id=missing[0])


def _named(staff_id: str) -> str:
    return f"staff/{staff_id}"


def _seen(account: Account) -> dict[str, object]:
    """What of an account is in the audit."""
    told = asdict(account)
    return {name: told[name] for name in ("role", "partner_id", "node_ids")}
