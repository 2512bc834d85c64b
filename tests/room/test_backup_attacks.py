"""Backups where somebody meddled: links, labels that lie, odd names, secrets in a process's surroundings, a cut."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from sangdan.kit import postgres
from sangdan.kit.postgres import archive, backup, dump, process
from sangdan.kit.postgres.account import account_for
from sangdan.kit.postgres.cluster import Archive, Cluster
from sangdan.kit.postgres.problems import NoBackup, RestoreCutOff

from .test_backup import bring_back, lose, put, shelf, take, words, write
from .test_backup import cluster as cluster
from .test_backup import place as place

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")


@pytest.fixture
def others(place: Path) -> Path:
    """A file that is none of the server's."""
    file = place / "others"
    file.write_text("mine")
    file.chmod(0o600)
    return file


@as_root
def test_root_hands_no_file_behind_a_link_to_the_server(cluster: Cluster, others: Path) -> None:
    """The server's account may write its backups: a link in one must not make root give it /etc/shadow."""
    write(cluster, "one")
    taken = take(cluster)
    for link in ("link", "recovery.signal", "sangdan.conf"):
        (Path(taken.folder) / "pg_wal" / link).symlink_to(others)
    bring_back(cluster)
    assert (cluster.data / "pg_wal" / "link").lstat().st_uid == account_for(cluster.data).uid
    assert others.stat().st_uid == os.geteuid()
    assert words(cluster) == ["one"]


def test_settings_are_not_written_through_a_link(cluster: Cluster, others: Path) -> None:
    write(cluster, "one")
    (cluster.data / archive.CONF).unlink()
    (cluster.data / f"{archive.CONF}.fresh").symlink_to(others)
    write(cluster, "two")
    assert (others.read_text(), others.stat().st_mode & 0o777) == ("mine", 0o600)
    conf = (cluster.data / archive.CONF).lstat()
    assert (conf.st_uid, conf.st_mode & 0o777) == (account_for(cluster.data).uid, 0o600)


def test_a_label_that_names_another_folder_removes_nothing(cluster: Cluster, place: Path) -> None:
    write(cluster, "one")
    label = Path(take(cluster).folder) / backup.LABEL
    (place / "precious").mkdir()
    said = msgspec.json.decode(label.read_bytes())
    said["name"] = str(place / "precious")
    label.write_bytes(msgspec.json.encode(said))
    assert backup.backups(shelf(cluster)) == []
    taken = take(cluster, keep=1)
    assert (taken.removed, (place / "precious").is_dir()) == ([], True)
    (Path(taken.folder) / backup.LABEL).write_text("no label")
    with pytest.raises(NoBackup):
        bring_back(cluster)


def test_a_database_s_name_leads_nowhere(tmp_path: Path) -> None:
    for name in ("../../etc", "/etc", "..", ".", "shop"):
        folder = (tmp_path / dump.folder_name(name)).resolve()
        assert folder.parent == tmp_path
    assert dump.folder_name("상단") == "상단"


@pytest.mark.parametrize("name", ['it\'s 50% of "it" \\n $HOME `touch ran`', "two\nlines = 'on'", "상단 백업"])
def test_a_folder_may_be_called_anything(place: Path, name: str) -> None:
    """pg_verifybackup hands the folder's name to a shell, which ran what stands between its backticks."""
    odd = Cluster(place / "pg", archive=Archive(place / name, 1))
    write(odd, "one")
    assert take(odd).archiving
    write(odd, "two")
    assert archive.archives_to(odd.data) == shelf(odd).wal
    lose(odd)
    bring_back(odd)
    assert words(odd) == ["one", "two"]


def test_nobody_but_the_server_reads_a_backup(cluster: Cluster) -> None:
    before = os.umask(0)
    try:
        write(cluster, "one")
        take(cluster)
    finally:
        os.umask(before)
    folders = [shelf(cluster).base, shelf(cluster).wal]
    inside = [entry for folder in folders for entry in folder.rglob("*") if entry.name != backup.LABEL]
    assert len(inside) > 100
    assert [str(entry) for entry in (*folders, *inside) if entry.stat().st_mode & 0o077] == []


def test_the_server_knows_none_of_our_secrets(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGDAN_MASTER_KEY", "7b" * 32)
    with postgres.attached(cluster.folder, archive=cluster.archive) as server:
        put(server)
        pid = process.postmaster(cluster)
        assert pid is not None
        main = psutil.Process(pid)
        looked_at = 0
        for each in [main, *main.children(recursive=True)]:
            try:
                seen = " ".join([*each.environ(), *each.environ().values(), *each.cmdline()])
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue  # a short-lived one, e.g. that archived a piece
            looked_at += 1
            assert "SANGDAN_" not in seen
            assert "7b" * 32 not in seen
        assert looked_at > 3


CUT = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from sangdan.kit.postgres import restore
from sangdan.kit.postgres.cluster import Archive, Cluster
folder = Path(sys.argv[1])
aside = restore._step_aside
def cut(*words):
    aside(*words)
    os.kill(os.getpid(), signal.SIGKILL)
restore._step_aside = cut
cluster = Cluster(folder / "pg", archive=Archive(folder / "shelf", 1))
restore.restore(cluster, folder / "shelf", datetime.now(UTC), force=True)
"""


def test_a_restore_that_was_cut_off_is_not_followed_by_an_empty_database(cluster: Cluster, place: Path) -> None:
    write(cluster, "one")
    take(cluster)
    ended = subprocess.run([sys.executable, "-c", CUT, str(place)], check=False)
    assert ended.returncode == -signal.SIGKILL
    with pytest.raises(RestoreCutOff, match="run `sangdan db restore` again"):
        write(cluster, "lost")
    bring_back(cluster)
    assert words(cluster) == ["one"]
