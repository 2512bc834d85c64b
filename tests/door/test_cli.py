"""The command line: what goes to which stream, exit codes, the manual, the database's commands."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from sangdan.doors.cli import COMMANDS, build
from sangdan.doors.cli.output import table
from sangdan.kit.postgres import process
from sangdan.kit.postgres.cluster import Cluster


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for the embedded server, which the account that runs it may enter."""
    folder = Path(tempfile.mkdtemp(prefix="sangdan-test-"))
    folder.chmod(0o755)
    yield folder
    process.stop(Cluster(folder / "postgres"), signal.SIGQUIT)
    shutil.rmtree(folder)


def sangdan(*words: str, home: Path = Path("/nonexistent"), **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SANGDAN_")}
    chosen = {f"SANGDAN_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "sangdan", *words],
        env={**environment, "SANGDAN_HOME": str(home), "COLUMNS": "120", **chosen},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_manual_lists_every_command() -> None:
    told = sangdan("--help")
    assert told.returncode == 0
    for command in COMMANDS:
        assert command.name in told.stdout
        assert command.about in told.stdout


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_has_its_page(command: str) -> None:
    page = build(command)[command]
    assert page.help


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_a_page_tells_of_each_of_its_commands(command: str) -> None:
    app = build(command)
    registered = app[command]
    told = io.StringIO()
    registered.help_print([], console=Console(file=told, width=200, color_system=None))
    inner = [name for name in registered if not name.startswith("-")]
    rows = {row.strip("│ ").split("  ")[0]: row.strip("│ ") for row in told.getvalue().splitlines() if "│" in row}
    assert all(rows[name] != name for name in inner)


def test_help_does_not_import_what_it_does_not_run() -> None:
    code = "import sys; from sangdan.doors.cli import main; main(['--help']); print(sorted(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = told.stdout.splitlines()[-1]
    for heavy in ("litestar", "polars", "numpy", "uvicorn"):
        assert f"'{heavy}'" not in loaded


@pytest.mark.parametrize("words", [["nonsense"], ["db", "nonsense"], ["config", "--nonsense"], ["db", "stop", "now"]])
def test_what_is_not_understood_ends_with_2(words: list[str]) -> None:
    told = sangdan(*words)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr


def test_a_problem_ends_with_1_and_goes_to_standard_error() -> None:
    told = sangdan("config", port="http")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("sangdan: SANGDAN_PORT: 'http' cannot be used")
    told = sangdan("config", "--json", port="http")
    assert json.loads(told.stderr)["code"] == "bad-settings"


def test_config_hides_secrets_from_people_and_programs() -> None:
    secret = "s" * 40
    assert secret not in sangdan("config", secret=secret).stdout
    told = sangdan("config", "--json", secret=secret, port="81")
    assert json.loads(told.stdout)["SANGDAN_PORT"] == "81"
    assert secret not in told.stdout


def test_the_database_is_started_migrated_asked_and_stopped(home: Path) -> None:
    before = sangdan("db", "status", "--json", home=home)
    assert (before.returncode, json.loads(before.stdout)["running"]) == (1, False)
    assert sangdan("db", "start", home=home).returncode == 0
    assert sangdan("db", "status", home=home).returncode == 0
    applied = json.loads(sangdan("db", "migrate", "--json", home=home).stdout)
    assert applied["migrations"][0].endswith("_kit.sql")
    assert json.loads(sangdan("db", "migrate", "--json", home=home).stdout)["migrations"] == []
    asked = sangdan("db", "shell", "--", "-tAc", "SELECT current_user", home=home)
    assert asked.stdout == "sangdan\n"
    assert sangdan("db", "url", home=home).stdout.startswith("postgresql://sangdan@/sangdan?host=")
    assert sangdan("db", "stop", home=home).stdout == "PostgreSQL has stopped.\n"
    assert sangdan("db", "stop", home=home).stdout == "PostgreSQL was not running.\n"


def test_a_server_of_ones_own_is_not_started_or_stopped() -> None:
    told = sangdan("db", "stop", database_url="postgresql://db.example/shop")
    assert told.returncode == 1
    assert "SANGDAN_DATABASE_URL" in told.stderr


def test_a_database_that_is_away_is_a_problem_and_no_traceback(tmp_path: Path) -> None:
    told = sangdan("db", "migrate", database_url=f"postgresql://me@/shop?host={tmp_path}")
    assert told.returncode == 1
    assert told.stderr.startswith("sangdan: The database does not answer")
    assert "Traceback" not in told.stderr


def test_a_table_lines_up_numbers_to_the_right_and_hangul_by_its_width() -> None:
    assert table(("ally", "won"), [("상단", 1200), ("Caravan", 7)]) == "\n".join(
        ["ally       won", "상단     1,200", "Caravan      7"]
    )
    assert table(("ally", "won"), []) == "ally  won"


def test_a_reader_that_stops_listening_is_no_error() -> None:
    piped = subprocess.run(
        f"{sys.executable} -m sangdan config | true", shell=True, capture_output=True, text=True, check=True
    )
    assert piped.stderr == ""
