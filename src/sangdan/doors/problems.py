"""Problems as HTTP tells them: RFC 9457. Only this file knows the status of each kind.

source  https://www.rfc-editor.org/rfc/rfc9457
"""

import errno
import logging
import re
from typing import Any, ClassVar, Final

import msgspec
import psycopg
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    LitestarException,
    MethodNotAllowedException,
    NotFoundException,
    SerializationException,
    ValidationException,
)
from litestar.openapi import ResponseSpec
from litestar.routes import HTTPRoute

from sangdan.kit import logs, metrics
from sangdan.kit.db import RETRYABLE
from sangdan.kit.problems import Conflict, Forbidden, Invalid, NotFound, Problem, TooOften, Unavailable
from sangdan.kit.requests import KeyMissing, KeyUnfit

from .texts import language, render

log = logging.getLogger("sangdan.door")

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 2
# What msgspec says of a field of the body, as the framework hands it over.
_IN_BODY: Final = re.compile(r"(?P<message>.*) - at `\$\.data(?P<field>.*)`", re.DOTALL)


class DoorProblem(Problem):
    """A problem of the door itself, which carries its own status."""

    code = "door"
    status: ClassVar[int] = 500


class UnknownRoute(DoorProblem):
    """No such address."""

    code = "unknown-route"
    status = 404


class UnknownMethod(DoorProblem):
    """The address exists, but not for this verb."""

    code = "unknown-method"
    status = 405


class BodyTooLarge(DoorProblem):
    """More bytes than this address takes."""

    code = "body-too-large"
    status = 413


class MalformedBody(DoorProblem):
    """The body is not JSON at all."""

    code = "malformed-body"
    status = 400


class BadRequest(DoorProblem):
    """Not understood, for a reason that has no code of its own."""

    code = "bad-request"
    status = 400


class InvalidRequest(DoorProblem):
    """A field is missing, of the wrong type or out of bounds."""

    code = "invalid-request"
    status = 422


class ApiKeyUnknown(DoorProblem):
    """No API key, or one that is unknown or revoked."""

    code = "api-key-unknown"
    status = 401


class RoleMayNot(Forbidden):
    """The key is good, but not for this."""

    code = "role-may-not"


class DatabaseAway(DoorProblem):
    """The database cannot be reached; nothing was changed that was not acknowledged."""

    code = "database-away"
    status = 503


class NoRoom(DoorProblem):
    """A disk of the server is full."""

    code = "no-room"
    status = 507


class InternalError(DoorProblem):
    """A mistake of ours."""

    code = "internal-error"


_KINDS: Final[tuple[tuple[type[Problem], int], ...]] = (
    (KeyMissing, 400),
    (KeyUnfit, 400),
    (TooOften, 429),
    (Invalid, 422),
    (NotFound, 404),
    (Conflict, 409),
    (Forbidden, 403),
    (Unavailable, 503),
)


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field of a request."""

    field: str
    message: str


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is not a success.

    type        where this code is explained
    code        stable: programs decide by it
    title       the kind of problem, in the asker's language
    detail      this occurrence, in the asker's language
    instance    the address that was asked
    request_id  also in the header X-Request-Id and in our logs
    args        what the detail speaks of, for programs
    """

    type: str
    code: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    args: dict[str, Any]


def status_of(kind: type[Problem]) -> int:
    """The HTTP status of a kind of problem."""
    if issubclass(kind, DoorProblem):
        return kind.status
    return next((status for parent, status in _KINDS if issubclass(kind, parent)), 500)


def _spoken(error: dict[str, str]) -> str:
    """The name of an unfit field; the framework calls a body `data`, as our functions do."""
    name = error.get("key", "body")
    return "body" if name == "data" else name


def _unfit(errors: list[FieldError], otherwise: str) -> InvalidRequest:
    named = "; ".join(f"{each.field}: {each.message}" for each in errors) or otherwise
    return InvalidRequest(f"The request does not fit: {named}", errors=errors, named=named)


def _of_framework(raised: HTTPException) -> Problem:
    """What the framework found wrong with a request, in our words."""
    match raised:
        case ValidationException():
            found: list[Any] = raised.extra if isinstance(raised.extra, list) else []
            return _unfit([FieldError(_spoken(each), each.get("message", "")) for each in found], raised.detail)
        case _ if in_body := _IN_BODY.fullmatch(str(raised.__cause__)):
            # The framework takes a field of the body that is named as one of our dependencies (`at`) for that one.
            return _unfit([FieldError(in_body["field"].lstrip(".") or "body", in_body["message"].strip())], "")
        case NotFoundException():
            return UnknownRoute("There is nothing at this address; /openapi.json lists what there is.")
        case MethodNotAllowedException():
            return UnknownMethod("This address does not take that verb; /openapi.json lists what it takes.")
        case _ if raised.status_code == BodyTooLarge.status:
            return BodyTooLarge("The body is larger than this address takes; send it in several parts.")
        case _ if isinstance(raised.__cause__, SerializationException):
            return MalformedBody("The body is not valid JSON.")
        case _ if "client disconnected" in raised.detail:  # nobody hears it
            return BadRequest("The line was cut before the request was whole.", reason="the line was cut")
        case _ if raised.status_code < InternalError.status:
            return BadRequest(f"The request was not understood: {raised.detail}", reason=raised.detail)
        case _:
            return InternalError("Something went wrong on our side; quote the request id when you report it.")


