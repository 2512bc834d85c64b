"""Time that counts only while a node is open: whole seconds, no calendars, no clock."""

from bisect import bisect_right

from .inputs import Hours, Seconds


def opening(hours: Hours, since: Seconds) -> Seconds | None:
    """The first open instant from `since` on; None beyond the horizon."""
    first = bisect_right(hours.closes, since)
    return max(since, hours.opens[first]) if first < len(hours.opens) else None


def worked(hours: Hours, began_at: Seconds, work_s: int) -> Seconds | None:
    """When work that runs only in open hours is done.

    began_at  an open instant
    work_s    >= 0
    """
    done_at, left_s = began_at, work_s
    for window in range(bisect_right(hours.closes, began_at), len(hours.opens)):
        done_at = max(began_at, hours.opens[window])
        open_s = hours.closes[window] - done_at
        if left_s <= open_s:
            return done_at + left_s
        left_s -= open_s
    return None
