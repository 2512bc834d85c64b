"""What `client.outages` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime

import msgspec


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """A node is out of service, from one instant to another."""

    node_id: str
    from_at: datetime
    until_at: datetime | None
    reason: str


class Quarantine(msgspec.Struct, frozen=True, kw_only=True):
    """Goods of one temperature on one node that are not sold until somebody has looked at them."""

    node_id: str
    temperature: str
    since_at: datetime


class OutOfService(msgspec.Struct, frozen=True, kw_only=True):
    """A node's outage, and the temperatures whose goods are in quarantine until somebody has looked at them."""

    node_id: str
    outage: Outage | None
    quarantine: tuple[Quarantine, ...]
