"""Who may call: clients, their roles and their keys. A key is shown once and kept as its SHA-256 alone."""

import hashlib
import hmac
import re
from collections.abc import Callable, Collection
from datetime import datetime
from os import urandom
from typing import Final, Literal, LiteralString, TypeAlias

import msgspec
from psycopg import errors as pg

from .db import Conn, many, maybe, run
from .problems import Conflict, Invalid, NotFound

PREFIX: Final = "sgd_"
STAFF: Final = "staff."  # what people are called in whatever is written down begins so
_KEY_HEX_DIGITS: Final = 64
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


# What a client is for:
#   tower    the alliance's operators: everything
#   shop     a marketplace or an app: promises and orders of its shoppers
#   ally     an ally's manager: its own goods, orders and money
#   floor    pickers and packers of an ally's nodes
#   courier  a carrier: its own parcels
Role: TypeAlias = Literal["tower", "shop", "ally", "floor", "courier"]


class Client(msgspec.Struct, frozen=True):
    """A caller, without its key.

    partner_id  the ally it acts for; None only for the tower
    node_id     the one node it is confined to, None for all of the ally's
    """

    client_id: str
    role: Role
    partner_id: str | None
    node_id: str | None
    made_at: datetime
    revoked_at: datetime | None


class Seer(msgspec.Struct, frozen=True):
    """Through whose eyes a query of owned rows looks.

    client_id  who it is, in whatever is written down: a client, `staff.NAME`, or `console.USER` for the command line
    node_ids   the nodes it is confined to; None for all of the ally's
    staff_id   the account of a person who signed in; None of a program
    """

    client_id: str
    role: Role
    partner_id: str | None
    node_ids: frozenset[str] | None = None
    staff_id: str | None = None

    def sees_node(self, node_id: str) -> bool:
        """Whether the node is among those it is confined to; whose node it is, is another question."""
        return self.node_ids is None or node_id in self.node_ids

    @property
    def seen_by(self) -> str | None:
        """The ally whose rows may be seen; None sees every ally's."""
        return None if self.role == "tower" else self.partner_id


class ClientExists(Conflict):
    """The name is taken, also by a client that was revoked."""

    code = "client-exists"


class NoSuchClient(NotFound):
    """There is no client of that name, or it was revoked before."""

    code = "no-such-client"


class ClientNameUnfit(Invalid):
    """The name of a client holds something that it may not."""

    code = "client-name-unfit"


class NoPartner(Invalid):
    """A client of this role acts for an ally, and none was named."""

    code = "client-without-partner"


FIND: Final[LiteralString] = """
    SELECT client_id, role, partner_id, node_id, key_hash
      FROM kit.client WHERE key_hash = %(key_hash)s AND revoked_at IS NULL
"""
NAMED: Final[LiteralString] = """
    SELECT client_id, role, partner_id, node_id, key_hash
      FROM kit.client WHERE client_id = %(client_id)s AND revoked_at IS NULL
"""
MAKE: Final[LiteralString] = """
    INSERT INTO kit.client (client_id, key_hash, role, partner_id, node_id, made_at)
    VALUES (%(client_id)s, %(key_hash)s, %(role)s, %(partner_id)s, %(node_id)s, %(at)s)
"""
REVOKE: Final[LiteralString] = """
    UPDATE kit.client SET revoked_at = %(at)s WHERE client_id = %(client_id)s AND revoked_at IS NULL
"""
LIST: Final[LiteralString] = """
    SELECT client_id, role, partner_id, node_id, made_at, revoked_at
      FROM kit.client WHERE client_id > %(after)s ORDER BY client_id LIMIT %(limit)s
"""
ONE: Final[LiteralString] = """
    SELECT client_id, role, partner_id, node_id, made_at, revoked_at FROM kit.client WHERE client_id = %(client_id)s
"""
STANDING: Final[LiteralString] = """
    SELECT client_id FROM kit.client WHERE client_id = ANY (%(client_ids)s::text[]) AND revoked_at IS NULL
     UNION ALL
    SELECT client_id FROM kit.staff WHERE client_id = ANY (%(client_ids)s::text[]) AND disabled_at IS NULL
"""
SEERS: Final[LiteralString] = """
    SELECT min(client_id) AS client_id, role, partner_id, node_id
      FROM (SELECT client_id, role, partner_id, node_id FROM kit.client WHERE revoked_at IS NULL
             UNION ALL
            SELECT client_id, role, partner_id, NULL FROM kit.staff WHERE disabled_at IS NULL AND node_ids IS NULL) s
     GROUP BY role, partner_id, node_id ORDER BY 1
"""


