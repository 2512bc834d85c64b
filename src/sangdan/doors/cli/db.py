"""`sangdan db`: the database, embedded or your own."""

import asyncio
import os
import subprocess
from pathlib import Path

import psycopg
from cyclopts import App

from sangdan.flows.spread import LAYOUT
from sangdan.kit import citus, grants, postgres
from sangdan.kit.db import Conn
from sangdan.kit.migrate import migrate as bring_up_to_date
from sangdan.kit.settings import Settings, load

from .backups import NotEmbedded, backup, check, restore
from .output import Json, answer
from .session import in_database

app = App(name="db", help="Start, stop, look at, migrate, back up, restore and check the database.")
app.command(backup)
app.command(restore)
app.command(check)


def _folder(settings: Settings) -> Path:
    if settings.database_url is not None:
        raise NotEmbedded("SANGDAN_DATABASE_URL names a server of yours: start and stop it with its own tools.")
    return postgres.folder(settings)


@app.command
def start() -> None:
    """Start the embedded server and let it run until `sangdan db stop`.

    Other commands start it when they need it, and stop it when the last of them ends; after `db start` it stays.
    """
    settings = load()
    server = postgres.start(_folder(settings), postgres.archive_of(settings))
    print(f"PostgreSQL runs in {server.folder}.")


@app.command
def stop(*, force: bool = False) -> None:
    """Stop the embedded server; everything is written first.

    Parameters
    ----------
    force
        Also when other processes use it. They get errors until someone starts it again.
    """
    folder = _folder(load())
    print("PostgreSQL has stopped." if postgres.stop(folder, force=force) else "PostgreSQL was not running.")


@app.command
def status(*, json: Json = False) -> int:
    """Tell whether the embedded server runs. Exit code 1 when it does not."""
    seen = postgres.status(_folder(load()))
    state = "answers" if seen.ready else "is starting, or recovering from a crash" if seen.running else "is not running"
    text = f"PostgreSQL {seen.version or '(never started)'} in {seen.folder} {state}."
    answer(seen, text, json=json)
    return 0 if seen.ready else 1


@app.command
def migrate(*, contract: bool = False, json: Json = False) -> None:
    """Bring the database to this version's form. Safe to run twice, and from several machines at once.

    A server of the version before may go on working meanwhile and afterwards.

    Parameters
    ----------
    contract
        Also take away what only older versions need: when none of them runs any more, nor will again.
    """
    with postgres.database(load(), migrated=False) as url:
        applied = bring_up_to_date(url, contract=contract)
    names = [*applied.migrations, *applied.functions, *applied.contractions]
    lines = [f"applied {name}" for name in names] or ["Nothing to do."]
    lines += [f"waits for --contract: {name}" for name in applied.waiting]
    answer(applied, "\n".join(lines), json=json)


@app.command
def grant(role: str, /, *, json: Json = False) -> None:
    """Let a role of your own server read and write rows, and change nothing else; servers then run as that role.

    Run it as the role that owns the database, after the first `sangdan db migrate`. Later migrations need it no more.

    Parameters
    ----------
    role
        The role's name; it must exist.
    """

    async def give(conn: Conn) -> list[str]:
        return await grants.grant(conn, role)

    schemas = in_database(give)
    answer({"role": role, "schemas": schemas}, f"{role} may work in {', '.join(schemas)}.", json=json)


@app.command
def distribute(*, dry_run: bool = False, json: Json = False) -> None:
    """Spread the tables over a PostgreSQL with Citus: orders by order, what every machine needs everywhere.

    Safe to run twice, and after every `sangdan db migrate`. What stays on the coordinator is said in docs/scale.md.

    Parameters
    ----------
    dry_run
        Print the statements that would be run, and run none; it needs no Citus.
    """

    async def spread(address: str) -> list[str]:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as conn:
            if dry_run:
                return await citus.missing(conn, LAYOUT)
            done: list[str] = []
            async for statement in citus.bring(conn, LAYOUT):
                done.append(statement)
                if not json:
                    print(statement + ";", flush=True)
            return done

    with postgres.database(load()) as address:
        statements = asyncio.run(spread(address))
    if dry_run or json or not statements:
        text = ";\n".join(statements) + ";" if statements else "Nothing to do."
        answer({"statements": statements, "dry_run": dry_run}, text, json=json)


@app.command
def url() -> None:
    """Print the database's address, as other tools take it; the embedded server must run for it to answer."""
    settings = load()
    print(settings.database_url or postgres.address(postgres.folder(settings)))


@app.command
def shell(*arguments: str) -> int:
    """Open psql on the database.

    Parameters
    ----------
    arguments
        Handed to psql, e.g. -c 'SELECT count(*) FROM orders.order'. Put -- before them.
    """
    with postgres.database(load(), migrated=False) as address:
        return subprocess.run([postgres.psql(), address, *arguments], check=False, env=os.environ).returncode
