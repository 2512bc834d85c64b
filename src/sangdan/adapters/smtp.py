"""E-mail over SMTP.

SMTP knows no idempotency key: the key becomes the Message-ID, by which mailboxes and people can tell a repetition.

source  RFC 5321, RFC 3207 (STARTTLS), RFC 5322 (Message-ID)
"""

import asyncio
import smtplib
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from sangdan.kit.problems import Invalid
from sangdan.talk.notices.ports import Outgoing, Receipt

TIMEOUT_S: Final = 20.0
_PORTS: Final = {"smtp": 587, "smtps": 465}
_PERMANENT: Final = 500
# What the standard library raises for text that is no address.
_NO_ADDRESS: Final = (ValueError, IndexError, MessageError)


class MailUnfit(Invalid):
    """The address of the mail server, or the sender's own, cannot be used."""

    code = "mail-unfit"


class SmtpMessenger:
    """Hands messages to one mail server.

    url     smtp://user:password@host:587 (STARTTLS is asked for, and nothing is sent without it), smtps://...:465;
            ?tls=none for a server on this machine, ?ca=FILE for certificates of one's own authority
    sender  what stands in From: an address
    raises  MailUnfit
    """

    def __init__(self, url: str, sender: str, timeout_s: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise MailUnfit("SANGDAN_SMTP_URL: write smtp://user:password@host:587 or smtps://user:password@host:465.")
        asked = parse_qs(parts.query)
        if asked.keys() - {"tls", "ca"} or asked.get("tls", ["none"]) != ["none"]:
            raise MailUnfit("SANGDAN_SMTP_URL: behind the '?' may stand tls=none and ca=FILE, nothing else.")
        self._parts: SplitResult = parts
        self._encrypted = "tls" not in asked
        try:
            self._from = Address(addr_spec=sender)
        except _NO_ADDRESS as wrong:
            raise MailUnfit(f"SANGDAN_MAIL_FROM: {sender!r} is no e-mail address.") from wrong
        try:
            self._tls = ssl.create_default_context(cafile=asked.get("ca", [None])[0])
        except OSError as wrong:
            raise MailUnfit(f"SANGDAN_SMTP_URL: the file behind ca= cannot be used: {wrong}.") from wrong
        self._timeout_s = timeout_s

    async def send(self, message: Outgoing) -> Receipt:
        """Hand it to the server; what it accepts is sent."""
        try:
            return await asyncio.to_thread(self._send, message)
        except smtplib.SMTPRecipientsRefused as refused:
            return _refused(next(iter(refused.recipients.values()))[0], "bad_address")
        except smtplib.SMTPAuthenticationError:
            return Receipt(outcome="again", because="not_authorised")
        except smtplib.SMTPNotSupportedError:
            return Receipt(outcome="again", because="no_tls")
        except smtplib.SMTPResponseException as refused:
            return _refused(refused.smtp_code, f"smtp_{refused.smtp_code}")
        except ssl.SSLError:
            return Receipt(outcome="again", because="tls_failed")
        except (OSError, smtplib.SMTPException):
            return Receipt(outcome="again", because="unreachable")

    async def ask(self, message: Outgoing) -> Receipt:
        """Mail servers are not asked: what they took is sent."""
        return Receipt(outcome="sent", channel="email", ref=self._id(message))

    def _send(self, message: Outgoing) -> Receipt:
        try:
            mail = self._mail(message)
        except _NO_ADDRESS:
            return Receipt(outcome="refused", because="bad_address")
        with self._connect() as server:
            if self._parts.scheme == "smtp" and self._encrypted:
                server.starttls(context=self._tls)
            if self._parts.username:
                server.login(unquote(self._parts.username), unquote(self._parts.password or ""))
            server.send_message(mail)
        return Receipt(outcome="sent", channel="email", ref=self._id(message))

    def _connect(self) -> smtplib.SMTP:
        host, port = self._parts.hostname or "", self._parts.port or _PORTS[self._parts.scheme]
        if self._parts.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=self._timeout_s, context=self._tls)
        return smtplib.SMTP(host, port, timeout=self._timeout_s)

    def _mail(self, message: Outgoing) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._from
        mail["To"] = Address(addr_spec=message.to)
        mail["Subject"] = message.title
        mail["Message-ID"] = self._id(message)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail

    def _id(self, message: Outgoing) -> str:
        return f"<{message.key}@{self._from.domain}>"


def _refused(code: int, because: str) -> Receipt:
    """5xx is final, 4xx is not."""
    return Receipt(outcome="refused" if code >= _PERMANENT else "again", because=because)
