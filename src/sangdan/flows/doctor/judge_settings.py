"""The settings: what is chosen, and what does not go together."""

import ipaddress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sangdan.kit.postgres.dump import ENCRYPTED
from sangdan.kit.settings import Settings

from .finding import Finding


def judge_settings(settings: Settings, *, same_disk: bool | None, key_file: bool) -> list[Finding]:
    """What an operator should choose otherwise.

    same_disk  SANGDAN_BACKUPS lies on the disk of SANGDAN_HOME; None without backups
    key_file   the master key lies in a file in SANGDAN_HOME
    """
    found: list[Finding] = []
    if not _is_local(settings.host):
        found.append(
            Finding("warning", "open-to-network", f"The server listens on {settings.host}.",
                    "API keys and people's data cross the network unencrypted, unless a proxy encrypts them.",
                    "Put a TLS proxy in front and set SANGDAN_HOST=127.0.0.1 (docs/install.md)")
        )  # fmt: skip
    if settings.webhooks_private:
        found.append(
            Finding("warning", "webhooks-private", "Webhooks may go to this network's own addresses, unencrypted.",
                    "Whoever registers one can make this server call what only it can reach.",
                    "Unset SANGDAN_WEBHOOKS_PRIVATE")
        )  # fmt: skip
    found += _database(settings)
    if settings.database_url is None:
        found += _backups(settings, same_disk=same_disk)
    return [*found, *_master_key(settings, key_file=key_file)]


def _database(settings: Settings) -> list[Finding]:
    if settings.database_url is None:
        return []
    parts = urlsplit(settings.database_url)
    query = parse_qs(parts.query)
    host = query.get("host", [parts.hostname or ""])[-1]
    [mode] = query.get("sslmode", ["prefer"])[-1:]
    if host.startswith("/") or _is_local(host) or mode in ENCRYPTED:
        return []
    return [
        Finding("warning", "database-unencrypted", f"The connection to {host} may be unencrypted (sslmode={mode}).",
                "Its password and everything in it can be read on the way.",
                "Add ?sslmode=verify-full to SANGDAN_DATABASE_URL")
    ]  # fmt: skip


def _backups(settings: Settings, *, same_disk: bool | None) -> list[Finding]:
    if settings.backups is None:
        return [
            Finding("warning", "backups-off", "Nothing is archived: SANGDAN_BACKUPS is not set.",
                    "A lost disk is a lost alliance.",
                    "Set SANGDAN_BACKUPS to a folder on another disk, restart, then: sangdan db backup")
        ]  # fmt: skip
    if same_disk:
        return [
            Finding("warning", "backups-same-disk", f"{settings.backups} lies on the disk of {settings.home}.",
                    "Whatever takes the one takes the other.", "Set SANGDAN_BACKUPS to a folder on another disk")
        ]  # fmt: skip
    return []


def _master_key(settings: Settings, *, key_file: bool) -> list[Finding]:
    if settings.master_key is not None:
        return []
    if settings.database_url is not None:
        return [
            Finding("error", "master-key-missing", "SANGDAN_MASTER_KEY is not set.",
                    "The server does not start without it: personal data is kept encrypted.",
                    "SANGDAN_MASTER_KEY=$(openssl rand -hex 32), the same for every process, and a copy elsewhere")
        ]  # fmt: skip
    if key_file:
        return [
            Finding("note", "master-key-file", f"The master key is the file {settings.home / 'master.key'}.",
                    "No backup holds it: without it, nobody's data in a restored database can be read.",
                    "Keep a copy of it elsewhere, apart from the backups")
        ]  # fmt: skip
    return []


def _is_local(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def on_one_disk(home: Path, backups: Path | None) -> bool | None:
    """Whether both lie on one disk, or would when they are made; None without backups."""
    if backups is None:
        return None
    return _existing(home).stat().st_dev == _existing(backups).stat().st_dev


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())
