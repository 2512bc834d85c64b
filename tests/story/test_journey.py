"""The pages do what they say: every command, run by a stranger against a server that just started."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from . import town
from .tower import Tower, tower

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = ("docs/api.md", "docs/client.md", "README.md")
ALLIES: Final = {"onmaru", "deulnyeok", "hanbit", "baram"}
_FENCED: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SERVING: Final = re.compile(r"((?:SANGDAN_\w+=\S+ )*)\S*sangdan serve\n")


def blocks(page: str, language: str) -> list[str]:
    """A page's fenced blocks in a language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [block for fenced, block in _FENCED.findall(text) if fenced == language]


def pasted(page: str) -> str:
    """All that a page has its reader type beside the server, in its order, for bash."""
    text = (ROOT / page).read_text(encoding="utf-8")
    spelled = {"bash": "{}", "python": "python - <<'PYTHON'\n{}PYTHON"}
    return "\n".join(spelled[fenced].format(block) for fenced, block in _FENCED.findall(text) if fenced in spelled)


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> str:
    """A page with commands to paste."""
    return str(request.param)


@pytest.fixture
def served(page: str) -> Iterator[Tower]:
    """The server that the page tells its reader to start."""
    [block] = blocks(page, "sh")
    command = _SERVING.fullmatch(block)
    assert command is not None, block
    chosen = dict(word.split("=", 1) for word in command[1].split())
    with tower(**{name.removeprefix("SANGDAN_").lower(): value for name, value in chosen.items()}) as running:
        yield running


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="the page is for bash and curl")
def test_from_the_basket_to_the_doorstep_and_to_the_won(served: Tower, page: str, tmp_path: Path) -> None:
    environment = served.environment
    programs = Path(sys.executable).parent  # where the reader's .venv would be
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", pasted(page)],
        cwd=ROOT, env=environment | {"PATH": f"{programs}:{environment['PATH']}", "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "/problems/" not in ran.stdout
    assert ran.stdout.endswith("add up.\n"), "the page ends with the proof"
    key = served.sangdan("keys", "make", "auditor", "--role", "tower").stdout.strip()
    with town.caller(served, key) as auditor:
        [order] = auditor.get("/v1/orders").json()["items"]
        whole = auditor.get(f"/v1/orders/{order['order_id']}").json()
    assert (whole["state"], [parcel["state"] for parcel in whole["parcels"]]) == ("confirmed", ["delivered"])
    assert kept(served) == [True]
    settled = settle(served)
    assert {each["partner_id"] for each in settled["partners"]} == ALLIES
    assert all(each["owed_minor"] for each in settled["partners"])
    assert settled["sum_minor"] == {"KRW": 0}
    assert served.drift()["rows"] == []


def test_both_readmes_say_the_same_commands() -> None:
    for language in ("sh", "bash", "python"):
        assert blocks("README.ko.md", language) == blocks("README.md", language) != []


def kept(running: Tower) -> list[bool]:
    """Whether each parcel's promise was."""
    with running.database() as conn:
        return [row[0] for row in conn.execute("SELECT kept FROM promise.outcome")]


def settle(running: Tower) -> dict[str, Any]:
    """What `sangdan settle` answers for these days."""
    days = [str(datetime.now(UTC).date() + timedelta(days=n)) for n in (-1, 2)]
    told = running.sangdan("settle", "--from", days[0], "--to", days[1], "--json")
    assert told.returncode == 0, told.stderr
    return msgspec.json.decode(told.stdout)
