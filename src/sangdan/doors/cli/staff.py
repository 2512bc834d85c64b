"""`sangdan staff`: the people who sign in to the tower and the floor."""

import asyncio
import getpass
import sys
from typing import Final
from uuid import UUID

import msgspec
from cyclopts import App

from sangdan.doors.web.entry import join_link
from sangdan.flows import admit_staff
from sangdan.kit import audit, passkeys, sessions
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.passkeys import Owner, Passkey
from sangdan.kit.passwords import Hasher, check_password
from sangdan.kit.settings import load
from sangdan.kit.staff import accounts
from sangdan.kit.staff.accounts import Account, Role

from .output import Json, answer, table
from .session import in_database

app = App(name="staff", help="Let people in, say what they may do, shut them out.")

PAGE: Final = 500


class Invited(msgspec.Struct, frozen=True):
    """An account, and the link by which its password is chosen."""

    account: Account
    link: str


@app.command
def admit(
    name: str,
    /,
    *,
    role: Role,
    partner: str | None = None,
    node: tuple[str, ...] = (),
    url: str | None = None,
    json: Json = False,
) -> None:
    """Give somebody an account, and print the link by which they choose a password. It works once, for seven days.

    Parameters
    ----------
    name
        What they sign in with: letters, digits, '.', '_' or '-'.
    role
        tower: everything. ally: an ally's goods, orders and people. floor: picking. courier: a carrier's parcels.
    partner
        The ally they work for; needed for every role but tower.
    node
        A node they are confined to, for the floor; several times for several.
    url
        Where people reach the server, e.g. https://tower.example; without it the address that it listens on.
    """

    async def ask(conn: Conn) -> Invited:
        at, by = WallClock().now(), audit.console()
        made = await admit_staff.admit(conn, by, name, role, partner, list(node) or None, at)
        return Invited(made, join_link(_url(url), await admit_staff.invite(conn, by, name, at, at)))

    invited = in_database(ask)
    answer(invited, invited.link, json=json)


@app.command
def invite(name: str, /, *, url: str | None = None, json: Json = False) -> None:
    """Print a new link by which somebody chooses a password: the first was lost, or the password forgotten.

    Parameters
    ----------
    url
        Where people reach the server; without it the address that it listens on.
    """

    async def ask(conn: Conn) -> Invited:
        at = WallClock().now()
        text = await admit_staff.invite(conn, audit.console(), name, at, at)
        return Invited(await accounts.get(conn, name), join_link(_url(url), text))

    invited = in_database(ask)
    answer(invited, invited.link, json=json)


@app.command
def change(
    name: str, /, *, role: Role, partner: str | None = None, node: tuple[str, ...] = (), json: Json = False
) -> None:
    """Say anew what somebody may do. They are signed out everywhere.

    Parameters
    ----------
    role, partner, node
        As in `sangdan staff admit`.
    """

    async def ask(conn: Conn) -> Account:
        at = WallClock().now()
        return await admit_staff.amend(conn, audit.console(), name, role, partner, list(node) or None, at)

    answer(in_database(ask), f"{name} may now do what role {role} may.", json=json)


@app.command(name="list")
def show(*, json: Json = False) -> None:
    """List the people who have an account, also those who were shut out."""
    found = in_database(_all)
    rows = [
        (each.staff_id, each.role, each.partner_id or "", " ".join(each.node_ids or ()), _state(each)) for each in found
    ]
    text = table(("name", "role", "partner", "nodes", "state"), rows) if rows else "Nobody has an account yet."
    answer({"staff": found}, text, json=json)


@app.command
def out(name: str, /, *, json: Json = False) -> None:
    """Shut somebody out at once; a running server notices within five seconds. `in` lets them in again."""
    account = in_database(lambda conn: admit_staff.shut_out(conn, audit.console(), name, WallClock().now()))
    answer(account, f"{name} is shut out.", json=json)


@app.command(name="in")
def in_(name: str, /, *, json: Json = False) -> None:
    """Let somebody in again who was shut out."""
    account = in_database(lambda conn: admit_staff.let_in_again(conn, audit.console(), name, WallClock().now()))
    answer(account, f"{name} may come in again.", json=json)


@app.command
def lost(name: str, /, *, json: Json = False) -> None:
    """Take the codes and passkeys of a lost phone away; the next sign-in sets another phone up."""
    in_database(lambda conn: admit_staff.drop_codes(conn, audit.console(), name, WallClock().now()))
    answer({"staff_id": name}, f"{name} sets codes up at the next sign-in.", json=json)


@app.command(name="passkeys")
def passkeys_(name: str, /, *, remove: UUID | None = None, json: Json = False) -> None:
    """List somebody's passkeys; with --remove take one away, and sign them out everywhere.

    Parameters
    ----------
    remove
        The passkey to take away, by its id in the list. `lost` takes all of them, and the codes.
    """

    async def ask(conn: Conn) -> list[Passkey]:
        await accounts.get(conn, name)
        if remove is not None:
            await admit_staff.drop_passkey(conn, audit.console(), name, remove, WallClock().now())
        return await passkeys.of(conn, Owner("staff", name))

    found = in_database(ask)
    rows = [(str(each.passkey_id), each.label, each.host, *_days(each)) for each in found]
    text = table(("id", "name", "for", "made", "used", "synced"), rows) if rows else f"{name} has no passkey."
    answer({"passkeys": found}, text, json=json)


@app.command
def password(name: str, /, *, json: Json = False) -> None:
    """Set somebody's password, read from the terminal or from standard input; a link (`invite`) is the usual way.

    They are signed out everywhere.
    """
    told = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline()
    chosen_by_hand = told.rstrip("\n")
    check_password(chosen_by_hand, name)
    chosen = asyncio.run(Hasher().hash(chosen_by_hand))

    async def ask(conn: Conn) -> None:
        await accounts.get(conn, name, hold=True)
        await accounts.set_password(conn, name, chosen)
        await sessions.end_all(conn, "staff", name)

    in_database(ask, what="staff.password-chosen", subject=f"staff/{name}")
    answer({"staff_id": name}, f"{name} has a new password.", json=json)


def _url(given: str | None) -> str:
    """Where people reach the server."""
    if given is not None:
        return given
    settings = load()
    return f"http://{settings.host}:{settings.port}"


def _days(passkey: Passkey) -> tuple[str, str, str]:
    """When it was made, when it was used last, and whether it may lie on other devices too."""
    used = "never" if passkey.used_at is None else f"{passkey.used_at:%Y-%m-%d}"
    return f"{passkey.made_at:%Y-%m-%d}", used, "yes" if passkey.synced else "no"


def _state(account: Account) -> str:
    if account.disabled_at is not None:
        return "shut out"
    return "active" if account.has_password else "invited"


async def _all(conn: Conn) -> list[Account]:
    found: list[Account] = []
    while page := await accounts.page(conn, None, found[-1].staff_id if found else "", PAGE):
        found += page
    return found
