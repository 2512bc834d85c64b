"""What `client.closings` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime

import msgspec


class NetworkClosing(msgspec.Struct, frozen=True, kw_only=True):
    """A lane, or every lane of a carrier, sends nothing from one instant to another."""

    scope: str
    closed_id: str
    from_at: datetime
    until_at: datetime | None
    reason: str
