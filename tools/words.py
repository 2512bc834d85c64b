"""`python -m tools.words`: bring the Korean catalogues in step with what the pages say.

New texts come in with an empty translation, for a person to write; texts that nobody says any more go.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from sangdan.doors import web
from sangdan.doors.web.words import FACES

HERE: Final = Path(web.__file__).parent
CATALOGUES: Final = HERE / "catalogues" / "ko"
# What says a text, and where its arguments stand: `n` once, (1, 2) one and many, (1, "c") with its context first.
SAID: Final[dict[str, Any]] = {
    "_": None, "say": None, "_say": None, "mark": None, "gettext": None,
    "many": (1, 2), "ngettext": (1, 2),
    "within": ((1, "c"), 2), "pgettext": ((1, "c"), 2),
}  # fmt: skip
METHODS: Final = {".py": "python", ".html": "jinja2.ext:babel_extract", ".js": "javascript"}
OPTIONS: Final = {
    "extensions": "jinja2.ext.i18n,jinja2.ext.do",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "false",
}
WIDTH: Final = 118


def face_of(place: Path) -> str:
    """The face whose catalogue a file's texts stand in, by the folder it is in.

    place  under the pages' folder
    """
    named = [part for part in place.parts if part in FACES]
    return named[0] if named else "frame"


def sources() -> Iterator[Path]:
    """Every file that may say something, under the pages' folder."""
    for file in sorted(HERE.rglob("*")):
        place = file.relative_to(HERE)
        if file.suffix in METHODS and "static" not in place.parts and "node_modules" not in place.parts:
            yield place


def said() -> dict[str, Catalog]:
    """By face the texts that its files say, without translations."""
    found = {face: Catalog(locale="ko", domain=face, header_comment="") for face in FACES}
    for place in sources():
        kind = METHODS[place.suffix]
        opened = BytesIO((HERE / place).read_bytes())
        for _, text, _, context in extract(kind, opened, SAID, options=OPTIONS):
            found[face_of(place)].add(text, locations=[(place.as_posix(), 0)], context=context)
    return found


def known(face: str) -> Catalog:
    """The catalogue of a face as it stands; an empty one where there is none."""
    file = CATALOGUES / f"{face}.po"
    return read_po(BytesIO(file.read_bytes()), locale="ko", domain=face) if file.is_file() else Catalog(locale="ko")


def untranslated(catalogue: Catalog) -> list[str]:
    """The texts of a catalogue that have no Korean yet."""
    return [str(message.id) for message in catalogue if message.id and not _has_korean(message.string)]


def written(catalogue: Catalog) -> bytes:
    """A catalogue as it stands in its file: in the order of its texts, without dates, so that a change shows as one."""
    whole = BytesIO()
    write_po(whole, catalogue, width=WIDTH, sort_output=True, omit_header=True, include_lineno=False)
    return whole.getvalue()


def _has_korean(string: Any) -> bool:
    return bool(string) and (isinstance(string, str) or all(string))


def main() -> int:
    """Bring every catalogue in step; exit code 1 while a text lacks its Korean."""
    CATALOGUES.mkdir(parents=True, exist_ok=True)
    everything = {(message.id, message.context): message for face in FACES for message in known(face)}
    lacking = 0
    for face, catalogue in said().items():
        for message in catalogue:
            before = everything.get((message.id, message.context))
            if message.id and before is not None:
                message.string = before.string
        (CATALOGUES / f"{face}.po").write_bytes(written(catalogue))
        for text in untranslated(catalogue):
            print(f"{face}.po: no Korean for {text}")
            lacking += 1
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
