"""How pages answer: HTML in the asker's language and theme, and problems as pages people understand."""

from typing import Any, Final, Literal, TypeAlias

from litestar import Request, Response
from litestar.response import Redirect

from sangdan.doors.problems import as_problem, status_of
from sangdan.doors.texts import LANGUAGES, Language, language, render

from .built import AssetsNotBuilt
from .errors import NotSignedIn
from .templates_in import templates_in
from .words import Words, words_in

LANGUAGE_COOKIE: Final = "sangdan_language"
THEME_COOKIE: Final = "sangdan_theme"
HTML: Final = "text/html"

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
            return Response("", status_code=status, headers={"hx-redirect": "/sign-in"})
        if "text/html" in request.headers.get("accept", ""):
            return Redirect("/sign-in", status_code=303)
    template = "problem_part.html" if is_part(request) else "problem.html"
    try:
        answer = html(request, template, status, title=title, detail=detail)
    except AssetsNotBuilt as missing:
        title, detail = render(missing, spoken(request))
        answer = html(request, "bare.html", status_of(AssetsNotBuilt), title=title, detail=detail)
    if "wait_s" in problem.facts:
        answer.headers["retry-after"] = str(problem.facts["wait_s"])
    return answer
