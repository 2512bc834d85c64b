"""What the pages tell people to type exists: each `sangdan` command that one of them names, with its options."""

import re
from pathlib import Path
from typing import Final

from sangdan.doors.cli import build

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = (ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").rglob("*.md")))
# A line of its own, settings before it and a remark behind it, or a command within a sentence.
_TYPED: Final = re.compile(
    r"^ *(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?sangdan ([a-z].*)$|`sangdan ([a-z][^`\n]*)`", re.MULTILINE
)
_ENDS: Final = re.compile(r"\s+#|\s{2,}|[|;<>&]|\s\\$")


def typed(text: str) -> list[list[str]]:
    """The commands of a page, word by word, without `sangdan` and without the brackets of what may be left out."""
    found = [line or within for line, within in _TYPED.findall(text)]
    return [_ENDS.split(each)[0].replace("[", " ").replace("]", " ").split() for each in found]


def unknown(words: list[str]) -> list[str]:
    """Those words that the command line does not know."""
    _, apps, rest = build(words[0]).parse_commands(words)
    command = apps[-1]
    if len(apps) == 1 or command.default_command is None:
        return rest
    names = {name for argument in command.assemble_argument_collection() for name in argument.names} | {"--help"}
    asked = rest[: rest.index("--")] if "--" in rest else rest
    return [word for word in asked if word.startswith("--") and word.partition("=")[0] not in names]


def test_every_command_of_the_pages_exists() -> None:
    commands = [(page.name, words) for page in PAGES for words in typed(page.read_text(encoding="utf-8"))]

    assert len(commands) > 100
    assert [(page, words) for page, words in commands if unknown(words)] == []


def test_a_command_that_has_gone_is_told_from_one_that_stands() -> None:
    [plain, aside, gone] = typed(
        "sangdan keys list --jsn   # tells\nSee `sangdan settle --from 2026-01-01`.\n    sangdan kyes\n"
    )

    assert (unknown(plain), unknown(aside), unknown(gone)) == (["--jsn"], [], ["kyes"])