class _Known(msgspec.Struct, frozen=True):
    """Clients that see the same, as one of them."""

    client_id: str
    role: Role
    partner_id: str | None
    node_id: str | None

    def seer(self) -> Seer:
        """How it looks at rows."""
        confined = None if self.node_id is None else frozenset({self.node_id})
        return Seer(self.client_id, self.role, self.partner_id, confined)


class _Kept(_Known, frozen=True):
    """A client with the hash of its key, for the comparison alone."""

    key_hash: bytes


def new_key(random: Callable[[int], bytes] = urandom) -> str:
    """A key nobody can guess: 32 random bytes, spelled so that a leaked one is recognised.

    random  gives that many bytes of real randomness
    """
    return PREFIX + random(_KEY_HEX_DIGITS // 2).hex()


def hash_key(key: str) -> bytes:
    """What is kept of a key. Plain SHA-256 suffices: 256 random bits cannot be searched."""
    return hashlib.sha256(key.encode()).digest()


def looks_like_key(text: str) -> bool:
    """Whether it is spelled as a key, so that anything else never reaches the database."""
    digits = text.removeprefix(PREFIX)
    return text.startswith(PREFIX) and len(digits) == _KEY_HEX_DIGITS and set(digits) <= set("0123456789abcdef")


async def find(conn: Conn, key_hash: bytes) -> Seer | None:
    """The client whose key has this hash, unless it was revoked."""
    kept = await maybe(conn, _Kept, FIND, key_hash=key_hash)
    if kept is None or not hmac.compare_digest(kept.key_hash, key_hash):
        return None
    return kept.seer()


async def standing(conn: Conn, client_ids: Collection[str]) -> set[str]:
    """Those of the clients, and of the people, that may still come in."""
    rows = await conn.execute(STANDING, {"client_ids": list(client_ids)})
    return {row[0] for row in await rows.fetchall()}


async def seers(conn: Conn) -> list[Seer]:
    """Through whose eyes anybody may look: clients that see the same are one."""
    return [each.seer() for each in await many(conn, _Known, SEERS)]


async def named(conn: Conn, client_id: str) -> Seer | None:
    """The client of this name, unless it was revoked: for whoever has proved already that it is this client."""
    kept = await maybe(conn, _Kept, NAMED, client_id=client_id)
    return None if kept is None else kept.seer()


def check_partner(role: Role, partner_id: str | None) -> None:
    """Whoever is not of the tower acts for an ally.

    raises  NoPartner
    """
    if role != "tower" and partner_id is None:
        raise NoPartner(f"A client of role {role} needs the ally it acts for; name one.", role=role)


async def make(
    conn: Conn, client_id: str, role: Role, partner_id: str | None, node_id: str | None, key: str, at: datetime
) -> Client:
    """Let a new client in.

    client_id  1..64 letters, digits, '.', '_' or '-'
    key        from `new_key`; only its hash is kept
    raises     ClientNameUnfit, ClientExists, NoPartner
    """
    check_partner(role, partner_id)
    if not NAME.fullmatch(client_id):
        raise ClientNameUnfit("A name is 1 to 64 letters, digits, '.', '_' or '-', and begins with no sign.")
    if client_id.startswith(STAFF):
        raise ClientExists(f"Names that begin with {STAFF} are those of people; choose another.", client_id=client_id)
    try:
        await run(
            conn,
            MAKE,
            client_id=client_id,
            key_hash=hash_key(key),
            role=role,
            partner_id=partner_id,
            node_id=node_id,
            at=at,
        )
    except pg.UniqueViolation as taken:
        raise ClientExists(f"A client {client_id} exists; choose another name.", client_id=client_id) from taken
    return Client(client_id, role, partner_id, node_id, made_at=at, revoked_at=None)


async def revoke(conn: Conn, client_id: str, at: datetime) -> None:
    """Shut a client out for good.

    raises  NoSuchClient
    """
    if not await run(conn, REVOKE, client_id=client_id, at=at):
        raise NoSuchClient(f"No client {client_id} may call; list the clients to see their names.", client_id=client_id)


async def client(conn: Conn, client_id: str) -> Client | None:
    """A client by name, also one that was revoked."""
    return await maybe(conn, Client, ONE, client_id=client_id)


async def clients(conn: Conn, after: str = "", limit: int = 200) -> list[Client]:
    """Every client by name, revoked ones too.

    after  the last name of the page before, '' for the first
    """
    return await many(conn, Client, LIST, after=after, limit=limit)
