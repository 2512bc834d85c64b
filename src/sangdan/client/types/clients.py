"""What `client.clients` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime

import msgspec


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A caller, without its key."""

    client_id: str
    role: str
    partner_id: str | None
    node_id: str | None
    made_at: datetime
    revoked_at: datetime | None


class ClientKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new client and its key, which is shown this once."""

    client: Client
    key: str
