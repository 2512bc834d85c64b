"""`sangdan keys`: who may call the HTTP door."""

import msgspec
from cyclopts import App

from sangdan.flows.admit_client import admit
from sangdan.kit import access
from sangdan.kit.access import Client, Role
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn

from .output import Json, answer, table
from .session import in_database

app = App(name="keys", help="Make, list and revoke API keys.")


class NewKey(msgspec.Struct, frozen=True):
    """A client and its key."""

    client: Client
    key: str


@app.command
def make(client: str, *, role: Role, partner: str | None = None, node: str | None = None, json: Json = False) -> None:
    """Let a client in and print its key. It is not kept: store it now.

    Parameters
    ----------
    client
        A name for the caller: letters, digits, '.', '_' or '-'.
    role
        tower: everything. shop: promises and orders. ally: its own goods and money. floor: picking. courier: tracking.
    partner
        The ally it acts for; needed for every role but tower.
    node
        Confines it to one node.
    """
    key = access.new_key()
    made = in_database(
        lambda conn: admit(conn, client, role, partner, node, key, WallClock().now()),
        what="client.made",
        subject=f"client/{client}",
        after={"role": role, "partner_id": partner, "node_id": node},
    )
    answer(NewKey(made, key), key, json=json)


@app.command(name="list")
def show(*, json: Json = False) -> None:
    """List every client, revoked ones too. Keys are never shown again."""
    clients = in_database(_all)
    rows = [(c.client_id, c.role, c.partner_id or "", c.node_id or "", c.revoked_at or "") for c in clients]
    text = table(("client", "role", "partner", "node", "revoked at"), rows) if rows else "No client may call yet."
    answer({"clients": clients}, text, json=json)


@app.command
def revoke(client: str, *, json: Json = False) -> None:
    """Shut a client out for good; a running server notices within five seconds.

    Parameters
    ----------
    client
        Its name, as listed.
    """
    at = WallClock().now()
    in_database(
        lambda conn: access.revoke(conn, client, at),
        what="client.revoked",
        subject=f"client/{client}",
        stands=lambda conn: _standing(conn, client),
    )
    answer({"revoked": client}, f"{client} is revoked.", json=json)


async def _standing(conn: Conn, client: str) -> dict[str, object]:
    found = await access.client(conn, client)
    return {"revoked": found is not None and found.revoked_at is not None}


async def _all(conn: Conn) -> list[Client]:
    clients: list[Client] = []
    while page := await access.clients(conn, clients[-1].client_id if clients else ""):
        clients += page
    return clients
