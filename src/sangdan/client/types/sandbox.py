"""What `client.sandbox` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime

import msgspec


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """The sandbox's time."""

    now: datetime
    ahead_s: int
