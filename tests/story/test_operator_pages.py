"""The operator's pages do what they say: commands are pasted as they stand, units are checked by systemd."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psycopg
import pytest

from . import town
from .own_server import own_server
from .test_journey import ROOT, blocks
from .tower import Tower, tower

PROGRAMS: Final = Path(sys.executable).parent
_UNIT: Final = re.compile(r"^# /etc/systemd/system/(\S+)$", re.MULTILINE)

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="the pages are for bash")


def paste(block: str, environment: dict[str, str], folder: Path) -> str:
    """Run a page's block as a reader would; gives what it said."""
    path = f"{PROGRAMS}:{environment['PATH']}"
    said = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block], cwd=ROOT,
        env=environment | {"PATH": path, "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


@pytest.fixture
def disk() -> Iterator[Path]:
    """The other disk."""
    folder = Path(tempfile.mkdtemp(prefix="sangdan-pages-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_back_up_and_restore(disk: Path, tmp_path: Path) -> None:
    nightly, whole, instant = blocks("docs/backup.md", "bash")
    with tower(backups=str(disk), backups_lag_s="1") as running:
        town.found(running)
        said = paste(nightly, running.environment, tmp_path)
        assert "is whole and checked" in said
        assert "The database is sound" in said
        running.end()
        assert "timeline 2 begins here" in paste(whole, running.environment, tmp_path)
        said = paste(instant, running.environment, tmp_path)
        assert "timeline 3 begins here" in said
        assert "mistake" not in said.split("timeline 3")[1]
        assert "The database is sound" in said
        running.start()


def test_upgrade(tmp_path: Path) -> None:
    expand, contract = blocks("docs/upgrade.md", "bash")
    with tower() as running:
        assert "Nothing to do." in paste(expand, running.environment, tmp_path)
        # What only older versions need stands until somebody says that none is in use.
        assert "applied 20261122100700_place_order.sql" in paste(contract, running.environment, tmp_path)
        assert "Nothing to do." in paste(contract, running.environment, tmp_path)


@pytest.mark.skipif(not shutil.which("curl"), reason="the page is for curl")
def test_connect_an_ally(tmp_path: Path) -> None:
    with tower(release_after_s="0") as running:
        said = paste("\n".join(blocks("docs/connect-an-ally.md", "bash")), running.environment, tmp_path)
        assert "/problems/" not in said
        assert running.drift()["rows"] == []
        listed = json.loads(running.sangdan("keys", "list", "--json").stdout)["clients"]
        assert [each["client_id"] for each in listed if each["revoked_at"]] == ["saebom-desk"]


@pytest.mark.skipif(not shutil.which("openssl"), reason="the page makes a key with openssl")
def test_install_on_ones_own_server(tmp_path: Path) -> None:
    with own_server() as admin:
        place = urlsplit(admin)
        addresses = {
            "ADMIN": admin,
            "OWNER": f"postgresql://sangdan_owner:secret1@127.0.0.1:{place.port}/sangdan",
            "APP": f"postgresql://sangdan_app:secret2@127.0.0.1:{place.port}/sangdan",
        }
        [named] = [block for block in blocks("docs/install.md", "sh") if block.startswith("ADMIN=")]
        assert [line.partition("=")[0] for line in named.splitlines()] == list(addresses)
        environment = Tower(tmp_path / "home").environment | addresses
        made, used = blocks("docs/install.md", "bash")
        paste(made, environment, tmp_path)
        said = paste(used, environment, tmp_path)
        assert "ERROR" not in said
        with psycopg.connect(addresses["APP"]) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE kit.mine (a integer)")


def units() -> dict[str, str]:
    """The unit files that the page shows, by name."""
    found = [(block, _UNIT.search(block)) for block in blocks("docs/install.md", "ini")]
    return {name[1]: block for block, name in found if name}


def test_every_unit_that_is_enabled_is_shown() -> None:
    [enabled] = [block for block in blocks("docs/install.md", "sh") if "enable --now" in block]
    wanted = enabled.split("--now ")[1].split()
    assert {name if "." in name else f"{name}.service" for name in wanted} <= units().keys()
    assert "sangdan-backup.service" in units()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd to check units with")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for name, text in units().items():
        (tmp_path / name).write_text(text.replace("/opt/sangdan/.venv/bin", str(PROGRAMS)))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in units())],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in checked.stderr.splitlines() if "sangdan" in line]
    assert (checked.returncode, ours) == (0, []), checked.stderr
