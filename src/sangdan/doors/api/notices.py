"""What shoppers were told, what waits to be told, and what was not: a shop sees its own shoppers'."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from sangdan.doors.problems import problems
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.talk.notices import commands as notices
from sangdan.talk.notices.errors import NoSuchNotice, NoticeNotOver
from sangdan.talk.notices.model import Channel, Language, Notice, State, Topic

from .pages import Cursor, CursorUnreadable, Limit, Page, page, read_cursor
from .trail import Trail

FIRST: Final = UUID(int=0)


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice. The text speaks to nobody by name, and the receiver is masked.

    topic     what it is about; template: what was said, null until that is decided
    causes    codes of the facts behind it, the first of them heard at `at`
    because   why it waits, is held, was suppressed or failed
    due_at    when it is looked at next; without meaning once it is over
    """

    notice_id: UUID
    order_id: UUID
    shop_id: str
    shopper_id: str
    topic: Topic
    causes: list[str]
    at: datetime
    state: State
    because: str | None
    due_at: datetime
    template: str | None
    language: Language | None
    title: str | None
    text: str | None
    channel: Channel | None
    receiver: str | None
    attempts: int
    sent_at: datetime | None


def view(notice: Notice) -> NoticeView:
    """A notice as it is shown, in the language it was written in."""
    text = notice.text()
    return NoticeView(
        notice_id=notice.notice_id,
        order_id=notice.order_id,
        shop_id=notice.shop_id,
        shopper_id=notice.shopper_id,
        topic=notice.topic,
        causes=notice.causes,
        at=notice.at,
        state=notice.state,
        because=notice.because,
        due_at=notice.due_at,
        template=notice.template,
        language=notice.language,
        title=None if text is None else text.title,
        text=None if text is None else text.text,
        channel=notice.channel,
        receiver=notice.receiver,
        attempts=notice.attempts,
        sent_at=notice.sent_at,
    )


@get("/v1/notices", tags=["notices"], responses=problems(CursorUnreadable))
async def list_notices(
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    order_id: FromQuery[UUID | None] = None,
    became: Annotated[State | None, QueryParameter(name="state", description="Only notices in this state.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[NoticeView]:
    """What the shop's shoppers were told and were not, by the time of their orders."""
    after = read_cursor(cursor, FIRST, UUID)
    rows = await notices.page(conn, seer.seen_by, order_id, became, after, limit + 1)
    return page([view(row) for row in rows], limit, lambda row: row.notice_id)


@post(
    "/v1/notices/{notice_id:uuid}/retry",
    tags=["notices"],
    status_code=200,
    responses=problems(NoSuchNotice, NoticeNotOver),
)
async def retry(
    notice_id: FromPath[UUID],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> NoticeView:
    """Have a notice that failed or was suppressed sent after all."""
    before = await notices.see(conn, notice_id, seer.seen_by)
    after = await notices.again(conn, notice_id, seer.seen_by, at)
    trail.tell("notice.sent-again", f"notice/{notice_id}", before=_standing(before), after=_standing(after))
    return view(after)


def _standing(notice: Notice) -> dict[str, object]:
    return {"state": notice.state, "because": notice.because}
