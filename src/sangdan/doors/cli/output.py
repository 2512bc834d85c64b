"""How commands answer: text for people, one JSON object for programs, progress where nobody parses it."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Json = Annotated[bool, Parameter(name="--json", negative=(), help="Answer with one JSON object, for programs.")]
Most = Annotated[int, Parameter(validator=Number(gte=1, lte=10_000))]


def answer(value: Any, text: str, *, json: bool) -> None:
    """Write the command's one answer to standard output.

    value  what programs get, anything that msgspec encodes to an object
    text   what people get
    json   which of both
    """
    print(msgspec.json.encode(value).decode() if json else text)


def table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns side by side, numbers to the right; a Hangul syllable takes two places.

    names  the headings
    rows   as many cells a row as there are headings
    """
    cells = [
        [str(name) for name in names],
        *([f"{c:,}" if isinstance(c, int) else str(c) for c in row] for row in rows),
    ]
    widths = [max(cell_len(row[at]) for row in cells) for at in range(len(names))]
    right = [bool(rows) and all(isinstance(row[at], int | float) for row in rows) for at in range(len(names))]
    lines: list[str] = []
    for row in cells:
        padded = [
            " " * (width - cell_len(cell)) + cell if to_right else cell + " " * (width - cell_len(cell))
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


def local(at: datetime) -> str:
    """An instant to the minute, by the clock of this machine."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def progress() -> Progress:
    """A progress bar on standard error; silent when that is not a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
