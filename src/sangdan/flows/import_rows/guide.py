"""The columns of every kind, for people: docs/import.md, and an empty file to start from. Both from the same table."""

import csv
import io
from typing import Final

from .cells import SEPARATOR
from .kinds import FORMS, Column, Form

_BEGINNING: Final = f"""# Bring your own data

    sangdan import KIND FILE... [--rejects FILE] [--encoding NAME] [--json]

A file is CSV (UTF-8 with or without a byte order mark, or CP949: found out by itself), XLSX (the first sheet) or
Parquet. Its first row names the columns, in any order; upper and lower case are the same. `sangdan columns KIND` prints
a header and one row that fits.

- **Good rows are loaded, bad rows are put aside.** The file of rejects is a CSV with the line in your file
  (`import_line`), everything that is wrong with the row (`import_reason`) and your columns. Mend it and import it: the
  two added columns are ignored. The file and the API say it in English; the tower's page, in its reader's language.
- **Running an import twice changes nothing.** A row that exists is brought to what the file says; an optional column
  that is empty, or left out, means what the table below says, for known rows too.
- **An interrupted import goes on** when the same file is imported again. Rows are written {{chunk:,}} at a time, each
  time all or nothing.
- **A file whose header is wrong, whose encoding is neither, or that is empty changes nothing at all.**
- A row may only name what is known already: import the kinds in the order of this page.
- In CSV, one row is one line; a cell with a comma stands in double quotes, a quote in it is doubled. A list is one
  cell, its values joined by `{SEPARATOR}`. Parquet may have lists, dates and instants as such.
- The whole file is held in memory: split what is larger than a tenth of yours.
- Orders are not loaded: each is promised and placed as if its shop had asked just now, by
  `sangdan import orders FILE... --shop PARTNER [--client NAME]`. One that cannot be is rejected with the reason, and
  tried anew when the file is imported again.

This page is made by `sangdan columns > docs/import.md`.
"""


def guide(chunk: int) -> str:
    """docs/import.md.

    chunk  rows in one transaction
    """
    return "\n".join([_BEGINNING.format(chunk=chunk), *(_section(kind) for kind in FORMS.values())])


def template(kind: Form) -> str:
    """A CSV header and one row that fits."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(column.name for column in kind.columns)
    rows.writerow(column.example for column in kind.columns)
    return text.getvalue()


def _section(kind: Form) -> str:
    lines = [f"## {kind.name}", "", f"One row: {kind.says}. Its key: {', '.join(kind.key)}.", ""]
    lines += ["| Column | Holds | Meaning | Empty | Example |", "|---|---|---|---|---|"]
    lines += [_row(column) for column in kind.columns]
    lines += ["", *(f"- {rule.says}" for rule in kind.rules)]
    lines += [f"- no two rows share {', '.join(group)}" for group in kind.unique]
    lines += [f"- {note}" for note in kind.notes]
    return "\n".join(lines).rstrip() + "\n"


def _row(column: Column) -> str:
    meaning = column.meaning if column.refers is None else f"{column.meaning} (one of the {column.refers.kind})"
    empty = "no" if column.need else f"`{column.default}`" if column.default else "yes"
    cells = (f"`{column.name}`", column.cell.says, meaning, empty, f"`{column.example}`")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
