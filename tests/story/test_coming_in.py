"""Coming in, in a real browser: by a passkey, by a link from the mail; and what a member does without any script."""

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from typing import Any, Final

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sangdan.doors.web.assets.build import build

from . import faces, town
from .browser import DESKTOP, PHONE, complaints, opened, visiting
from .tower import Tower, tower, until

PASSWORD: Final = "a sentence of my own, 1447"
CHOSEN: Final = "snow upon the cedar hill"
# A device that makes passkeys: https://chromedevtools.github.io/devtools-protocol/tot/WebAuthn
DEVICE: Final = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


class Mailbox:
    """A mail server of this machine that keeps what it takes."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        vars(self).update({"handle_DATA": self._data})
        with socket.create_server(("127.0.0.1", 0)) as asked:
            self.port: int = asked.getsockname()[1]
        self._server: Any = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> "Mailbox":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    async def _data(self, server: Any, session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
        self.texts.append(mail.get_content())
        return "250 taken"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as opened_:
        yield opened_


@pytest.fixture(scope="module")
def place(mailbox: Mailbox) -> Iterator[Tower]:
    """The small alliance with a storefront and an operator, reached by a name: passkeys are bound to one."""
    build()
    mail = {"smtp_url": f"smtp://127.0.0.1:{mailbox.port}?tls=none", "mail_from": "shop@onmaru.example"}
    with tower(storefront="onmaru", **mail) as running:
        running.address = f"http://localhost:{running.port}"
        town.found(running)
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    with opened() as browser:
        yield browser


def kim(running: Tower) -> str:
    """An operator who was invited; gives where the link leads."""
    told = running.sangdan("staff", "admit", "kim", "--role", "tower", "--url", running.address)
    assert told.returncode == 0, told.stderr
    return told.stdout.strip()


def with_device(context: BrowserContext, page: Page) -> None:
    """Give the page a device that makes passkeys."""
    wire: Any = context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def sound(page: Page) -> None:
    """Everybody can use the page, on a phone too."""
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        faces.sound(page)


def test_an_operator_comes_in_by_passkey_alone(place: Tower, chromium: Browser) -> None:
    link = kim(place)
    with visiting(chromium, place.address, language="en") as context:
        faces.with_axe(context)
        page = context.new_page()
        wrong = complaints(page)
        with_device(context, page)
        page.goto(link)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        page.get_by_role("button").last.click()
        expect(page.get_by_role("heading", name="Set up codes")).to_be_visible()
        sound(page)
        page.get_by_role("button", name="Use a passkey instead").click()
        expect(page.locator(".paper-codes li")).to_have_count(10)

        page.goto("/me")
        expect(page.locator(".me-list b", has_text="Chrome")).to_have_count(2)  # the session, and the passkey
        sound(page)
        page.get_by_role("main").get_by_role("button", name="Sign out", exact=True).click()
        # The browser suggests the passkey by itself; the device says yes at once.
        expect(page).to_have_url(f"{place.address}/tower")

        page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
        page.goto("/me")
        page.get_by_role("main").get_by_role("button", name="Sign out", exact=True).click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.goto("/sign-in?to=/me")
        sound(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_url(f"{place.address}/me")
        expect(page.get_by_text("not used yet")).to_have_count(0)
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_text("The device made no passkey")).to_be_visible()  # it has one already
        assert wrong == []
    listed = place.sangdan("staff", "passkeys", "kim").stdout
    one = re.search(r"^([0-9a-f-]{36}) +Chrome, Linux +localhost", listed, re.MULTILINE)
    assert one is not None, listed
    for expected in (0, 1):
        assert place.sangdan("staff", "passkeys", "kim", "--remove", one[1]).returncode == expected
    assert "no passkey" in place.sangdan("staff", "passkeys", "kim").stdout


def test_a_member_who_forgot_the_password_chooses_another(place: Tower, chromium: Browser, mailbox: Mailbox) -> None:
    with visiting(chromium, place.address, language="ko", size=PHONE, scripts=False) as context:
        page = context.new_page()
        page.goto("/shop/sign-up")
        for label, told in (("이름", "김하나"), ("이메일", "hana@example.com"), ("비밀번호", PASSWORD)):
            page.get_by_label(label, exact=True).fill(told)
        page.get_by_role("checkbox").check()
        page.get_by_role("main").get_by_role("button").last.click()
        expect(page).to_have_url(f"{place.address}/shop/account")
        context.clear_cookies()

        page.goto("/shop/sign-in")
        page.get_by_role("link", name="비밀번호를 잊으셨나요?").click()
        page.get_by_label("이메일").fill("hana@example.com")
        page.get_by_role("button", name="링크 받기").click()
        expect(page.get_by_text("메일함을 확인해 주세요")).to_be_visible()
        text = until(lambda: mailbox.texts[0] if mailbox.texts else None, "the mail")
        [link] = re.findall(r"http://\S+", text)
        page.goto(link)
        page.get_by_label("새 비밀번호").fill(CHOSEN)
        page.get_by_label("비밀번호 다시 입력").fill(CHOSEN)
        page.get_by_role("button", name="이 비밀번호로 정하기").click()
        expect(page).to_have_url(f"{place.address}/shop/account")
        assert page.goto(link) is not None
        expect(page.get_by_role("heading", name="만료된 링크입니다")).to_be_visible()

        page.goto("/shop/account")
        for name, line in (("집", "세종대로 110"), ("회사", "테헤란로 152")):
            page.get_by_role("link", name="배송지 추가").click()
            for label, told in (
                ("배송지 이름 (선택)", name), ("휴대전화", "010-2345-6789"), ("우편번호", "04524"),
                ("도로명 주소", line), ("배송 기사에게 남길 말 (선택)", "벨이 고장 났어요"),
            ):  # fmt: skip
                page.get_by_label(label).fill(told)
            page.get_by_role("button", name="배송지 저장").click()
            expect(page.locator(".book b", has_text=name)).to_be_visible()
        page.get_by_role("button", name="기본 배송지로 설정 회사").click()
        expect(page.locator(".book li").first).to_contain_text("테헤란로 152")
        page.get_by_role("button", name="삭제 집").click()
        expect(page.locator(".book li")).to_have_count(1)


def test_a_member_comes_in_by_passkey(place: Tower, chromium: Browser) -> None:
    with visiting(chromium, place.address, language="en") as context:
        faces.with_axe(context)
        page = context.new_page()
        wrong = complaints(page)
        with_device(context, page)
        page.goto("/shop/sign-up")
        for label, told in (("Name", "Lee Duri"), ("E-mail", "duri@example.com"), ("Password", PASSWORD)):
            page.get_by_label(label, exact=True).fill(told)
        page.get_by_role("checkbox").check()
        page.get_by_role("main").get_by_role("button").last.click()
        page.locator("#passkey-label").fill("my laptop")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.locator("b", has_text="my laptop")).to_be_visible()
        sound(page)
        page.get_by_role("link", name="Add an address").click()
        sound(page)
        page.goto("/shop/contact")
        sound(page)
        page.goto("/shop/account")
        page.get_by_role("main").get_by_role("button", name="Sign out", exact=True).click()
        page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
        page.goto("/shop/sign-in?to=/shop/basket")
        sound(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page).to_have_url(f"{place.address}/shop/basket")
        assert wrong == []
