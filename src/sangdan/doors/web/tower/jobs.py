"""What the engine has still to do: facts that wait, timers that are due, what is to be sent out."""

from datetime import datetime
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from sangdan.kit import audit, backlog
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool
from sangdan.talk.notices import commands as notices
from sangdan.talk.webhooks import commands as webhooks

from .forms import sent
from .frame import page
from .happenings import fact, timer
from .places import TOWER

SHOWN: Final = 50


@get("/jobs", opt={"roles": TOWER})
async def jobs(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[Any]:
    """How the engine stands."""
    async with pool.transaction() as conn:
        standing = await backlog.standing(conn, at)
        failing = await backlog.failing(conn, SHOWN)
        due = await backlog.due_soon(conn, at)
        counts = await webhooks.counts(conn)
        next_notice = await notices.next_due(conn)
    return page(
        request, "tower/jobs.html",
        standing=standing, failing=failing, due=due, counts=counts, next_notice=next_notice, most=backlog.MOST,
        late_s=0 if standing.oldest_at is None else int((at - standing.oldest_at).total_seconds()),
        done="done" in request.query_params, fact=fact, timer=timer,
    )  # fmt: skip


@post("/jobs/retry", status_code=200, opt={"roles": TOWER})
async def retry(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Redirect:
    """Have a fact that failed tried at once."""
    form = await sent(request)
    subject, sequence = form.text("subject", 500), form.whole("sequence")
    async with pool.transaction() as conn:
        if await backlog.try_now(conn, subject, sequence):
            await audit.note(conn, request.user, at, "fact.tried-again", f"fact/{subject}/{sequence}")
    return Redirect("/tower/jobs?done=1", status_code=303)


PAGES: Final = (jobs, retry)
