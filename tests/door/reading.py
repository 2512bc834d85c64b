"""What a person reads of a page, and whether it is all of one language."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

# Neither a language nor read as one: what scripts and pictures hold, and what is typed as it stands.
UNREAD: Final = frozenset({"script", "style", "svg", "code", "kbd", "template"})
EMPTY: Final = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
HANGUL: Final = re.compile("[가-힣]")
# Three Latin words in a row are a sentence; a word with an underscore is a name of ours.
SENTENCE: Final = re.compile(r"\b[A-Za-z][a-z']+(?: [A-Za-z][a-z']+){2,}|\b[a-z]+_[a-z_]+\b")


class Reader(HTMLParser):
    """Gathers the texts of a page, each with the language that it says it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        language = told.get("lang") or (self._open[-1][1] if self._open else "")
        for name in ("aria-label", "title", "placeholder", "alt"):
            self._keep(told.get(name) or "", language)
        if tag not in EMPTY:
            self._open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        if any(each == tag for each, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not any(tag in UNREAD for tag, _ in self._open):
            self._keep(data, self._open[-1][1] if self._open else "")

    def _keep(self, text: str, language: str) -> None:
        if text.strip():
            self.texts.append((" ".join(text.split()), language))


def foreign(page: str, language: str) -> Iterator[str]:
    """The texts of a page that are not in its language, and do not say that they are in another.

    language  the page's, ko or en
    """
    reader = Reader()
    reader.feed(page)
    strange = SENTENCE if language == "ko" else HANGUL
    yield from (text for text, said in reader.texts if said in ("", language) and strange.search(text))
