"""Logs: one JSON object a line on standard error, with the id of its request. Never keys, never bodies."""

import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

# The request, command or job that is running here; '' outside of any.
request_id: ContextVar[str] = ContextVar("request_id", default="")

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRET_NAME: Final = re.compile(r"(?i)(authorization|password|secret|token|api_key|cookie|body)")
# API keys, webhook secrets, passwords in addresses, and PostgreSQL's habit of quoting the row that broke a constraint.
_SECRET_TEXT: Final = re.compile(
    r"sgd_[0-9a-f]+|whsec_[A-Za-z0-9+/=]+|(?<=://)[^\s/@]+(?=@)|(?i:password=)\S+|(?<=DETAIL:  ).*"
)
_HIDDEN: Final = "[hidden]"
# They write whole addresses and headers: of webhooks, whose addresses often are the receiver's secret, and of relays.
_TELLTALES: Final = ("httpx", "httpcore")


def scrub(text: str) -> str:
    """The text without what looks like a key, a password or somebody's data."""
    return _SECRET_TEXT.sub(_HIDDEN, text)


def _shown(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name):
        return _HIDDEN
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return scrub(str(value))


class JsonLines(logging.Formatter):
    """Writes a record and its `extra` as one line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrub(record.getMessage()),
        }
        if running := request_id.get():
            line["request_id"] = running
        for name, value in vars(record).items():
            if name not in _STANDARD:
                line[name] = _shown(name, value)
        if record.exc_info:
            line["trace"] = scrub(self.formatException(record.exc_info))
        return msgspec.json.encode(line).decode()


def configure(level: str = "INFO") -> None:
    """Send every log of the process to standard error as JSON lines.

    level  DEBUG, INFO, WARNING or ERROR
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TELLTALES:
        logging.getLogger(name).setLevel(logging.WARNING)
