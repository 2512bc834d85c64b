"""The look of the house: names, sizes, and nothing left lying about."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from .tree import ROOM_FILES, ROOT, SOURCE, modules, rooms

FUNCTION_LINES: Final = 70
FILE_LINES: Final = 300

_SAYS_NOTHING: Final = frozenset(
    {"base", "common", "core", "handler", "helper", "helpers", "manager", "managers", "misc", "service", "services"}
    | {"shared", "stuff", "util", "utilities", "utils"}
)
_LEFT_OVER: Final = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|#\s*type:\s*ignore|#\s*noqa|#\s*pyright:\s*ignore")
_MACHINE: Final = re.compile(r"/(home|root|Users)/\w+/|(?<![\w.])/work/")


def long_functions(text: str) -> Iterator[str]:
    """Functions of more than 70 lines."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{node.name} has {lines} lines"


def remarks(place: Path, text: str) -> Iterator[str]:
    """What is wrong with one file of the product.

    place  from the source's root
    text   what stands in it
    """
    if place.stem in _SAYS_NOTHING or set(place.parts[:-1]) & _SAYS_NOTHING:
        yield f"{place}: its name says nothing"
    if text.count("\n") > FILE_LINES:
        yield f"{place}: {text.count(chr(10))} lines; make it a folder of that name"
    for long in long_functions(text):
        yield f"{place}: {long}"
    for number, line in enumerate(text.splitlines(), 1):
        if _LEFT_OVER.search(line):
            yield f"{place}:{number}: {line.strip()}"
        if _MACHINE.search(line):
            yield f"{place}:{number}: the path of one machine"
    tree = ast.parse(text)
    if text.strip() and ast.get_docstring(tree) is None:
        yield f"{place}: does not say what it is"


def test_every_file_looks_as_it_should() -> None:
    found = [remark for file in modules() for remark in remarks(file.relative_to(SOURCE), file.read_text())]
    assert not found, "\n".join(found)


def test_tests_hold_nothing_left_over() -> None:
    for file in [*(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]:
        if file != Path(__file__):
            lines = [line for line in file.read_text().splitlines() if _LEFT_OVER.search(line) or _MACHINE.search(line)]
            assert not lines, f"{file.relative_to(ROOT)}: {lines}"


@pytest.mark.parametrize("room", rooms())
def test_a_room_holds_only_the_files_of_a_room(room: str) -> None:
    found = {entry.stem for entry in (SOURCE / room).iterdir() if entry.suffix == ".py" or entry.is_dir()}
    assert found - {"__pycache__"} <= ROOM_FILES


@pytest.mark.parametrize(
    ("place", "text", "remark"),
    [
        ("kit/utils.py", '"""X."""\n', "its name says nothing"),
        ("kit/helpers/x.py", '"""X."""\n', "its name says nothing"),
        ("kit/x.py", '"""X."""\n' + "A = 1\n" * 300, "301 lines"),
        ("kit/x.py", '"""X."""\ndef f():\n' + "    a = 1\n" * 70, "f has 71 lines"),
        ("kit/x.py", '"""X."""\nA = 1  # TO' + "DO\n", ":2:"),
        ("kit/x.py", '"""X."""\nA: int = ""  # type: ' + "ignore\n", ":2:"),
        ("kit/x.py", '"""X."""\nA = "/home' + '/somebody/data"\n', "the path of one machine"),
        ("kit/x.py", "A = 1\n", "does not say what it is"),
    ],
)
def test_a_breach_is_seen(place: str, text: str, remark: str) -> None:
    assert any(remark in found for found in remarks(Path(place), text))