def as_problem(raised: Exception) -> Problem:
    """The problem that an exception amounts to; those that are our bugs are logged with their trace."""
    if type(raised) is LitestarException and isinstance(raised.__cause__, Exception):
        raised = raised.__cause__  # the framework wraps what happens after a handler has answered
    match raised:
        case Problem():
            return raised
        case HTTPException():
            problem = _of_framework(raised)
        case UnicodeDecodeError():
            problem = MalformedBody("The body is not valid JSON.")
        case RecursionError() if "deserializing" in str(raised):  # so msgspec says of what is nested too deeply
            problem = MalformedBody("The body is not valid JSON.")
        case psycopg.DataError():
            problem = InvalidRequest("A value is out of range or holds a zero byte.", errors=[], named="")
        case psycopg.errors.DiskFull() | OSError(errno=errno.ENOSPC | errno.EDQUOT):
            log.error("a disk is full", extra={"error": str(raised)})
            problem = NoRoom("A disk of the server is full: nothing was done. Free some space there, then try again.")
        case psycopg.OperationalError() | psycopg.InterfaceError():
            reason = "the database is busy" if isinstance(raised, RETRYABLE) else "the database cannot be reached"
            log.warning(reason, extra={"error": str(raised)})
            return DatabaseAway("The database cannot be reached at the moment; try again.")
        case _:
            problem = InternalError("Something went wrong on our side; quote the request id when you report it.")
    if isinstance(problem, InternalError):
        log.error("request failed", exc_info=raised)
    return problem


def _allowed(request: Request[Any, Any, Any]) -> str:
    """The verbs that the address takes, for the header Allow. Several routes may share one address."""
    verbs: set[str] = set()
    for route in request.app.routes:
        shape = re.sub(r"\\{[^/]+\\}", "[^/]+", re.escape(route.path_format))
        if isinstance(route, HTTPRoute) and re.fullmatch(shape, request.scope["path"]):
            verbs |= route.methods
    return ", ".join(sorted(verbs))


def body_of(problem: Problem, instance: str, accept_language: str | None) -> tuple[ProblemBody, dict[str, str]]:
    """A problem's body and headers.

    instance         the path that was asked
    accept_language  the request's header, None when absent
    """
    spoken = language(accept_language)
    title, detail = render(problem, spoken)
    status = status_of(type(problem))
    headers = {"content-language": spoken, "cache-control": "no-store"}
    if status == DatabaseAway.status:
        headers["retry-after"] = str(RETRY_AFTER_S)
    if status == ApiKeyUnknown.status:
        headers["www-authenticate"] = "Bearer"
    body = ProblemBody(
        type=f"/problems/{problem.code}",
        code=problem.code,
        title=title,
        status=status,
        detail=detail,
        instance=instance,
        request_id=logs.request_id.get(),
        args=problem.facts,
    )
    metrics.problems_total.labels(problem.code).inc()
    return body, headers


def answer(request: Request[Any, Any, Any], raised: Exception) -> Response[ProblemBody]:
    """Tell a caller what went wrong. Inside a transaction the exception goes on, so that it rolls back first."""
    if request.scope["state"].get("in_transaction"):
        raise raised
    body, headers = body_of(as_problem(raised), request.scope["path"], request.headers.get("accept-language"))
    if body.status == UnknownMethod.status:
        headers["allow"] = _allowed(request)
    return Response(body, status_code=body.status, headers=headers, media_type=MEDIA_TYPE)


def problems(*kinds: type[Problem]) -> dict[int, ResponseSpec]:
    """The answers that a route's documentation lists beside success, those of every route included.

    kinds  what this route may raise besides
    """
    codes: dict[int, set[str]] = {}
    for kind in (*kinds, BadRequest, MalformedBody, ApiKeyUnknown, RoleMayNot, InvalidRequest, DatabaseAway):
        codes.setdefault(status_of(kind), set()).add(kind.code)
    return {
        status: ResponseSpec(
            data_container=ProblemBody,
            description=", ".join(sorted(named)),
            media_type=MEDIA_TYPE,
            generate_examples=False,
        )
        for status, named in codes.items()
    }
