"""Webhooks: whom other systems are told at, what was sent there, and how it is sent again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from sangdan.doors.api.nodes import check_whole
from sangdan.doors.web.answers import words
from sangdan.doors.web.names import actor_name
from sangdan.doors.web.words import Words, mark
from sangdan.flows import send_webhooks
from sangdan.flows.send_webhooks import owner_of
from sangdan.kit import audit, feed
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids, derive
from sangdan.kit.lists import Which, Wish
from sangdan.kit.problems import Problem
from sangdan.talk.webhooks import commands as webhooks
from sangdan.talk.webhooks.errors import NoSuchDelivery
from sangdan.talk.webhooks.model import Endpoint, Owner
from sangdan.talk.webhooks.queries import listing
from sangdan.talk.webhooks.queries.listing import Sent as SentOne

from .forms import sent, told
from .frame import page
from .happenings import event, unanswered
from .places import ALLIES
from .tables import (
    Action,
    Asked,
    Cell,
    Choice,
    Column,
    Days,
    Foreseen,
    Listed,
    Option,
    Rows,
    Search,
    Table,
    Tone,
)

STATE: Final[Mapping[str, str]] = {"on": mark("on"), "off": mark("switched off"), "dead": mark("given up")}
TONE: Final[Mapping[str, Tone]] = {"on": "good", "off": "quiet", "dead": "bad"}
PROGRESS: Final[Mapping[str, str]] = {"waiting": mark("waiting"), "done": mark("taken"), "failed": mark("failed")}
PROGRESS_TONE: Final[Mapping[str, Tone]] = {"waiting": "info", "done": "good", "failed": "bad"}
MOST: Final = 1_000
NIL: Final = UUID(int=0)


def _owner(seer: Seer) -> Owner:
    check_whole(seer)
    owner = owner_of(seer)
    assert owner is not None, "the roles of these pages may have endpoints"
    return owner


async def _endpoints(asked: Asked) -> Sequence[Endpoint]:
    return await webhooks.page(asked.conn, _owner(asked.seer), NIL, MOST)


def _health(row: Endpoint, say: Words) -> Cell:
    if row.state == "on" and row.failing_since is not None:
        return Cell(say("failing since %(when)s", when=say.when(row.failing_since)), tone="change")
    return Cell(say(STATE[row.state]), tone=TONE[row.state])


def _told_of(row: Endpoint, say: Words) -> str:
    return ", ".join(event(each, say) for each in row.types) if row.types else say("everything")


ENDPOINTS: Final = Table[Endpoint](
    path="/webhooks",
    title=mark("Webhooks"),
    lead=mark("Where other systems are told what happens. The API makes endpoints, and shows their secret."),
    roles=ALLIES,
    above="tower/webhook_tabs.html",
    columns=(
        Column("url", mark("Address"), lambda row, say: Cell(row.url, under=actor_name(row.client_id, say)),
               order="url", wide=True),
        Column("ally", mark("Ally"), lambda row, say: row.partner_id or say("the alliance"), phone=False),
        Column("types", mark("Told of"), _told_of, phone=False),
        Column("state", mark("State"), _health),
        Column("made", mark("Since"), lambda row, say: say.when(row.made_at), lambda row: row.made_at, "instant",
               phone=False),
    ),
    filters=(
        Search("q", mark("Address")),
        Choice("state", mark("State"), tuple(Option(state, title) for state, title in STATE.items())),
    ),
    source=Rows(
        _endpoints,
        orders={"url": lambda row: (row.url, str(row.endpoint_id))},
        filters={
            "q": lambda row, text: text.casefold() in row.url.casefold(),
            "state": lambda row, state: row.state == state,
        },
    ),
    order="url",
    row_id=lambda row: str(row.endpoint_id),
    link=lambda row: f"/tower/webhooks/{row.endpoint_id}",
    empty=mark("Nobody is told by webhook yet. POST /v1/webhooks makes an endpoint."),
)  # fmt: skip


def _answer(row: SentOne, say: Words) -> Cell:
    why = unanswered(row.error, say)
    return Cell(str(row.status), under=why) if row.status is not None else Cell(why or "–")


class Deliveries(Listed[SentOne]):
    """What was sent, to those who see the whole of their ally."""

    async def page(self, asked: Asked, wish: Wish, limit: int) -> Sequence[SentOne]:
        check_whole(asked.seer)
        return await super().page(asked, wish, limit)


def _named(row_id: str) -> tuple[UUID, UUID]:
    """Endpoint and event of a row.

    raises  NoSuchDelivery
    """
    try:
        endpoint_id, event_id = row_id.split("_")
        return UUID(endpoint_id), UUID(event_id)
    except ValueError:
        raise NoSuchDelivery("There is no such delivery.", endpoint_id=row_id[:80]) from None


async def _called(asked: Asked, row_id: str) -> str:
    endpoint_id, event_id = _named(row_id)
    return f"{(await webhooks.get(asked.conn, _owner(asked.seer), endpoint_id)).url} · {str(event_id)[:13]}"


async def _foresee(asked: Asked, row_id: str) -> Foreseen:
    endpoint_id, event_id = _named(row_id)
    known = await webhooks.get(asked.conn, _owner(asked.seer), endpoint_id)
    await webhooks.replay_events(asked.conn, known, [event_id], lambda: derive(event_id, asked.at.isoformat()))
    return Foreseen(known.url, str(event_id)[:13], asked.say("told again, under the id that it had"))


async def _act(asked: Asked, row_id: str, reason: str) -> None:
    endpoint_id, event_id = _named(row_id)
    known = await webhooks.get(asked.conn, _owner(asked.seer), endpoint_id)
    await webhooks.replay_events(asked.conn, known, [event_id], lambda: derive(event_id, asked.at.isoformat()))
    after = {"event_id": event_id}
    await audit.note(
        asked.conn, asked.seer, asked.at, "webhook.replayed", f"webhook/{endpoint_id}", after=after, reason=reason
    )


DELIVERIES: Final = Table[SentOne](
    path="/webhooks/deliveries",
    title=mark("Sent webhooks"),
    lead=mark("What was sent within the last month, or is still to be. Tick what is to be sent once more."),
    roles=ALLIES,
    above="tower/webhook_tabs.html",
    columns=(
        Column("type", mark("Event"), lambda row, say: Cell(event(row.type, say), under=row.type), wide=True),
        Column("url", mark("Address"), lambda row, say: row.url, phone=False),
        Column("state", mark("State"),
               lambda row, say: Cell(say(PROGRESS[row.state]), tone=PROGRESS_TONE[row.state])),
        Column("answer", mark("Answer"), _answer, phone=False),
        Column("attempts", mark("Tries"), lambda row, say: say.number(row.attempts), lambda row: row.attempts, "whole",
               number=True, phone=False),
        Column("queued", mark("When"), lambda row, say: say.when(row.queued_at), lambda row: row.queued_at, "instant",
               order="queued"),
    ),
    filters=(
        Choice("state", mark("State"), tuple(Option(state, title) for state, title in PROGRESS.items()), sift=Which),
        Search("type", mark("Event"), mark("Its type, as order.placed")),
        Search("endpoint", mark("Endpoint"), sift=lambda text: text if _is_id(text) else None),
        Days("queued", mark("Day")),
    ),
    source=Deliveries(listing.DELIVERIES, listing.listed),
    order="-queued",
    row_id=lambda row: f"{row.endpoint_id}_{row.event_id}",
    actions=(
        Action("replay", mark("Send again"), mark("Each event goes out once more, under the id that it had."), ALLIES,
               _foresee, _act, icon="repeat"),
    ),
    called=_called,
)  # fmt: skip


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@get("/webhooks/{endpoint_id:uuid}", opt={"roles": ALLIES})
async def endpoint(
    request: Request[Seer, Any, Any], endpoint_id: FromPath[UUID], pool: NamedDependency[Pool]
) -> Response[Any]:
    """One endpoint: how it fares, and what can be done."""
    async with pool.transaction() as conn:
        return await _shown(request, conn, endpoint_id)


@post("/webhooks/{endpoint_id:uuid}/{verb:str}", status_code=200, opt={"roles": ALLIES})
async def do(
    request: Request[Seer, Any, Any],
    endpoint_id: FromPath[UUID],
    verb: FromPath[str],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> Response[Any]:
    """Switch it on or off, send a test event, or tell it again from a time on."""
    form = await sent(request)
    try:
        async with pool.transaction() as conn:
            known = await webhooks.get(conn, _owner(request.user), endpoint_id)
            before: dict[str, object] | None = None
            after: dict[str, object] = {}
            match verb:
                case "on":
                    await webhooks.switch_on(conn, known, await feed.head(conn), at)
                    before, after = {"state": known.state}, {"state": "on"}
                case "off":
                    await webhooks.switch_off(conn, known, at)
                    before, after = {"state": known.state}, {"state": "off"}
                case "ping":
                    await webhooks.ping(conn, known, send_webhooks.ping(known, ids, at), at)
                case _:
                    since = form.instant_or_none("since")
                    await send_webhooks.start(conn, known, None, since or at, ids.new(at))
                    after = {"since": since}
            what = {"on": "switched-on", "off": "switched-off", "ping": "pinged"}.get(verb, "replayed")
            subject = f"webhook/{endpoint_id}"
            await audit.note(conn, request.user, at, f"webhook.{what}", subject, before=before, after=after)
    except Problem as problem:
        wrong, status = told(request, problem)
        async with pool.transaction() as conn:
            return await _shown(request, conn, endpoint_id, wrong, status)
    return Redirect(f"/tower/webhooks/{endpoint_id}?done=1", status_code=303)


async def _shown(
    request: Request[Seer, Any, Any], conn: Conn, endpoint_id: UUID, wrong: str = "", status: int = 200
) -> Response[Any]:
    known = await webhooks.get(conn, _owner(request.user), endpoint_id)
    wish = Wish({"endpoint": str(endpoint_id)}, "queued", descending=True)
    latest = await listing.listed(conn, request.user.seen_by, wish, 20)
    return page(
        request, "tower/webhook.html", status,
        endpoint=known, health=_health(known, words(request)), latest=latest, progress=PROGRESS, wrong=wrong,
        event=event, unanswered=unanswered, by=actor_name(known.client_id, words(request)),
        done="done" in request.query_params and not wrong,
    )  # fmt: skip


PAGES: Final = (endpoint, do)
