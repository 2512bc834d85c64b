"""`sangdan webhooks`: who is told of events, what died, and how to tell it again."""

from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from cyclopts import App

from sangdan.flows import send_webhooks
from sangdan.flows.public_events import guide
from sangdan.kit import feed
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.kit.problems import Invalid
from sangdan.talk.webhooks import commands as webhooks
from sangdan.talk.webhooks.model import Endpoint, Owner

from .output import Json, answer, table
from .session import in_database

TOWER: Final = Owner("tower", None, None)
PAGE: Final = 200

app = App(name="webhooks", help="Look at webhook endpoints, wake those that were switched off, tell events again.")


class ReplayUnclear(Invalid):
    """What is to be told again was not said, or said twice."""

    code = "replay-unclear"


@app.command(name="list")
def show(*, state: Literal["on", "off", "dead"] | None = None, json: Json = False) -> None:
    """List endpoints, their secrets never. Exit code 0 also when some are dead: `sangdan doctor` judges.

    Parameters
    ----------
    state
        on; off: by its owner; dead: switched off because it was gone or took nothing for three days.
    """
    found = [each for each in in_database(_all) if state in (None, each.state)]
    rows = [
        (e.endpoint_id, e.partner_id or "tower", e.state, e.reason or "", e.failing_since or "", e.url) for e in found
    ]
    names = ("endpoint", "ally", "state", "why", "failing since", "address")
    answer({"endpoints": found}, table(names, rows) if rows else "There is no such endpoint.", json=json)


@app.command
def enable(endpoint: UUID, /, *, json: Json = False) -> None:
    """Send to an endpoint again: what waits, and what happens from now on. What it missed is for `replay`.

    Parameters
    ----------
    endpoint
        As listed.
    """

    async def wake(conn: Conn) -> Endpoint:
        known = await webhooks.get(conn, TOWER, endpoint)
        await webhooks.switch_on(conn, known, await feed.head(conn), WallClock().now())
        return await webhooks.get(conn, TOWER, endpoint)

    async def standing(conn: Conn) -> dict[str, object]:
        return {"state": (await webhooks.get(conn, TOWER, endpoint)).state}

    woken = in_database(wake, what="webhook.woken", subject=f"webhook/{endpoint}", stands=standing)
    answer({"endpoint": woken}, f"{endpoint} is told of events again, at {woken.url}.", json=json)


@app.command
def replay(
    endpoint: UUID,
    /,
    *,
    after: int | None = None,
    since: datetime | None = None,
    event: list[UUID] | None = None,
    json: Json = False,
) -> None:
    """Have events told to an endpoint again, under the ids that they had.

    Parameters
    ----------
    endpoint
        As listed.
    after
        All that follow this position; 0 is the beginning.
    since
        All from this instant on; UTC unless it says otherwise.
    event
        Single ones, by id, of the last month.
    """
    if sum(each is not None for each in (after, since, event)) != 1:
        raise ReplayUnclear("Say what to tell again: one of --after, --since and --event.")
    at = WallClock().now()

    async def start(conn: Conn) -> None:
        known, ids = await webhooks.get(conn, TOWER, endpoint), Ids()
        if event is not None:
            await webhooks.replay_events(conn, known, event, lambda: ids.new(at))
        else:
            moment = since if since is None or since.tzinfo else since.replace(tzinfo=UTC)
            await send_webhooks.start(conn, known, after, moment, ids.new(at))

    in_database(start)
    answer({"replayed": endpoint}, f"{endpoint} is told them again by the running worker.", json=json)


@app.command
def types() -> None:
    """Print the manual of all types of events and their fields (docs/events.md)."""
    print(guide(), end="")


async def _all(conn: Conn) -> list[Endpoint]:
    found: list[Endpoint] = []
    while page := await webhooks.page(conn, TOWER, found[-1].endpoint_id if found else UUID(int=0), PAGE):
        found += page
    return found
