"""How a node, a calendar or a lane works: seen, changed on trial, saved once somebody has looked at what it does."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from sangdan.doors.api.nodes import own_node
from sangdan.doors.web import states
from sangdan.doors.web.answers import words
from sangdan.doors.web.words import mark
from sangdan.flows import change_network
from sangdan.flows.change_network import Draft, lane_called, standing, wanted
from sangdan.flows.picture import network_of
from sangdan.flows.shopper_picture import number_of
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.problems import Problem
from sangdan.offer.network.model import Network
from sangdan.ship.warehouse import commands as warehouse

from .forms import WEEKDAYS, Sent, sent, told
from .frame import page
from .naming import names_of_partners
from .network import CHANGERS, CLOSED_BY, TEMPERATURE, lanes_of, quarantined, spelled_hours
from .network_terms import DAY_REASON, draft_of, spelled
from .places import ALLIES
from .tables import Asked

AHEAD: Final = timedelta(hours=24)
DAYS: Final = 60
SHOWN: Final = 20

WHY: Final[Mapping[str, str]] = {
    "closed": mark("nobody works in its hour any more"),
    "slower": mark("it is packed too late for its departure"),
    "run_gone": mark("its departure is gone"),
}
WHAT: Final[Mapping[str, str]] = {
    "gone": mark("not offered any more"),
    "new": mark("offered as well"),
    "later": mark("later"),
    "sooner": mark("sooner"),
    "dearer": mark("dearer"),
    "cheaper": mark("cheaper"),
    "elsewhere": mark("from elsewhere"),
}
WORSE: Final = frozenset({"gone", "later", "dearer"})
Entered = Mapping[str, str] | None


@get("/network/nodes/{node_id:str}", opt={"roles": ALLIES})
async def node(
    request: Request[Seer, Any, Any],
    node_id: FromPath[str],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """One node: how it works, how full its next hours are, and a form."""
    async with pool.transaction() as conn:
        return await _node(request, conn, node_id, at)


@get("/network/lanes/{lane_id:str}", opt={"roles": ALLIES})
async def lane(request: Request[Seer, Any, Any], lane_id: FromPath[str], pool: NamedDependency[Pool]) -> Response[Any]:
    """One lane: when it leaves, what it costs, and a form."""
    async with pool.transaction() as conn:
        return await _lane(request, conn, lane_id)


@get("/network/calendars/{calendar_id:str}", opt={"roles": ALLIES})
async def calendar(
    request: Request[Seer, Any, Any],
    calendar_id: FromPath[str],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """One calendar: its week, the dates that differ, and a form for each."""
    async with pool.transaction() as conn:
        return await _calendar(request, conn, calendar_id, at)


@post("/network/preview", status_code=200, opt={"roles": CHANGERS})
async def preview(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[Any]:
    """What a change would do; nothing is written."""
    form = await sent(request)
    return await _tried(request, pool, form, at)


@post("/network/save", status_code=200, opt={"roles": CHANGERS})
async def save(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[Any]:
    """Save what was looked at; what somebody else changed meanwhile is looked at again."""
    form = await sent(request)
    try:
        draft = draft_of(form)
        async with pool.transaction() as conn:
            await change_network.save(conn, request.user, draft, form.text("seal"), form.text("reason", 300), at)
    except Problem as problem:
        wrong, status = told(request, problem)
        return await _tried(request, pool, form, at, wrong=wrong, status=status)
    return Redirect(f"{_home(draft)}?done=1", status_code=303)


async def _tried(
    request: Request[Seer, Any, Any], pool: Pool, form: Sent, at: datetime, *, wrong: str = "", status: int = 200
) -> Response[Any]:
    say = words(request)
    try:
        draft = draft_of(form)
        async with pool.transaction() as conn:
            network = await network_of(conn)
            seen = await change_network.preview(conn, draft, at)
    except Problem as problem:
        wrong, status = told(request, problem)
        async with pool.transaction() as conn:
            return await _again(request, conn, form, at, wrong, status)
    was, now = standing(draft, network), wanted(draft)
    terms = [(say(t), spelled(n, was[n], say), spelled(n, now[n], say)) for n, t in _titles(draft) if was[n] != now[n]]
    return page(
        request, "tower/network_preview.html", status,
        terms=terms, seen=seen, home=_home(draft), name=_name(draft, network, request), wrong=wrong,
        kept=[(name, text) for name, text in form.fields.items() if name not in ("seal", "reason")],
        reason=form.fields.get("reason", ""), why=WHY, what=WHAT, worse=WORSE, services=states.SERVICE,
        shifted=seen.shifted[:SHOWN], moved=seen.moved[:SHOWN], crowded=seen.crowded[:SHOWN],
        nodes=network.nodes, number_of=number_of,
    )  # fmt: skip


async def _again(
    request: Request[Seer, Any, Any], conn: Conn, form: Sent, at: datetime, wrong: str, status: int
) -> Response[Any]:
    """The page that a form was sent from, with what is wrong and what was entered."""
    kind, fields = form.fields.get("kind", ""), form.fields
    match kind:
        case "lane":
            return await _lane(request, conn, fields.get("lane_id", ""), fields, wrong, status)
        case "week" | "day":
            return await _calendar(request, conn, fields.get("calendar_id", ""), at, fields, wrong, status)
        case _:
            return await _node(request, conn, fields.get("node_id", ""), at, fields, wrong, status)


async def _node(
    request: Request[Seer, Any, Any], conn: Conn, node_id: str, at: datetime, entered: Entered = None,
    wrong: str = "", status: int = 200,
) -> Response[Any]:  # fmt: skip
    found, network, say = await own_node(conn, node_id, request.user), await network_of(conn), words(request)
    allies, hours = await names_of_partners(conn), network.calendar(found.calendar_id)
    asked = Asked(conn, request.user, at, say)
    return page(
        request, "tower/node.html", status,
        node=found, zone=network.zones[found.zone_id], operator=allies[found.operator_id],
        kind=say(states.NODE_KIND[found.kind]), today=spelled_hours(hours, hours.local(at).date()),
        keeps=[say(TEMPERATURE[each]) for each in found.temperatures], lanes=lanes_of(network, found),
        outage=network.out(node_id, at), reasons=CLOSED_BY, quarantine=await quarantined(asked, node_id),
        calendars=[(each, each) for each in sorted(network.calendars)],
        load={"hours": await _hours(conn, node_id, at), "most": found.parcels_per_hour},
        entered=entered or {}, wrong=wrong, done=_done(request, wrong), may_change=request.user.role in CHANGERS,
    )  # fmt: skip


async def _hours(conn: Conn, node_id: str, at: datetime) -> list[tuple[int, int]]:
    """The next day's hours with what is promised in each: (milliseconds, parcels)."""
    first = at.replace(minute=0, second=0, microsecond=0)
    slots = {slot.hour_at: slot.parcels for slot in await warehouse.used_slots(conn, [node_id], first, first + AHEAD)}
    hours = [first + timedelta(hours=number) for number in range(24)]
    return [(int(hour.timestamp()) * 1000, slots.get(hour, 0)) for hour in hours]


