"""`sangdan people`: shoppers as their shops know them, masked; who read them; erasure; the keys that seal them."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
from cyclopts import App

from sangdan.flows import erase_shopper
from sangdan.kit import audit, master_key, postgres
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids
from sangdan.kit.problems import Invalid
from sangdan.kit.settings import Settings, load
from sangdan.kit.staff import codes
from sangdan.kit.vault import Vault
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.commands import KeptPerson, Known
from sangdan.order.shoppers.model import Address, Book, Person, masked, masked_address, masked_kept
from sangdan.talk.webhooks import commands as webhooks

from .output import Json, Most, answer, progress, table
from .session import in_database

app = App(name="people", help="Look at shoppers (masked), tell who read them, erase them; rotate the keys.")

LAW: Final = "law"
CHUNK: Final = 500

T = TypeVar("T")


class NextKeyMissing(Invalid):
    """The master key comes from the settings, and the one to change to is not there."""

    code = "master-key-next-missing"


class Shown(msgspec.Struct, frozen=True):
    """A shopper as shown.

    person     None of somebody erased, or known by orders alone
    addresses  of a member's book, the usual one first
    kept       what the law keeps of somebody erased
    """

    shop_id: str
    shopper_id: str
    masked: bool
    person: Person | None
    addresses: list[Address]
    kept: list[KeptPerson]


class Rotated(msgspec.Struct, frozen=True):
    """What a rotation did.

    key_id   seals from now on
    sealed   rows that were sealed again
    retired  keys that are gone
    """

    key_id: int
    sealed: int
    retired: list[int]


@app.command
def show(shopper: str, /, *, shop: str | None = None, reason: str | None = None, json: Json = False) -> None:
    """Show what a shop knows of a shopper: masked, unless you say why you must see more.

    Parameters
    ----------
    shop
        The shop, when several know a shopper of this id.
    reason
        Why you must see it in the clear; it is written down. 'law' also shows what is kept of somebody erased.
    """

    async def ask(conn: Conn, vault: Vault) -> Shown:
        where = shop or await shoppers.only_shop(conn, shopper)
        [known] = await shoppers.known(conn, vault, shopper, where)
        kept = await shoppers.kept(conn, vault, where, shopper)
        book = await shoppers.book(conn, vault, where, shopper)
        seen: list[msgspec.Struct] = [] if known.person is None else [known.person]
        seen += [book] if book.addresses else []
        for each in [*seen, *(each.kept for each in kept if reason == LAW)] if reason is not None else []:
            await shoppers.note(conn, where, shopper, each, _who(), reason, WallClock().now(), Ids())
        return _shown(known, kept, reason, book)

    shown = _with_vault(ask)
    answer(shown, _told(shown), json=json)


@app.command
def find(*, phone: str | None = None, email: str | None = None, json: Json = False) -> None:
    """Find shoppers by their phone number or e-mail address; twenty at most, masked.

    Parameters
    ----------
    phone, email
        As the caller tells it; any spelling of the number.
    """
    found = _with_vault(lambda conn, vault: shoppers.find(conn, vault, phone, email, None))
    shown = [_shown(each, [], None, Book()) for each in found]
    rows = [(each.shop_id, each.shopper_id, each.person.name if each.person else "") for each in shown]
    text = table(("shop", "shopper", "name"), rows) if rows else "Nobody is known by that."
    answer({"people": shown}, text, json=json)


@app.command
def reads(*, shopper: str, limit: Most = 100, json: Json = False) -> None:
    """Tell who read a shopper in the clear, the latest first: what, when and why. And who changed them.

    Parameters
    ----------
    shopper
        The shopper's id.
    limit
        How many of each at most, 1 to 10,000.
    """
    readings = in_database(lambda conn: shoppers.readings(conn, shopper, None, limit))
    changes = in_database(lambda conn: shoppers.changes(conn, shopper, None, limit))
    read = [(f"{r.at:%Y-%m-%d %H:%M:%S}Z", r.read_by, r.reason or "", " ".join(r.fields)) for r in readings]
    changed = [(f"{c.at:%Y-%m-%d %H:%M:%S}Z", c.changed_by, c.what, " ".join(c.fields)) for c in changes]
    text = table(("read at", "by", "reason", "fields"), read) if read else "Nobody read this shopper in the clear."
    more = table(("changed at", "by", "what", "fields"), changed) if changed else "Nobody changed this shopper."
    answer({"readings": readings, "changes": changes}, f"{text}\n\n{more}", json=json)


@app.command
def erase(shopper: str, /, *, shop: str | None = None, json: Json = False) -> None:
    """Erase a shopper: contact and consents at once; what the law keeps of trades goes when its term is over.

    An open order still arrives: its recipient goes when it ends. Erasing somebody again changes nothing.

    Parameters
    ----------
    shop
        The shop, when several know a shopper of this id.
    """

    async def ask(conn: Conn, vault: Vault) -> shoppers.Erased:
        where = shop or await shoppers.only_shop(conn, shopper)
        return await erase_shopper.erase(conn, vault, where, shopper, _who(), WallClock().now(), Ids())

    erased = _with_vault(ask)
    lines = [f"{shopper} is erased."]
    if erased.keep_until is not None:
        lines.append(f"Kept for the law until {erased.keep_until:%Y-%m-%d}: {erased.kept} names with addresses.")
    if erased.open_orders:
        lines.append(f"{erased.open_orders} orders are still on their way; their recipients go when they end.")
    answer(erased, "\n".join(lines), json=json)


@app.command
def purge(*, json: Json = False) -> None:
    """Delete what was kept for the law and has had its day. A running worker does it by itself, each on its day."""

    async def ask(conn: Conn) -> int:
        at, ids = WallClock().now(), Ids()
        due = await shoppers.due(conn, at)
        return sum([await erase_shopper.purge(conn, each.shop_id, each.shopper_id, _who(), at, ids) for each in due])

    gone = in_database(ask)
    answer({"purged": gone}, f"{gone} records had had their day and are gone.", json=json)


@app.command
def rotate(*, master: bool = False, json: Json = False) -> None:
    """Make a new data key and seal every person with it; the old key is deleted. Servers may go on running.

    One that was interrupted goes on where it stopped.

    Parameters
    ----------
    master
        Change the master key instead: the data keys are wrapped anew, nothing else changes. With the key in the
        settings, set SANGDAN_MASTER_KEY_NEXT for every process first, and make it SANGDAN_MASTER_KEY afterwards.
    """
    if master:
        keys = _change_master(load())
        answer({"wrapped": keys}, f"{keys} data keys are wrapped with the new master key.", json=json)
        return
    rotated = _in_vault(_rotate)
    kept = "" if rotated.retired else " The key before it is still in use: run this again."
    told = f"Data key {rotated.key_id} seals from now on; {rotated.sealed:,} rows were sealed again.{kept}"
    answer(rotated, told, json=json)


async def _rotate(pool: Pool, vault: Vault) -> Rotated:
    sealed = await _seal_all(pool, vault)
    if not sealed:
        async with pool.transaction() as conn:
            at = WallClock().now()
            await vault.rotate(conn, at)
            await audit.note(conn, audit.console(), at, "vault.rotated", "vault/data-key")
        sealed = await _seal_all(pool, vault)
    async with pool.transaction() as conn:
        return Rotated(await vault.ready(conn), sealed, await vault.retire(conn))


async def _seal_all(pool: Pool, vault: Vault) -> int:
    """Seal in chunks, each in a transaction of its own; gives the rows sealed."""
    sealed = 0
    with progress() as bar:
        task = bar.add_task("sealing", total=None)
        while True:
            async with pool.transaction() as conn:
                done = await shoppers.seal_again(conn, vault, CHUNK)
                done += await webhooks.reseal(conn, vault, WallClock().now())
                done += await codes.seal_again(conn, vault, CHUNK)
            if not done:
                return sealed
            sealed += done
            bar.update(task, completed=sealed)


def _change_master(settings: Settings) -> int:
    if settings.master_key is None:
        master_key.prepare_next(settings)
    elif settings.master_key_next is None:
        raise NextKeyMissing(
            "The master key comes from SANGDAN_MASTER_KEY: set SANGDAN_MASTER_KEY_NEXT to the key to change to, for "
            "this command and for every running process. `openssl rand -hex 32` makes one."
        )

    async def wrap(pool: Pool, vault: Vault) -> int:
        async with pool.transaction() as conn:
            await audit.note(conn, audit.console(), WallClock().now(), "vault.rotated", "vault/master-key")
            return await vault.wrap_again(conn)

    keys = _in_vault(wrap)
    if settings.master_key is None:
        master_key.take_next(settings)
    return keys


def _with_vault(ask: Callable[[Conn, Vault], Awaitable[T]]) -> T:
    """Run `ask` in a transaction, with the vault of the settings' database."""

    async def run(pool: Pool, vault: Vault) -> T:
        async with pool.transaction() as conn:
            return await ask(conn, vault)

    return _in_vault(run)


