"""Whether a webhook is the alliance's own: Standard Webhooks, for receivers."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from .types import Event

WHSEC: Final = "whsec_"
VERSION: Final = "v1"
TOLERANCE: Final = timedelta(minutes=5)


class NotGenuine(Exception):
    """The webhook was not signed with our secret, or not lately: answer 401 and forget it.

    why  what is wrong: headers, timestamp, secret or signature
    """

    def __init__(self, detail: str, why: str) -> None:
        super().__init__(detail)
        self.why = why


def receive(headers: Mapping[str, str], body: bytes, secret: str, now: datetime | None = None) -> Event:
    """The event of a webhook that is genuine; `Event.id` is the same at every try, so deal with each once.

    headers  of the request, names in any case
    body     as it came, before anything has read it
    secret   'whsec_...', as the endpoint's making or rotation gave it
    raises   NotGenuine
    """
    verify(headers, body, secret, now)
    return msgspec.json.decode(body, type=Event)


def verify(headers: Mapping[str, str], body: bytes, secret: str, now: datetime | None = None) -> str:
    """Whether a webhook is genuine and fresh; arguments as `receive` has them.

    gives   its id
    raises  NotGenuine
    source  Standard Webhooks 1.0, https://www.standardwebhooks.com
    """
    told = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = told.get("webhook-id", ""), told.get("webhook-timestamp", "")
    if not (message_id and timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise NotGenuine("The webhook lacks its id or its timestamp.", "headers")
    if abs((now or datetime.now(UTC)).timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise NotGenuine("The webhook was signed too long ago, or the clocks differ.", "timestamp")
    wanted = hmac.digest(_key(secret), f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    for each in told.get("webhook-signature", "").split(" "):
        version, _, signature = each.partition(",")
        if version == VERSION and hmac.compare_digest(signature.encode(), base64.b64encode(wanted)):
            return message_id
    raise NotGenuine("The webhook was not signed with this secret, or was changed on its way.", "signature")


def _key(secret: str) -> bytes:
    try:
        if secret.startswith(WHSEC):
            return base64.b64decode(secret.removeprefix(WHSEC), validate=True)
    except binascii.Error:
        pass
    raise NotGenuine("This is no webhook secret: it should begin with whsec_.", "secret")
