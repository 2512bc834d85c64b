"""All routes of people: coming in, one's own account, and what is below /tower."""

from typing import Final

from litestar.handlers import HTTPRouteHandler

from sangdan.doors.web.tower.tables import pages_of

from . import joining, keys, me, passkey_pages, sign_in, staff, trail

OPEN: Final = (
    sign_in.front, sign_in.form, sign_in.sign_in, sign_in.speak,
    sign_in.code_form, sign_in.send_code, sign_in.enrol_form, sign_in.enrol,
    sign_in.enter_form, sign_in.enter, sign_in.sign_out,
    joining.join_form, joining.join,
    *me.PAGES, *passkey_pages.PAGES,
)  # fmt: skip


def below_tower() -> list[HTTPRouteHandler]:
    """Accounts, keys and the audit."""
    return [
        *staff.PAGES, *pages_of(staff.PEOPLE),
        *keys.PAGES, *pages_of(keys.KEYS),
        *pages_of(trail.READINGS), trail.entry, *pages_of(trail.AUDIT),
    ]  # fmt: skip
