"""Who asks: from which address, with which browser, and whether nobody listens on the way."""

import re
from ipaddress import IPv6Network, ip_address
from typing import Final

from sangdan.doors.web.answers import Asked

# The first that fits is the one: every browser also claims to be some of those below it.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Whale", "Whale"),
    ("KAKAOTALK", "KakaoTalk"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_PROGRAM: Final = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,30}")


def address_of(request: Asked) -> str:
    """The address that asks; behind a proxy the one that the proxy tells (FORWARDED_ALLOW_IPS says whom to believe).

    gives  of IPv6 the network of 64 bits: whoever has one address there has all of them
    """
    told = request.client.host if request.client else ""
    try:
        known = ip_address(told)
    except ValueError:
        return told
    if known.version == 4:
        return told
    return str(known.ipv4_mapped or IPv6Network((known.packed[:8] + bytes(8), 64)))


def browser_of(request: Asked) -> str:
    """The browser as its owner would call it, e.g. 'Chrome, Android'; no more of it is kept."""
    told = request.headers.get("user-agent", "")
    browser = next((name for sign, name in _BROWSERS if sign in told), None)
    system = next((name for sign, name in _SYSTEMS if sign in told), None)
    if browser is None:
        program = _PROGRAM.match(told.partition("/")[0])
        browser = program.group() if program is not None else ""
    return ", ".join(part for part in (browser, system) if part)


def is_secure(request: Asked) -> bool:
    """Whether the page came over https."""
    return request.url.scheme == "https"


def is_ours(to: str) -> bool:
    """Whether an address is a page of ours: browsers read //x and /\\x as another site's."""
    return to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and len(to) <= 500
