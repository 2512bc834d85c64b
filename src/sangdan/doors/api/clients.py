"""Who may call: the tower lets clients in and shuts them out."""

from datetime import datetime

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from sangdan.doors.access import Gate
from sangdan.doors.problems import problems
from sangdan.flows import admit_client
from sangdan.flows.admit_client import ShopCollectsNothing
from sangdan.kit import access
from sangdan.kit.access import Client, ClientExists, NoPartner, NoSuchClient, Role
from sangdan.kit.db import Conn
from sangdan.offer.network.errors import NodeUnknown
from sangdan.offer.partners.errors import PartnerUnknown

from .fields import Code, CodeInPath
from .pages import Cursor, CursorUnreadable, Limit, Page, page, read_cursor
from .trail import Trail


class NewClient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A caller to be.

    partner_id  the ally it acts for; needed for every role but tower
    node_id     confines it to one node
    """

    client_id: Code
    role: Role
    partner_id: Code | None = None
    node_id: Code | None = None


class ClientKey(msgspec.Struct, frozen=True):
    """A new client and its key, which is shown this once."""

    client: Client
    key: str


# No Idempotency-Key: a second try is refused by its name, and an answer that is kept would keep the key in the clear.
@post(
    "/v1/clients",
    tags=["clients"],
    opt={"harmless": True},
    responses=problems(ClientExists, NoPartner, PartnerUnknown, NodeUnknown, ShopCollectsNothing),
)
async def make(
    data: JSONBody[NewClient],
    conn: NamedDependency[Conn],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> ClientKey:
    """Let a client in. The key in the answer is not kept: store it now."""
    key = access.new_key()
    client = await admit_client.admit(conn, data.client_id, data.role, data.partner_id, data.node_id, key, at)
    trail.tell("client.made", f"client/{data.client_id}", after=msgspec.structs.asdict(data))
    return ClientKey(client, key)


@get("/v1/clients", tags=["clients"], responses=problems(CursorUnreadable))
async def clients(conn: NamedDependency[Conn], cursor: Cursor = None, limit: Limit = 50) -> Page[Client]:
    """Every client by name, revoked ones too; never a key."""
    after = read_cursor(cursor, "", str)
    return page(await access.clients(conn, after, limit + 1), limit, lambda client: client.client_id)


@delete("/v1/clients/{client_id:str}", tags=["clients"], responses=problems(NoSuchClient))
async def revoke(
    client_id: CodeInPath,
    conn: NamedDependency[Conn],
    gate: NamedDependency[Gate],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> None:
    """Shut a client out for good; its name is never given again."""
    await access.revoke(conn, client_id, at)
    trail.tell("client.revoked", f"client/{client_id}", before={"revoked": False}, after={"revoked": True})
    gate.forget(client_id)
