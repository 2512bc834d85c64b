"""A full disk: the operator and the caller are told so, and nothing half written is taken for whole."""

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from sangdan.doors.cli import main
from sangdan.doors.problems import NoRoom, as_problem

from .alliance import Caller
from .import_desk import Desk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for very little."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def many_partners(desk: Desk) -> Path:
    rows = "".join(f"p{number},seller,이름 {number},Name {number}\n" for number in range(5000))
    return desk.file("partners.csv", f"partner_id,kind,name_ko,name_en\n{rows}")


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_an_export_leaves_what_was_there(desk: Desk, disk: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.bring("partners", many_partners(desk))[1]["loaded"] == 5000
    file = disk / f"partners.{form}"
    file.write_text("of yesterday")
    assert main(["export", "partners", str(file)]) == 1
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert "Traceback" not in told
    assert (file.read_text(), [entry.name for entry in disk.iterdir()]) == ("of yesterday", [file.name])


def test_an_import_whose_rejects_find_no_room_goes_on_when_there_is(desk: Desk, disk: Path, tmp_path: Path) -> None:
    bad = many_partners(desk)
    bad.write_text(bad.read_text().replace("seller", "nobody"))
    code, told = desk.bring("partners", bad, "--rejects", str(disk / "rejects.csv"))
    assert (code, told["code"]) == (1, "file-failed")
    assert "No space left on device" in told["detail"]
    code, told = desk.bring("partners", bad, "--rejects", str(tmp_path / "rejects.csv"))
    assert (code, told["rejected"], told["resumed"]) == (1, 5000, 0)
    assert (tmp_path / "rejects.csv").stat().st_mode & 0o077 == 0, "rejects may speak of people"


async def test_a_caller_is_told(callers: dict[str, Caller], monkeypatch: pytest.MonkeyPatch, disk: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(disk))
    (disk / "full").write_bytes(b"x" * os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize)
    refused: httpx.Response = await callers["tower"].get("/v1/exports/partners")
    assert (refused.status_code, refused.json()["code"]) == (507, "no-room")


@pytest.mark.parametrize("raised", [OSError(errno.ENOSPC, "No space"), psycopg.errors.DiskFull("could not extend")])
def test_every_full_disk_is_one_problem(raised: Exception) -> None:
    assert isinstance(as_problem(raised), NoRoom)
    assert not isinstance(as_problem(OSError(errno.EBADF, "ours")), NoRoom)
