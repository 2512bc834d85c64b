"""Whether this process lives, whether it can work, and its figures. Open to all: nothing here belongs to anybody."""

from datetime import datetime
from typing import Any, Final, LiteralString

import msgspec
import psycopg
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sangdan.doors.problems import DatabaseAway, problems
from sangdan.doors.texts import TEXTS
from sangdan.flows.picture import Shelves
from sangdan.kit import metrics
from sangdan.kit.db import Pool, value
from sangdan.kit.problems import NotFound
from sangdan.talk.webhooks import commands as webhooks

from .documentation import describe

ANSWERS: Final[LiteralString] = "SELECT 1"
METRICS_TYPE: Final = "text/plain; version=0.0.4"
_WRITTEN: Final = "openapi.json"


class Health(msgspec.Struct, frozen=True):
    """How this process is."""

    status: str


class NoSuchProblem(NotFound):
    """There is no problem of that code."""

    code = "no-such-problem"


@get("/health/live", tags=["health"])
async def live() -> Health:
    """Answers while the process runs, whatever the state of the database."""
    return Health("live")


@get("/health/ready", tags=["health"], responses=problems(DatabaseAway))
async def ready(pool: NamedDependency[Pool]) -> Health:
    """Answers 200 only when the database answers too: a load balancer may send requests."""
    async with pool.connection() as conn:
        await value(conn, ANSWERS)
    return Health("ready")


@get("/metrics", include_in_schema=False)
async def figures(
    pool: NamedDependency[Pool], shelves: NamedDependency[Shelves], at: NamedDependency[datetime]
) -> Response[bytes]:
    """Prometheus' text format. Figures of the database are NaN while it is away."""
    age_s = shelves.age_s()
    metrics.picture_age_seconds.set(float("nan") if age_s is None else age_s)
    try:
        async with pool.connection() as conn:
            waiting = await metrics.backlog(conn, at)
            told = await webhooks.counts(conn)
            metrics.webhooks_waiting.set(told.waiting)
            metrics.webhooks_dead.set(told.dead)
    except psycopg.OperationalError:
        waiting = None
    return Response(metrics.show(waiting, at), media_type=METRICS_TYPE)


@get("/problems/{code:str}", tags=["health"], responses=problems(NoSuchProblem))
async def problem(code: FromPath[str]) -> dict[str, str]:
    """What a problem's `type` points at: the code's titles in both languages."""
    text = TEXTS.get(code)
    if text is None:
        raise NoSuchProblem(f"No problem has the code {code}.", problem=code)
    return {"code": code, "title_en": text.title, "title_ko": text.ko, "detail_ko": text.ko_more}


@get("/openapi.json", include_in_schema=False)
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Everything this server takes and gives, as OpenAPI 3.1; written once, for anybody may ask for it."""
    kept = request.app.state
    if _WRITTEN not in kept:
        kept[_WRITTEN] = msgspec.json.encode(describe(request.app))
    return Response(kept[_WRITTEN], media_type="application/vnd.oai.openapi+json")
