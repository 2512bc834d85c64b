"""What happens to endpoints."""

from typing import ClassVar
from uuid import UUID

from sangdan.kit.events import Fact, fact

from .model import Reason


@fact("webhooks.switched_off")
class EndpointSwitchedOff(Fact, frozen=True, kw_only=True):
    """An endpoint said that it is gone, or took nothing for too long: nothing is sent to it any more.

    partner_id  whose it is; None: the tower's
    """

    about: ClassVar[str] = "endpoint_id"
    endpoint_id: UUID
    partner_id: str | None
    reason: Reason
