"""A change of the network that was looked at is saved, with who, why, before and after."""

from datetime import datetime
from typing import Final

from sangdan.flows.picture import network_of
from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.network import commands as networks

from .draft import (
    CALLED,
    DayDraft,
    Draft,
    LaneDraft,
    NodeDraft,
    WeekDraft,
    applied,
    seal_of,
    standing,
    subject_of,
    wanted,
)
from .errors import ReasonMissing, TermsMoved

LONGEST_REASON: Final = 300


async def save(conn: Conn, seer: Seer, draft: Draft, seal: str, reason: str, at: datetime) -> bool:
    """Write a draft; what is promised stays promised, what is promised from now on goes by the new terms.

    seal    of the preview that was looked at
    reason  1..300 letters
    gives   False when the terms are like this already
    raises  TermsMoved, ReasonMissing, and what `applied` raises
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise ReasonMissing(f"Say why, in at most {LONGEST_REASON} letters.", most=LONGEST_REASON)
    await networks.alone(conn)
    network = await network_of(conn)
    applied(draft, network)
    before, after = standing(draft, network), wanted(draft)
    if before == after:
        return False
    if seal_of(before) != seal:
        raise TermsMoved(
            f"Somebody changed {subject_of(draft)} since you looked at it: look at the preview again.",
            subject=subject_of(draft),
        )
    await _write(conn, draft)
    await audit.note(
        conn, seer, at, CALLED[type(draft)], subject_of(draft), before=before, after=after, reason=reason.strip()
    )
    return True


async def _write(conn: Conn, draft: Draft) -> None:
    match draft:
        case NodeDraft():
            await networks.change_node(
                conn, draft.node_id, draft.calendar_id, draft.handling_s, draft.parcels_per_hour, pickup=draft.pickup
            )
        case WeekDraft():
            await networks.change_week(conn, draft.calendar_id, draft.week)
        case DayDraft() if draft.hours is None:
            await networks.forget_day(conn, draft.calendar_id, draft.day_on)
        case DayDraft():
            hours = draft.hours or ""
            await networks.change_day(conn, draft.calendar_id, draft.day_on, hours, draft.reason, draft.source)
        case LaneDraft():
            await networks.change_lane(
                conn, draft.lane_id, draft.cut_offs, draft.departures, draft.due_local, draft.base_minor,
                draft.per_kg_minor,
            )  # fmt: skip
