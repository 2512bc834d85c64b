"""What `client.recipients` takes and gives. Made from the OpenAPI document by `make client`."""

from uuid import UUID

import msgspec


class RecipientView(msgspec.Struct, frozen=True, kw_only=True):
    """Who receives an order; the postcode is the order's own."""

    order_id: UUID
    masked: bool
    name: str
    phone: str
    lines: tuple[str, ...]
    postcode: str
    note: str | None
