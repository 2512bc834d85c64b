"""Reads every page of every table and index and says what is damaged: PostgreSQL's own pg_amcheck."""

import os
import subprocess
from typing import Final

import msgspec
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from .account import ourselves
from .programs import programs_for

_DAMAGED: Final = 2
_LACKING: Final = "amcheck is not installed"


class Examined(msgspec.Struct, frozen=True):
    """What an examination found.

    damages  a sentence each
    refused  why nothing, or not all, could be read; None when everything was
    """

    damages: list[str]
    refused: str | None


def examine(url: str, *, may_install: bool) -> Examined:
    """Read every table, and compare every index with its table.

    url          the database's address, as a role that may use amcheck: a superuser
    may_install  bring the extension amcheck into the database when it is not there
    """
    reached = conninfo_to_dict(url)
    password = reached.pop("password", None)
    secret = {} if password is None else {"PGPASSWORD": str(password)}
    program = programs_for(ourselves()).path("pg_amcheck")
    words = [*(["--install-missing"] if may_install else []), "--heapallindexed", "--no-password"]
    ran = subprocess.run(
        [str(program), *words, make_conninfo("", **reached)], env={**os.environ, "LC_ALL": "C", **secret},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if _LACKING in ran.stderr:
        return Examined([], "The extension amcheck is not in the database: a superuser may CREATE EXTENSION amcheck.")
    if ran.returncode == _DAMAGED:
        return Examined([" ".join(line.split()) for line in ran.stdout.splitlines() if line.strip()], None)
    if ran.returncode != 0:
        return Examined([], ran.stderr.strip())
    return Examined([], None)
