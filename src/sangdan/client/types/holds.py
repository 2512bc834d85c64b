"""What `client.holds` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from uuid import UUID

import msgspec


class HoldView(msgspec.Struct, frozen=True, kw_only=True):
    """What is held until it expires. An order takes it by naming it: POST /v1/orders with `hold_id`."""

    hold_id: UUID
    expires_at: datetime
