"""The database that the settings name: the embedded one, a throw-away one, or a server of the operator's."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sangdan.kit.migrate import migrate
from sangdan.kit.settings import Settings

from . import supervisor
from .account import account_for, ourselves
from .cluster import DATABASE, ROLE, SUPERUSER, Archive, Cluster, url
from .programs import programs_for


def folder(settings: Settings) -> Path:
    """Where the embedded cluster lies."""
    return settings.home / "postgres"


def archive_of(settings: Settings) -> Archive | None:
    """Where the embedded server archives; None when the operator named no folder."""
    return None if settings.backups is None else Archive(settings.backups, settings.backups_lag_s)


@contextmanager
def database(settings: Settings, *, throwaway: bool = False, migrated: bool = True) -> Generator[str]:
    """Use the database for a block; the embedded server runs at least that long.

    settings   what the operator chose
    throwaway  a fresh database of one's own, gone afterwards, whatever was chosen
    migrated   bring it to this version's form first
    gives      its libpq address, as the role that owns it
    """
    if settings.database_url is not None and not throwaway:
        if migrated:
            migrate(settings.database_url)
        yield settings.database_url
        return
    opened = (
        supervisor.throwaway() if throwaway else supervisor.attached(folder(settings), archive=archive_of(settings))
    )
    with opened as server:
        if migrated:
            migrate(server.url)
        yield server.url


def address(cluster_folder: Path) -> str:
    """The libpq address of a cluster's database, whether it runs or not."""
    cluster = Cluster(cluster_folder.absolute())
    return url(cluster.sockets(account_for(cluster.data)), ROLE, DATABASE)


def admin_address(cluster_folder: Path) -> str:
    """The address of the same database as the superuser: for examinations, not for work."""
    cluster = Cluster(cluster_folder.absolute())
    return url(cluster.sockets(account_for(cluster.data)), SUPERUSER, DATABASE)


def psql() -> str:
    """The program psql: the wheel's."""
    return str(programs_for(ourselves()).path("psql"))
