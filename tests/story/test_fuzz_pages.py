"""Every page is asked for things that nobody means, signed in and not: none breaks, none repeats a script, and none
leads to another site.
"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from litestar.handlers import HTTPRouteHandler

from sangdan.doors.web.app import asset
from sangdan.doors.web.people import sign_in
from sangdan.doors.web.sessions import COOKIE
from sangdan.doors.web.tower import overview, scene_pages

from .fuzz_oddities import ODD_PARTS, texts
from .tower import tower as served_tower

FEW: Final = 10
EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", FEW))
SCRIPT: Final = "<script>probe()</script>"
EVENTS: Final = "text/event-stream"
HANDLERS: Final = [
    (prefix, handler)
    for prefix, module in (("", sign_in), ("/tower", overview), ("/tower", scene_pages))
    for handler in vars(module).values()
    if isinstance(handler, HTTPRouteHandler)
] + [("", asset)]
PAGES: Final = sorted(
    {(method, prefix + path) for prefix, each in HANDLERS for path in each.paths for method in each.http_methods}
)
QUERIES: Final = ("to", "token", "order", "last", "x")
FIELDS: Final = ("key", "speed", "x")
HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "accept": ("text/html", "*/*", "text/html;q=x", EVENTS),
    "accept-encoding": ("gzip", "", "gzip;q=0"),
    "accept-language": ("ko", "en-US,en;q=0.9", "*;q=nan", "\xff"),
    "hx-request": ("true", "1"),
    "last-event-id": ("0", "-1", "9" * 30, "x"),
    "origin": ("null", "http://[", "http://a:b:c", "file://", "\xff"),
    "referer": ("http://[",),
    "sec-fetch-site": ("same-origin", "same-origin", "cross-site", "none"),
    "content-type": ("application/x-www-form-urlencoded", "multipart/form-data", "application/json", "x"),
    "cookie": ("sangdan_language=\xff; sangdan_theme=dark", "sangdan_session=AAAA", 'a="; =;;', "sangdan_language=fr"),
}


@pytest.fixture(scope="module")
def browsers() -> Iterator[Mapping[str, httpx.Client]]:
    """A browser that is signed in as the tower, and one that is not."""
    with served_tower() as served:
        key = served.sangdan("keys", "make", "tower", "--role", "tower").stdout.strip()
        with httpx.Client(base_url=served.address) as stranger, httpx.Client(base_url=served.address) as operator:
            operator.post("/sign-in", data={"key": key}, headers={"sec-fetch-site": "same-origin"})
            assert COOKIE in operator.cookies
            yield {"operator": operator, "stranger": stranger}


@pytest.mark.parametrize("who", ["operator", "stranger"])
@pytest.mark.parametrize(("method", "path"), PAGES)
def test_no_page_breaks(browsers: Mapping[str, httpx.Client], who: str, method: str, path: str) -> None:
    browser = browsers[who]
    session = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    @settings(max_examples=EXAMPLES, derandomize=EXAMPLES == FEW, database=None, deadline=None, phases=[Phase.generate])
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        odd = st.sampled_from([*ODD_PARTS, SCRIPT, "//evil.example", "/\\evil.example", "en", "0"])
        at = re.sub(r"\{[^}]*\}", lambda _: quote(data.draw(odd), safe=""), path)
        query = data.draw(st.dictionaries(st.sampled_from(QUERIES), odd | texts(), max_size=2))
        form = data.draw(st.dictionaries(st.sampled_from(FIELDS), odd | texts(), max_size=2))
        named = data.draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=3, unique=True))
        headers = {name: data.draw(st.sampled_from(HEADERS[name])) for name in named}
        if session:
            headers["cookie"] = "; ".join(filter(None, (session, headers.get("cookie"))))
        check(browser, method, at, query, form, headers)

    ask()


def check(browser: httpx.Client, method: str, at: str, query: Any, form: Any, headers: Mapping[str, str]) -> None:
    """Ask, and look at the answer; of a live line only at its beginning."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    body = {"data": form} if method == "POST" else {}
    with browser.stream(method, at, params=query, headers=raw, **body) as answer:
        text = "" if EVENTS in answer.headers.get("content-type", "") else answer.read().decode()
    asked = f"{method} {at} {query} {form} {headers}"
    built = answer.status_code != 503 or "make setup" in text
    assert built, f"{asked}: {text[:300]}"
    assert answer.status_code < 500 or answer.status_code == 503, f"{asked}: {text[:300]}"
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert SCRIPT not in text, asked
    there = answer.headers.get("location", "/")
    assert there.startswith("/"), asked
    assert not there.startswith(("//", "/\\")), asked
