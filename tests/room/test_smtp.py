"""E-mail through a real mail server on this machine: encrypted, authenticated, refused and out of reach."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from sangdan.adapters.smtp import MailUnfit, SmtpMessenger
from sangdan.talk.notices.ports import Outgoing, Receipt

from .alliance_cases import AT

KEY = UUID("01890000-0000-7000-8000-000000000001")
LETTER = Outgoing(
    key=KEY,
    to="hana@example.com",
    ways=("email",),
    code="placed_ko1",
    variables={},
    title="주문이 완료되었습니다",
    text="김하나님, 주문해 주셔서 고맙습니다.\n\n" + "가" * 400,
)
SENDER = "shop@market.example"
SENT = Receipt(outcome="sent", channel="email", ref=f"<{KEY}@market.example>")


class Mailbox:
    """What arrived; answers each recipient with `says`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.says = "250 OK"
        vars(self).update({"handle_RCPT": self._recipient, "handle_DATA": self._data})

    async def _recipient(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.says.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.says

    async def _data(self, server: Any, session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"


def _known(server: Any, session: Any, envelope: Any, mechanism: str, who: LoginPassword) -> AuthResult:
    return AuthResult(success=(who.login, who.password) == (b"shop", b"p@ss:word"), handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of one's own for localhost, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=AT.tzinfo))
        .not_valid_after(AT + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def context(certificate: Path) -> ssl.SSLContext:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    return tls


@asynccontextmanager
async def server(mailbox: Mailbox, tls: ssl.SSLContext | None = None, **options: Any) -> AsyncGenerator[int]:
    """A mail server; gives its port. `tls` encrypts from the first byte, `tls_context` offers STARTTLS."""
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: SMTP(mailbox, loop=loop, hostname="localhost", **options), "localhost", 0, ssl=tls
    )
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


async def test_a_letter_arrives_as_it_was_written() -> None:
    mailbox = Mailbox()
    async with server(mailbox) as port:
        receipt = await SmtpMessenger(f"smtp://localhost:{port}?tls=none", SENDER).send(LETTER)
    [mail] = mailbox.mails
    assert receipt == SENT
    assert (mail["Subject"], mail["To"], mail["From"]) == (LETTER.title, LETTER.to, SENDER)
    assert mail["Message-ID"] == SENT.ref
    assert mail.get_content().replace("\r\n", "\n").rstrip() == LETTER.text


async def test_a_repetition_carries_the_same_name() -> None:
    mailbox = Mailbox()
    async with server(mailbox) as port:
        messenger = SmtpMessenger(f"smtp://localhost:{port}?tls=none", SENDER)
        receipts = [await messenger.send(LETTER) for _ in range(2)]
    assert receipts == [SENT, SENT]
    assert {mail["Message-ID"] for mail in mailbox.mails} == {SENT.ref}


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_encrypted_and_authenticated(certificate: Path, scheme: str) -> None:
    mailbox = Mailbox()
    tls = context(certificate)
    options: dict[str, Any] = {"authenticator": _known}
    if scheme == "smtp":
        options |= {"tls_context": tls, "require_starttls": True, "auth_required": True}
    else:
        options |= {"tls": tls, "auth_require_tls": False}
    async with server(mailbox, **options) as port:
        urls = [f"{scheme}://shop:{word}@localhost:{port}?ca={certificate}" for word in ("p%40ss%3Aword", "wrong")]
        receipts = [await SmtpMessenger(url, SENDER).send(LETTER) for url in urls]
    assert receipts == [SENT, Receipt(outcome="again", because="not_authorised")]
    assert len(mailbox.mails) == 1


async def test_nothing_is_sent_in_the_clear_unless_asked_for() -> None:
    mailbox = Mailbox()
    async with server(mailbox) as port:
        receipt = await SmtpMessenger(f"smtp://localhost:{port}", SENDER).send(LETTER)
    assert (receipt, mailbox.mails) == (Receipt(outcome="again", because="no_tls"), [])


async def test_a_server_that_nobody_vouches_for_gets_nothing(certificate: Path) -> None:
    mailbox = Mailbox()
    async with server(mailbox, tls_context=context(certificate)) as port:
        receipt = await SmtpMessenger(f"smtp://localhost:{port}", SENDER).send(LETTER)
    assert (receipt, mailbox.mails) == (Receipt(outcome="again", because="tls_failed"), [])


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("550 nobody of that name", Receipt(outcome="refused", because="bad_address")),
        ("451 come back later", Receipt(outcome="again", because="bad_address")),
    ],
)
async def test_a_recipient_that_is_refused(says: str, expected: Receipt) -> None:
    mailbox = Mailbox()
    mailbox.says = says
    async with server(mailbox) as port:
        assert await SmtpMessenger(f"smtp://localhost:{port}?tls=none", SENDER).send(LETTER) == expected


async def test_nobody_listens() -> None:
    async with server(Mailbox()) as port:
        messenger = SmtpMessenger(f"smtp://localhost:{port}?tls=none", SENDER, timeout_s=2)
    assert await messenger.send(LETTER) == Receipt(outcome="again", because="unreachable")


@pytest.mark.parametrize("to", ["hana", "hana@example.com\r\nBcc: all@example.com", "", "a@b@c"])
async def test_an_address_that_cannot_be_one_goes_nowhere(to: str) -> None:
    mailbox = Mailbox()
    async with server(mailbox) as port:
        receipt = await SmtpMessenger(f"smtp://localhost:{port}?tls=none", SENDER).send(replace(LETTER, to=to))
    assert (receipt, mailbox.mails) == (Receipt(outcome="refused", because="bad_address"), [])


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("http://localhost", SENDER),
        ("smtp://", SENDER),
        ("smtp://localhost?tls=maybe", SENDER),
        ("smtp://localhost?ca=/nowhere.pem", SENDER),
        ("smtp://localhost", "no address"),
    ],
)
def test_settings_that_cannot_be_used(url: str, sender: str) -> None:
    with pytest.raises(MailUnfit):
        SmtpMessenger(url, sender)
