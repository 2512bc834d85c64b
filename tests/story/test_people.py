"""Persons on a real installation: a rotation that is killed goes on, and the disk holds no word of anybody."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from . import town
from .tower import Tower, tower, until
from .town import Keys, wish

PERSONS: Final = 2500
NEEDLES: Final = ("독고영재", "dokgo", "01000007391", "0000-7391", "도동길 77-3", "Ottersby", "옥탑방 9191")


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Tower, Keys]]:
    """A tower of this story's own: what it keeps on disk is looked through."""
    with tower() as running:
        yield running, town.found(running)


def bring(running: Tower, folder: Path) -> None:
    """Thousands of persons, from a file that lies elsewhere."""
    file = folder / "people.csv"
    rows = "".join(
        f"onmaru,s-{n},독고영재 {n},010-0000-7391,dokgo@example.com,경상북도 울릉군 도동길 77-3\n"
        for n in range(PERSONS)
    )
    file.write_text(f"shop_id,shopper_id,name,phone,email,address\n{rows}", encoding="utf-8")
    ran = running.sangdan("import", "people", str(file))
    assert ran.returncode == 0, ran.stderr


def where(running: Tower, *needles: str) -> list[tuple[str, str]]:
    """Files of the installation in which a needle stands: tables, indexes, the write-ahead log, our own logs."""
    found: list[tuple[str, str]] = []
    for file in running.home.rglob("*"):
        if file.is_file():
            told = file.read_bytes()
            found += [(str(file), needle) for needle in needles if needle.encode() in told]
    return found


def sealed_with(running: Tower, key_id: int) -> int:
    """How many persons are sealed with a key."""

    with running.database() as conn:
        found = conn.execute("SELECT count(*) FROM shoppers.person WHERE key_id = %s", [key_id]).fetchone()
    assert found is not None
    return found[0]


def test_a_killed_rotation_goes_on_and_nobody_is_lost(place: tuple[Tower, Keys], tmp_path: Path) -> None:
    running, keys = place
    bring(running, tmp_path)
    rotating = subprocess.Popen([sys.executable, "-m", "sangdan", "people", "rotate"], env=running.environment)
    until(lambda: sealed_with(running, 2) or None, "the first rows under the new key")
    rotating.send_signal(signal.SIGKILL)
    rotating.wait()
    left = sealed_with(running, 1)
    with town.caller(running, keys["onmaru-web"]) as door:
        between = [door.get(f"/v1/shoppers/s-{n}").json()["name"] for n in (0, PERSONS - 1)]
        again = running.sangdan("people", "rotate", "--json")
        afterwards = [door.get(f"/v1/shoppers/s-{n}").json()["name"] for n in (0, PERSONS - 1)]

    assert 0 < left < PERSONS, "killed on the way"
    assert again.returncode == 0, again.stderr
    assert '"retired":[1]' in again.stdout
    assert sealed_with(running, 2) == PERSONS
    assert between == afterwards == ["독고영재 0", f"독고영재 {PERSONS - 1}"]


def test_the_disk_holds_no_word_of_anybody(place: tuple[Tower, Keys]) -> None:
    running, keys = place
    door_note: dict[str, Any] = {"name": "Wilhelmina Ottersby", "phone": "010-0000-7391", "lines": ["서울 옥탑방 9191"]}
    with town.caller(running, keys["onmaru-web"]) as door:
        way = door.post("/v1/promises", json=town.question("gim")).json()["ways"][0]
        body = town.taking(way, "s-1") | {"recipient": door_note}
        placed = door.post("/v1/orders", json=body, headers=wish())
        refused = door.put("/v1/shoppers/s-2", json={"name": "독고영재", "phone": "0000-7391"}, headers=wish())
        seen = door.get(f"/v1/orders/{placed.json()['order_id']}/recipient")
    assert (placed.status_code, refused.status_code, seen.json()["name"]) == (201, 422, "Wilhelmina Ottersby")
    mode = (running.home / "master.key").stat().st_mode & 0o777

    running.end()

    assert oct(mode) == "0o600"
    assert where(running, "곱창돌김"), "what is not personal is found"
    assert where(running, *NEEDLES) == []
