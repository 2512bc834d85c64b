"""How messages to shoppers leave: by the providers that the settings name, or into a sandbox where they name none."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sangdan.adapters.alimtalk import AlimtalkMessenger, RelaySender
from sangdan.adapters.sandbox_messenger import SandboxMessenger
from sangdan.adapters.smtp import SmtpMessenger
from sangdan.flows import forgotten_password
from sangdan.flows.send_notices import Find, Post, deliver_due
from sangdan.kit.db import Pool
from sangdan.kit.problems import Invalid
from sangdan.kit.settings import Settings
from sangdan.kit.vault import Vault
from sangdan.talk.notices.ports import Messenger, Outgoing, Receipt

from .senders import Sender

log = logging.getLogger("sangdan.notices")

# How many batches may be out at once: a provider that keeps one waiting holds up the others' messages no longer.
LANES: Final = 3

SANDBOX: Final = "%s: no provider is set, so messages are kept in a sandbox and reach nobody. Set %s."


class SettingMissing(Invalid):
    """A provider is named, but not all that it needs."""

    code = "setting-missing"


class ByWay:
    """One messenger for phones, one for e-mail."""

    def __init__(self, phone: Messenger, email: Messenger) -> None:
        self.phone = phone
        self.email = email

    async def send(self, message: Outgoing) -> Receipt:
        """Hand it to the one it is for."""
        return await self._of(message).send(message)

    async def ask(self, message: Outgoing) -> Receipt:
        """Ask the one it was handed to."""
        return await self._of(message).ask(message)

    def _of(self, message: Outgoing) -> Messenger:
        return self.email if message.ways[0] == "email" else self.phone


def open_messenger(settings: Settings) -> ByWay:
    """The messengers that the settings name.

    raises  SettingMissing, MailUnfit
    """
    sandbox = SandboxMessenger()
    return ByWay(_phone(settings) or sandbox, _email(settings) or sandbox)


def notice_senders(pool: Pool, settings: Settings, find: Find) -> Sequence[Sender]:
    """Sends the notices that are due.

    find  who a shop's shopper is
    """
    messenger = open_messenger(settings)
    for name, named, setting in (
        ("phones", messenger.phone, "SANGDAN_RELAY_URL"),
        ("e-mail", messenger.email, "SANGDAN_SMTP_URL"),
    ):
        if isinstance(named, SandboxMessenger):
            log.info(SANDBOX, name, setting)
    post = Post(messenger, find, settings.ads_opt_out)

    async def send_notices(at: datetime) -> bool:
        return await deliver_due(pool, post, at) > 0

    return (send_notices,) * LANES


def password_sender(pool: Pool, settings: Settings, vault: Vault) -> Sender:
    """Sends links to whoever forgot their password. They last in real time, whatever a sandbox's clock shows.

    raises  SettingMissing, MailUnfit
    """
    messenger = _email(settings) or SandboxMessenger()

    async def send_links(_: datetime) -> bool:
        return await forgotten_password.send_due(pool, vault, messenger, datetime.now(UTC))

    return send_links


def _phone(settings: Settings) -> AlimtalkMessenger | None:
    if settings.relay_url is None:
        return None
    if settings.relay_key is None or settings.relay_number is None:
        raise SettingMissing("SANGDAN_RELAY_URL is set: set SANGDAN_RELAY_KEY and SANGDAN_RELAY_NUMBER too.")
    sender = RelaySender(settings.relay_number, settings.relay_profile)
    return AlimtalkMessenger(settings.relay_url, settings.relay_key, sender)


def _email(settings: Settings) -> SmtpMessenger | None:
    if settings.smtp_url is None:
        return None
    if settings.mail_from is None:
        raise SettingMissing("SANGDAN_SMTP_URL is set: set SANGDAN_MAIL_FROM, whom messages come from, too.")
    return SmtpMessenger(settings.smtp_url, settings.mail_from)