def _in_vault(ask: Callable[[Pool, Vault], Awaitable[T]]) -> T:
    settings = load()

    async def run(url: str) -> T:
        pool = await Pool.open(url, size=2)
        try:
            return await ask(pool, await Vault.open(pool, settings, WallClock()))
        finally:
            await pool.close()

    with postgres.database(settings) as url:
        return asyncio.run(run(url))


def _who() -> str:
    """The account that runs the command, for the log of readings."""
    return f"cli:{getpass.getuser()}"


def _shown(known: Known, kept: list[KeptPerson], reason: str | None, book: Book) -> Shown:
    person = known.person if known.person is None or reason is not None else masked(known.person)
    told = kept if reason == LAW else [msgspec.structs.replace(each, kept=masked_kept(each.kept)) for each in kept]
    addresses = [each if reason is not None else masked_address(each) for each in book.addresses]
    return Shown(known.shop_id, known.shopper_id, reason is None, person, addresses, told)


def _told(shown: Shown) -> str:
    person = shown.person
    rows: list[tuple[str, str]] = [("shop", shown.shop_id), ("shopper", shown.shopper_id)]
    if person is None:
        rows.append(("known", "nothing: erased, or known by orders alone"))
    else:
        rows += [("name", person.name), ("phone", person.phone or ""), ("e-mail", person.email or "")]
        rows += [("address", " / ".join(person.lines)), ("postcode", person.postcode or "")]
        rows += [("language", person.locale), ("channels", " ".join(person.channels))]
        rows += [("clearance code", person.clearance_code or "")]
    rows += [
        ("kept address", " · ".join(filter(None, (a.label, a.name, a.phone, a.postcode, " / ".join(a.lines), a.note))))
        for a in shown.addresses
    ]
    rows += [
        (f"kept until {each.keep_until:%Y-%m-%d}", f"{each.what}: {each.kept.name}, {' / '.join(each.kept.lines)}")
        for each in shown.kept
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {text}".rstrip() for name, text in rows)
