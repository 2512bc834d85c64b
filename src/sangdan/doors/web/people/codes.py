"""The picture by which a phone learns to make codes."""

from typing import Any

import segno
from litestar import Response

from sangdan.doors.web.answers import Asked, html
from sangdan.kit.staff.codes import address_of


def picture_of(text: str) -> str:
    """A text as a picture of black on white squares, which every phone reads on a dark page too; an address of it."""
    return segno.make(text, error="m", micro=False).svg_data_uri(border=4, scale=4, dark="#000", light="#fff")


def codes_page(
    request: Asked, staff_id: str, secret: str, status: int = 200, *, to: str = "", wrong: str | None = None
) -> Response[Any]:
    """The page that sets codes up: the picture, the secret in letters, and where the first code goes."""
    letters = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    picture = picture_of(address_of(secret, staff_id))
    shown: dict[str, Any] = {"name": staff_id, "letters": letters, "picture": picture, "to": to, "wrong": wrong}
    return html(request, "people/enrol.html", status, **shown)