async def _lane(
    request: Request[Seer, Any, Any], conn: Conn, lane_id: str, entered: Entered = None, wrong: str = "",
    status: int = 200,
) -> Response[Any]:  # fmt: skip
    network, allies, say = await network_of(conn), await names_of_partners(conn), words(request)
    found = lane_called(network, lane_id)
    return page(
        request, "tower/lane.html", status,
        lane=found, carrier=allies[found.carrier_id], service=say(states.SERVICE[found.service]),
        origin=network.zones[found.from_zone], target=network.zones[found.to_zone],
        keeps=[say(TEMPERATURE[each]) for each in found.temperatures], closing=network.closed(found),
        reasons=CLOSED_BY, cut_offs=spelled("cut_offs", found.cut_offs, say),
        departures=spelled("departures", found.departures, say), due=spelled("due_local", found.due_local, say),
        entered=entered or {}, wrong=wrong, done=_done(request, wrong), may_change=request.user.role in CHANGERS,
    )  # fmt: skip


async def _calendar(
    request: Request[Seer, Any, Any], conn: Conn, calendar_id: str, at: datetime, entered: Entered = None,
    wrong: str = "", status: int = 200,
) -> Response[Any]:  # fmt: skip
    network, say = await network_of(conn), words(request)
    found = network.calendar(calendar_id)
    today = found.local(at).date()
    return page(
        request, "tower/calendar.html", status,
        calendar_id=calendar_id, calendar=found, weekdays=[say(each) for each in WEEKDAYS],
        nodes=[each for each in network.nodes.values() if each.calendar_id == calendar_id],
        lanes=sum(lane.calendar_id == calendar_id for lanes in network.lanes.values() for lane in lanes),
        days=_days(network, calendar_id, today), day_reasons=[(each, say(title)) for each, title in DAY_REASON.items()],
        reason_names=DAY_REASON, today=today, entered=entered or {}, wrong=wrong, done=_done(request, wrong),
        may_change=request.user.role in CHANGERS,
    )  # fmt: skip


def _days(network: Network, calendar_id: str, today: date) -> list[tuple[date, str, str]]:
    """The dates from today on whose hours differ from their week: date, hours, reason."""
    calendar = network.calendar(calendar_id)
    coming = sorted(on for on in calendar.days if on >= today)[:DAYS]
    return [(on, spelled_hours(calendar, on), network.reasons.get((calendar_id, on), "ad_hoc")) for on in coming]


def _done(request: Request[Seer, Any, Any], wrong: str) -> bool:
    return "done" in request.query_params and not wrong


def _titles(draft: Draft) -> Sequence[tuple[str, str]]:
    match draft:
        case change_network.NodeDraft():
            return (
                ("calendar_id", mark("Hours")), ("handling_s", mark("From release to packed")),
                ("parcels_per_hour", mark("Parcels an hour")), ("pickup", mark("Pickup")),
            )  # fmt: skip
        case change_network.LaneDraft():
            return (
                ("cut_offs", mark("Packed by")), ("departures", mark("Leaves at")),
                ("due_local", mark("At the door by")), ("base_minor", mark("A parcel")),
                ("per_kg_minor", mark("A kilogram")),
            )  # fmt: skip
        case change_network.WeekDraft():
            return (("week", mark("Hours of the week")),)
        case change_network.DayDraft():
            return (("hours", mark("Hours of the day")), ("reason", mark("Why")))


def _home(draft: Draft) -> str:
    match draft:
        case change_network.NodeDraft():
            return f"/tower/network/nodes/{draft.node_id}"
        case change_network.LaneDraft():
            return f"/tower/network/lanes/{draft.lane_id}"
        case change_network.WeekDraft() | change_network.DayDraft():
            return f"/tower/network/calendars/{draft.calendar_id}"


def _name(draft: Draft, network: Network, request: Request[Seer, Any, Any]) -> str:
    match draft:
        case change_network.NodeDraft():
            return words(request).of(network.node(draft.node_id))
        case change_network.LaneDraft():
            return draft.lane_id
        case change_network.WeekDraft():
            return draft.calendar_id
        case change_network.DayDraft():
            return f"{draft.calendar_id} · {words(request).day(draft.day_on)}"


PAGES: Final = (node, lane, calendar, preview, save)
