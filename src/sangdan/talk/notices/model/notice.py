"""A notice as it is kept."""

from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import msgspec

from sangdan.kit.ids import derive

from .decision import Args, Topic
from .receiver import Channel, Language
from .texts import Text, render

State: TypeAlias = Literal["waiting", "held", "sending", "sent", "suppressed", "failed"]


class Notice(msgspec.Struct, frozen=True):
    """One message to a shopper, or why there was none.

    causes    codes of the facts behind it
    at        when the first of them was heard
    because   why it waits, is held, was suppressed or failed
    due_at    when somebody looks at it next; while it is sent: the end of the lease
    template  what is said, with its arguments and the language; None until that is decided
    receiver  masked
    round     how often an operator had it sent again; leg: which of the person's ways is tried
    """

    order_id: UUID
    notice_id: UUID
    topic: Topic
    shop_id: str
    shopper_id: str
    causes: list[str]
    at: datetime
    state: State
    because: str | None
    due_at: datetime
    template: str | None
    args: dict[str, Any] | None
    language: Language | None
    channel: Channel | None
    receiver: str | None
    round: int
    leg: int
    attempts: int
    provider_ref: str | None
    sent_at: datetime | None

    @property
    def key(self) -> UUID:
        """What a provider knows this try by: the same for every repetition of it, another for another way."""
        if (self.round, self.leg) == (0, 0):
            return self.notice_id
        return derive(self.notice_id, "try", self.round, self.leg)

    def text(
        self, language: Language | None = None, person: str | None = None, opt_out: str | None = "-"
    ) -> Text | None:
        """Its words; None until it is decided what is said.

        language  None: the one it was written in
        person    the shopper's name; None speaks to nobody by name
        opt_out   the free number by which advertisements are refused
        """
        if self.template is None or self.args is None:
            return None
        spoken = language or self.language or "ko"
        return render(self.template, msgspec.convert(self.args, Args), spoken, person, opt_out)
