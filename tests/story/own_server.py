"""A PostgreSQL as somebody else runs it: reached over TCP, with passwords, knowing nothing of us."""

import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from sangdan.kit.postgres.account import account_for, open_temporary_folder
from sangdan.kit.postgres.cluster import environment
from sangdan.kit.postgres.programs import programs_for

from .tower import until


@contextmanager
def own_server(password: str = "secret") -> Generator[str]:
    """A fresh server on a port of this machine, gone afterwards; gives the administrator's address."""
    account = account_for()
    programs = programs_for(account)
    folder = Path(tempfile.mkdtemp(prefix="sangdan-own-", dir=open_temporary_folder(account)))
    account.own(folder)
    secret = folder / "password"
    secret.write_text(password)
    account.own(secret)
    with socket.create_server(("127.0.0.1", 0)) as asked:
        port = asked.getsockname()[1]
    data = str(folder / "data")
    made = [str(programs.path("initdb")), "-D", data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}"]
    subprocess.run(made, env=environment(), cwd="/", capture_output=True, check=True, **account.switch)
    running = subprocess.Popen(
        [str(programs.path("postgres")), "-D", data, "-c", "listen_addresses=127.0.0.1", "-c", f"port={port}",
         "-c", "unix_socket_directories="],
        env=environment(), cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **account.switch,
    )  # fmt: skip
    try:
        url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        until(lambda: _answers(url), "the server to answer")
        yield url
    finally:
        running.send_signal(signal.SIGINT)
        running.wait()
        shutil.rmtree(folder)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
