"""What `client.notices` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from uuid import UUID

import msgspec


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice. The text speaks to nobody by name, and the receiver is masked."""

    notice_id: UUID
    order_id: UUID
    shop_id: str
    shopper_id: str
    topic: str
    causes: tuple[str, ...]
    at: datetime
    state: str
    because: str | None
    due_at: datetime
    template: str | None
    language: str | None
    title: str | None
    text: str | None
    channel: str | None
    receiver: str | None
    attempts: int
    sent_at: datetime | None
