"""The command line: `sangdan`. One file a command; COMMANDS is the list, and the manual's table of contents.

A command is imported when it is called, so that each starts quickly.
"""

import difflib
import errno
import logging
import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from types import FrameType
from typing import Final, NamedTuple, NoReturn

import msgspec
import psycopg
from cyclopts import App, CycloptsError, Group, Parameter
from rich.console import Console

from sangdan.kit.problems import Problem

OK: Final = 0
PROBLEM: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
TERMINATED: Final = 143

_HELP: Final = """
The control tower that allied retailers share: one stock, one promise, one order, one ledger.

Try it: `sangdan demo`. Look around: `sangdan COMMAND --help`.

Answers go to standard output, everything else to standard error; with `--json` the answer is one JSON object.
Exit code 0: done. 1: a problem, told on standard error. 2: the command was not understood.

Settings are environment variables named SANGDAN_...: see `sangdan config`.
"""

_UNKNOWN: Final = "There is no command {}.{} See `sangdan --help`."


class Command(NamedTuple):
    """One entry of the manual.

    name   as it is typed
    where  module:function, or module:app for a command with sub-commands
    part   the chapter it stands in
    about  one line for the table of contents; the function's own docstring is the full text
    """

    name: str
    where: str
    part: str
    about: str


_RUN: Final = "Run"
_TRADE: Final = "Goods, orders, money"
_OPERATE: Final = "Operate"

# What can be wrong with a file or its disk, and is no mistake of ours.
_OF_FILES: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
)

COMMANDS: Final = (
    Command("demo", "demo:demo", _RUN, "Run a national alliance's day and tell what happened"),
    Command("serve", "serve:serve", _RUN, "Answer HTTP requests, with the worker beside"),
    Command("worker", "worker:worker", _RUN, "Run what is due, in a process of its own"),
    Command("replay", "replay:app", _RUN, "Drive another marketplace's real orders through the alliance"),
    Command("import", "import_:import_", _TRADE, "Bring rows in from CSV, XLSX or Parquet files"),
    Command("export", "export:export", _TRADE, "Write rows of any resource to a CSV, XLSX or Parquet file"),
    Command("columns", "columns:columns", _TRADE, "Tell what the files of an import look like"),
    Command("order", "order:app", _TRADE, "Look at orders; cancel and confirm them"),
    Command("notices", "notices:app", _TRADE, "Look at what shoppers are told, and in which words"),
    Command("promise", "promise:app", _OPERATE, "Ask how a basket could be received; check what was promised"),
    Command("stock", "stock:app", _TRADE, "Look at shelves, and put units on them"),
    Command("drift", "drift:drift", _TRADE, "Prove that every balance is the sum of its facts"),
    Command("picture", "picture:app", _OPERATE, "Keep the picture of the stock in memory, and look how it is"),
    Command("search", "search:app", _OPERATE, "Ask the search index, make it anew, and look how it is"),
    Command("node", "node:app", _OPERATE, "Take nodes out of service, and back"),
    Command("lane", "lane:app", _OPERATE, "Close lanes and carriers, and open them again"),
    Command("settle", "settle:settle", _TRADE, "Tell what each ally is owed and owes"),
    Command("people", "people:app", _OPERATE, "Look at shoppers, masked; erase them; rotate the keys that seal them"),
    Command("keys", "keys:app", _OPERATE, "Make, list and revoke API keys"),
    Command("staff", "staff:app", _OPERATE, "Let people in, say what they may do, shut them out"),
    Command("webhooks", "webhooks:app", _OPERATE, "Look at webhook endpoints; wake them, tell events again"),
    Command("db", "db:app", _OPERATE, "Start, stop, migrate, back up, restore and check the database"),
    Command("doctor", "doctor:doctor", _OPERATE, "Tell what is wrong with this installation, and how to mend it"),
    Command("config", "config:config", _OPERATE, "List the settings in effect"),
    Command("completion", "completion:completion", _OPERATE, "Let the shell complete our commands"),
)


def build(called: str | None = None) -> App:
    """The whole command line, nothing of it imported yet.

    called  the command that will run: its own docstring is its help, the others are told in a line
    """
    app = App(
        name="sangdan",
        help=_HELP,
        help_format="markdown",
        default_parameter=Parameter(negative=(), show_default=False),
        version=lambda: version("sangdan"),
        exit_on_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_int_as_exit_code_else_zero",
        error_console=Console(stderr=True),
    )
    parts = {part: Group(part, sort_key=at) for at, part in enumerate(dict.fromkeys(c.part for c in COMMANDS))}
    for at, command in enumerate(COMMANDS):
        about = None if command.name == called else command.about
        app.command(
            f"{__name__}.{command.where}", name=command.name, group=parts[command.part], help=about, sort_key=at
        )
    return app


def main(words: Sequence[str] | None = None) -> int:
    """Run one command.

    words  what stands behind `sangdan`; the process's own when None
    gives  the exit code
    """
    given = list(sys.argv[1:] if words is None else words)
    names = [command.name for command in COMMANDS]
    if given and not given[0].startswith("-") and given[0] not in names:
        meant = difflib.get_close_matches(given[0], names, n=1)
        _tell(
            "unknown-command", _UNKNOWN.format(given[0], f" Did you mean {meant[0]}?" if meant else ""), as_json=False
        )
        return USAGE
    signal.signal(signal.SIGTERM, _terminated)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        return int(build(given[0] if given else None)(given))
    except CycloptsError:
        return USAGE  # cyclopts has told what it did not understand
    except Problem as problem:
        _tell(problem.code, problem.detail, as_json="--json" in given)
        return PROBLEM
    except psycopg.OperationalError as reason:
        _tell("database-away", f"The database does not answer: {reason}", as_json="--json" in given)
        return PROBLEM
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has seen enough; nothing may be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as reason:
        if reason.errno not in _OF_FILES:
            raise
        where = "" if reason.filename is None else f"{reason.filename}: "
        detail = f"{where}{reason.strerror}. Mend that and run the command again; what was done is kept, or left out."
        _tell("file-failed", detail, as_json="--json" in given)
        return PROBLEM


def _tell(code: str, detail: str, *, as_json: bool) -> None:
    logging.getLogger("sangdan.cli").debug("problem %s", code, exc_info=True)
    told = msgspec.json.encode({"code": code, "detail": detail}).decode() if as_json else f"sangdan: {detail.strip()}"
    print(told, file=sys.stderr)


def _terminated(number: int, frame: FrameType | None) -> NoReturn:
    """Leave by an exception, so that what must be closed is closed (the embedded server above all)."""
    sys.exit(TERMINATED)
