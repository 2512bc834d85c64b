"""The pages of coming in, as they are shown."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import segno
from litestar import Response

from sangdan.doors.web.answers import Asked, html
from sangdan.doors.web.sessions import COOKIE
from sangdan.kit.ceremonies import Place
from sangdan.kit.staff.codes import address_of

from .entrance import Half

NOTHING_WRONG: Final[Mapping[str, str | None]] = {"wrong": None, "wrong_key": None, "wrong_passkey": None}


class SignInForm(msgspec.Struct, frozen=True):
    """What the form sends: a name and a password, or a key; and the page that was wanted."""

    name: str = ""
    password: str = ""
    key: str = ""
    to: str = ""


class PasskeyForm(msgspec.Struct, frozen=True):
    """What passkeys' forms send: the browser's answer as JSON, the passkey's name, and the page that was wanted."""

    credential: str = ""
    label: str = ""
    to: str = ""


def sign_in_page(
    request: Asked,
    place: Place | None,
    status: int = 200,
    data: SignInForm | None = None,
    *,
    to: str = "",
    **wrong: str,
) -> Response[str]:
    """Where people sign in.

    place  where passkeys are good; None offers none
    wrong  what was wrong with a try: `wrong`, `wrong_key` or `wrong_passkey`
    """
    name, wanted = ("", to) if data is None else (data.name, data.to)
    ended = data is None and bool(to) and COOKIE in request.cookies
    return html(
        request,
        "people/sign_in.html",
        status,
        name=name,
        to=wanted,
        place=place,
        ended=ended,
        **(NOTHING_WRONG | wrong),
    )


def code_page(
    request: Asked, half: Half, place: Place | None, status: int = 200, *, to: str = "", **wrong: str
) -> Response[str]:
    """Where whoever has told the password proves more: by a code, or by a passkey when they have one.

    wrong  what was wrong with a try: `wrong` or `wrong_passkey`
    """
    account = half.account
    shown = place if account.has_passkey else None
    return html(request, "people/code.html", status, account=account, to=to, place=shown, **(NOTHING_WRONG | wrong))


def codes_page(
    request: Asked,
    staff_id: str,
    secret: str,
    status: int = 200,
    *,
    to: str = "",
    place: Place | None = None,
    **wrong: str,
) -> Response[Any]:
    """The page that sets codes up: the picture, the secret in letters, and where the first code goes.

    place  where passkeys are good, which do as well; None offers none
    wrong  what was wrong with a try: `wrong` or `wrong_passkey`
    """
    letters = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    picture = picture_of(address_of(secret, staff_id))
    shown: dict[str, Any] = {"name": staff_id, "letters": letters, "picture": picture, "to": to, "place": place}
    return html(request, "people/enrol.html", status, **shown, **(NOTHING_WRONG | wrong))


def picture_of(text: str) -> str:
    """A text as a picture of black on white squares, which every phone reads on a dark page too; an address of it."""
    return segno.make(text, error="m", micro=False).svg_data_uri(border=4, scale=4, dark="#000", light="#fff")
