"""Where files are imported in tests: a folder, and the command line."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest

from sangdan.doors.cli import main
from sangdan.flows.import_rows import KINDS, template


class Desk:
    """A folder to put files in, and the command line over a database of the test's own."""

    def __init__(self, folder: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._url, self._capsys = folder, url, capsys

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def bring(self, kind: str, *words: str | Path) -> tuple[int, dict[str, Any]]:
        """Import; gives the exit code and the one JSON object: the answer, or the problem."""
        code = main(["import", kind, *map(str, words), "--json"])
        out, err = self._capsys.readouterr()
        return code, json.loads(out or err)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url) as conn:
            return conn.execute(query.encode()).fetchall()

    def rejects(self, name: str) -> pl.DataFrame:
        return pl.read_csv(self.folder / f"{name}.rejects.csv", infer_schema=False)

    def fill(self, *kinds: str) -> None:
        """One row of each kind, the example of the manual, in the manual's order."""
        for kind in kinds or KINDS:
            code, told = self.bring(kind, self.file(f"{kind}.csv", template(KINDS[kind])))
            assert (code, told["rejected"]) == (0, 0), told
