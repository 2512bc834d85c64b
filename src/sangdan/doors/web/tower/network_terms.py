"""The terms of the network as people write and read them."""

from collections.abc import Mapping
from datetime import time
from typing import Any, Final

from sangdan.doors.web.words import Words, mark
from sangdan.flows.change_network import DayDraft, Draft, LaneDraft, NodeDraft, WeekDraft

from .forms import WEEKDAYS, Sent, unfit

MINUTE_S: Final = 60
DAY_REASON: Final[Mapping[str, str]] = {
    "ad_hoc": mark("For once"),
    "holiday": mark("Holiday"),
    "law": mark("By law"),
    "special_opening": mark("Open for once"),
}


def draft_of(form: Sent) -> Draft:
    """The change that a form asks for.

    raises  FieldUnfit
    """
    match form.fields.get("kind"):
        case "node":
            return NodeDraft(
                form.text("node_id"), form.text("calendar_id"), form.whole("handling_min") * MINUTE_S,
                form.whole("parcels_per_hour"), form.ticked("pickup"),
            )  # fmt: skip
        case "lane":
            return LaneDraft(
                form.text("lane_id"), form.times("cut_offs"), form.times("departures"), form.time_or_none("due_local"),
                form.whole("base_minor"), form.whole("per_kg_minor"),
            )  # fmt: skip
        case "week":
            return WeekDraft(form.text("calendar_id"), tuple(_hours(form, f"day{n}") for n in range(len(WEEKDAYS))))
        case "day":
            hours = None if form.ticked("free") else _hours(form, "hours")
            reason = form.one_of("reason_of", DAY_REASON)
            return DayDraft(form.text("calendar_id"), form.day("day_on"), hours, reason, form.text("source"))
        case other:
            raise unfit("kind", other or "")


def _hours(form: Sent, name: str) -> str:
    """Hours as the calendar has them, however people space them."""
    return form.text(name).replace(" ", "").replace("–", "-").replace("~", "-")


def spelled(name: str, term: Any, say: Words) -> str:
    """A term as people read it.

    name  of the term
    """
    match name, term:
        case _, None:
            return say("as the week says") if name == "hours" else "–"
        case "handling_s", int():
            return say("%(n)s min", n=say.number(term // MINUTE_S))
        case "pickup", bool():
            return say("yes") if term else say("no")
        case "week", _:
            days = zip(WEEKDAYS, term, strict=True)
            return "\n".join(f"{say(day)} {hours.replace('-', '–') or say('closed')}" for day, hours in days)
        case "hours", str():
            return term.replace("-", "–") or say("closed")
        case "reason", str():
            return say(DAY_REASON[term])
        case "due_local", time():
            return f"{term:%H:%M}"
        case (("cut_offs" | "departures"), _):
            return " ".join(f"{each:%H:%M}" for each in term)
        case _, int():
            return say.number(term)
        case _:
            return str(term)
