"""What shoppers were told, what waits to be told, and what was not."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sangdan.doors.web.answers import words
from sangdan.doors.web.words import Words, mark
from sangdan.flows.shopper_picture import number_of
from sangdan.kit import audit
from sangdan.kit.access import Role, Seer
from sangdan.kit.db import Pool
from sangdan.kit.lists import Which
from sangdan.talk.notices import commands as notices
from sangdan.talk.notices import queries as rows
from sangdan.talk.notices.errors import NoSuchNotice
from sangdan.talk.notices.model import Notice

from .frame import page
from .tables import Action, Asked, Cell, Choice, Column, Foreseen, Listed, Option, Search, Table, Tone

SHOPS: Final[frozenset[Role]] = frozenset({"tower", "shop"})
STATE: Final[Mapping[str, str]] = {
    "waiting": mark("waiting"),
    "held": mark("held back"),
    "sending": mark("being sent"),
    "sent": mark("sent"),
    "suppressed": mark("not sent"),
    "failed": mark("failed"),
}
TONE: Final[Mapping[str, Tone]] = {
    "waiting": "info", "held": "change", "sending": "info", "sent": "good", "suppressed": "quiet", "failed": "bad",
}  # fmt: skip
TOPIC: Final[Mapping[str, str]] = {
    "placed": mark("The order was placed"),
    "ended": mark("The order ended"),
    "changed": mark("Something changed"),
    "shipped": mark("It is on its way"),
    "ready": mark("It is ready"),
    "delivered": mark("It arrived"),
}
CHANNEL: Final[Mapping[str, str]] = {
    "alimtalk": mark("Alimtalk"),
    "sms": mark("text message"),
    "lms": mark("long text message"),
    "email": mark("e-mail"),
}
# Why; what a relay or a mail server answered stands in its own code.
BECAUSE: Final[Mapping[str, str]] = {
    "overtaken": mark("overtaken by what came later"),
    "told_before": mark("told before"),
    "nothing_new": mark("nothing new to the shopper"),
    "no_consent": mark("no consent"),
    "no_opt_out": mark("no number to refuse by"),
    "no_channel": mark("no way to reach them"),
    "unknown_person": mark("nobody knows who it is"),
    "night": mark("it is night"),
    "quiet_hours": mark("it is night"),
    "unconfirmed": mark("never confirmed"),
    "accepted": mark("not confirmed yet"),
    "never_arrived": mark("it never arrived"),
    "unreachable": mark("the relay is away"),
    "bad_address": mark("no such address"),
    "undeliverable": mark("it could not be delivered"),
    "no_profile": mark("no sender profile is set"),
    "not_authorised": mark("the mail server refused our sign-in"),
    "no_tls": mark("the mail server has no encryption"),
    "tls_failed": mark("the encryption to the mail server failed"),
    "messenger_failed": mark("the messenger failed"),
}


def _state(row: Notice, say: Words) -> Cell:
    return Cell(say(STATE[row.state]), under=_because(row, say), tone=TONE[row.state])


def _because(row: Notice, say: Words) -> str:
    reason = row.because or ""
    if not reason:
        return ""
    return say(BECAUSE[reason]) if reason in BECAUSE else say("answered with %(code)s", code=reason)


def _way(row: Notice, say: Words) -> Cell:
    return Cell(say(CHANNEL[row.channel]) if row.channel else "–", under=row.receiver or "")


def _id_of(row_id: str) -> UUID:
    """A notice's id.

    raises  NoSuchNotice
    """
    try:
        return UUID(row_id)
    except ValueError:
        raise NoSuchNotice(f"There is no notice {row_id[:40]}.", notice_id=row_id[:40]) from None


async def _called(asked: Asked, row_id: str) -> str:
    found = await notices.see(asked.conn, _id_of(row_id), asked.seer.seen_by)
    return f"{number_of(found.order_id)} · {asked.say(TOPIC[found.topic])}"


async def _foresee(asked: Asked, row_id: str) -> Foreseen:
    before = await notices.see(asked.conn, _id_of(row_id), asked.seer.seen_by)
    await notices.again(asked.conn, before.notice_id, asked.seer.seen_by, asked.at)
    now = asked.say(STATE[before.state])
    return Foreseen(asked.say(TOPIC[before.topic]), now, asked.say("waits to be sent, by the first way again"))


async def _act(asked: Asked, row_id: str, reason: str) -> None:
    before = await notices.see(asked.conn, _id_of(row_id), asked.seer.seen_by)
    await notices.again(asked.conn, before.notice_id, asked.seer.seen_by, asked.at)
    await audit.note(
        asked.conn, asked.seer, asked.at, "notice.sent-again", f"notice/{before.notice_id}",
        before={"state": before.state, "because": before.because}, after={"state": "waiting"}, reason=reason,
    )  # fmt: skip


def _order(text: str) -> str | None:
    """An order's number, if it can be one."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


NOTICES: Final = Table[Notice](
    path="/notices",
    title=mark("Messages to shoppers"),
    lead=mark("What they were told, what waits, and what could not be said. Nobody is named here."),
    roles=SHOPS,
    columns=(
        Column("topic", mark("About"), lambda row, say: say(TOPIC[row.topic]), wide=True),
        Column("state", mark("State"), _state),
        Column("way", mark("By"), _way, phone=False),
        Column("order", mark("Order"),
               lambda row, say: Cell(number_of(row.order_id), href=f"/tower/orders/{row.order_id}", code=True),
               lambda row: str(row.order_id), phone=False),
        Column("attempts", mark("Tries"), lambda row, say: say.number(row.attempts), lambda row: row.attempts, "whole",
               number=True, phone=False),
        Column("at", mark("When"), lambda row, say: say.when(row.sent_at or row.at), lambda row: row.sent_at or row.at,
               "instant", order="order"),
    ),
    filters=(
        Choice("state", mark("State"), tuple(Option(state, title) for state, title in STATE.items()), sift=Which),
        Choice("topic", mark("About"), tuple(Option(topic, title) for topic, title in TOPIC.items())),
        Search("of", mark("Order"), mark("The order's whole number"), sift=_order),
    ),
    source=Listed(rows.NOTICES, rows.listed),
    order="-order",
    row_id=lambda row: str(row.notice_id),
    link=lambda row: f"/tower/notices/{row.notice_id}",
    actions=(
        Action("again", mark("Send again"), mark("What failed or was not sent waits once more."),
               SHOPS, _foresee, _act, icon="repeat"),
    ),
    called=_called,
)  # fmt: skip


@get("/notices/{notice_id:uuid}", opt={"roles": SHOPS})
async def notice(
    request: Request[Seer, Any, Any],
    notice_id: FromPath[UUID],
    pool: NamedDependency[Pool],
) -> Response[Any]:
    """One message: its words, without a name, and how it went."""
    async with pool.transaction() as conn:
        found = await notices.see(conn, notice_id, request.user.seen_by)
    say = words(request)
    return page(
        request, "tower/notice.html",
        notice=found, text=found.text(), topic=say(TOPIC[found.topic]), state=_state(found, say), way=_way(found, say),
        number=number_of(found.order_id),
        over=found.state in ("failed", "suppressed"),
    )  # fmt: skip


PAGES: Final = (notice,)
