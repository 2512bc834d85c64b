"""The lock file belongs to pyproject.toml, holds every package by its hash, and names no place to fetch from."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .tree import ROOT

LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = {
    canonicalize_name(name): version
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", LOCK, re.MULTILINE)
}


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [name for names in project["optional-dependencies"].values() for name in names]
    return [Requirement(text) for text in [*project["dependencies"], *extras]]


def test_everything_declared_is_locked_in_an_allowed_version() -> None:
    wrong = [
        str(wanted)
        for wanted in declared()
        if not wanted.specifier.contains(LOCKED.get(canonicalize_name(wanted.name), "0"))
    ]
    assert not wrong, f"run `make lock`: {wrong}"


def test_every_package_has_its_hashes() -> None:
    blocks = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(blocks) == len(re.findall(r"^\S", LOCK, re.MULTILINE))
    assert not [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block]


def test_no_registry_is_named() -> None:
    assert not re.search(r"://|index-url|find-links|trusted-host", LOCK)
