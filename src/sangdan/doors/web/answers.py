"""How pages answer: HTML in the asker's language and theme, and problems as pages people understand."""

from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

from litestar import Request, Response
from litestar.response import Redirect
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR

from sangdan.doors.problems import BadRequest, InvalidRequest, as_problem, status_of
from sangdan.doors.texts import LANGUAGES, Language, language, render
from sangdan.kit import logs
from sangdan.kit.problems import Problem

from .built import AssetsNotBuilt
from .errors import NotSignedIn
from .templates_in import templates_in
from .words import Words, words_in

LANGUAGE_COOKIE: Final = "sangdan_language"
THEME_COOKIE: Final = "sangdan_theme"
HTML: Final = "text/html"
SIGN_IN: Final = "/sign-in"
HOME: Final = "/tower"

Theme: TypeAlias = Literal["light", "dark", "auto"]
Asked: TypeAlias = Request[Any, Any, Any]


def spoken(request: Asked) -> Language:
    """The language of the page: the one chosen here, else the browser's."""
    chosen = LANGUAGES.get(request.cookies.get(LANGUAGE_COOKIE, ""))
    return chosen or language(request.headers.get("accept-language"))


def theme(request: Asked) -> Theme:
    """Light or dark as chosen here; auto follows the machine."""
    match request.cookies.get(THEME_COOKIE):
        case "light":
            return "light"
        case "dark":
            return "dark"
        case _:
            return "auto"


def words(request: Asked) -> Words:
    """The page's words, in the asker's language."""
    return words_in(spoken(request))


def html(request: Asked, template: str, status: int = 200, **shown: Any) -> Response[str]:
    """A page or a part of one.

    template  its file
    shown     what the template speaks of
    raises    AssetsNotBuilt
    """
    say = words(request)
    seer = request.user if "user" in request.scope else None
    given = {"seer": seer, "theme": theme(request), "path": request.url.path, **shown}
    body = templates_in(say.language).get_template(template).render(given)
    headers = {"content-language": say.language, "vary": "accept-language, cookie", "cache-control": "no-store"}
    return Response(body, status_code=status, headers=headers, media_type=HTML)


def is_part(request: Asked) -> bool:
    """Whether a page that is open asks for a part of itself."""
    return request.headers.get("hx-request") == "true"


def as_page(request: Asked, raised: Exception) -> Response[Any]:
    """What went wrong, for people. Whoever is not signed in is sent to where one signs in."""
    problem = as_problem(raised)
    status = status_of(type(problem))
    title, detail = render(problem, spoken(request))
    if isinstance(problem, NotSignedIn):
        if is_part(request):
            return Response("", status_code=status, headers={"hx-redirect": _sign_in(request)})
        if HTML in request.headers.get("accept", ""):
            return Redirect(_sign_in(request), status_code=303)
    if isinstance(problem, InvalidRequest | BadRequest):  # what it names are our own fields, for programs
        detail = words(request)("Look at the address, or go back and send it again.")
    template = "problem_part.html" if is_part(request) else "problem.html"
    try:
        number = logs.request_id.get() if status >= HTTP_500_INTERNAL_SERVER_ERROR else ""
        answer = html(request, template, status, title=title, detail=detail, number=number)
    except AssetsNotBuilt as missing:
        title, detail = render(missing, spoken(request))
        answer = html(request, "bare.html", status_of(AssetsNotBuilt), title=title, detail=detail)
    return to_wait(answer, problem)


def to_wait(answer: Response[Any], refused: Problem) -> Response[Any]:
    """The answer to whoever was refused, with how long to wait, if that helps."""
    if "wait_s" in refused.facts:
        answer.headers["retry-after"] = str(refused.facts["wait_s"])
    return answer


def _sign_in(request: Asked) -> str:
    """Where one signs in, to come back to the page that one was at: what was sent from it is not sent again."""
    at = str(request.url)
    if is_part(request):
        at = request.headers.get("hx-current-url", "")
    elif request.method not in ("GET", "HEAD"):
        at = request.headers.get("referer", "")
    try:
        page = urlsplit(at)
    except ValueError:
        return SIGN_IN
    to = urlunsplit(("", "", page.path, page.query, ""))
    return SIGN_IN if to in ("", "/", HOME) or to.startswith(SIGN_IN) else f"{SIGN_IN}?to={quote(to, safe='')}"
