"""Who asks: from which address, with which browser, and whether nobody listens on the way."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
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
    known = _known(request)
    if known is None:
        return _told(request)
    return str(known if known.version == 4 else IPv6Network((known.packed[:8] + bytes(8), 64)))


def is_of_this_machine(request: Asked) -> bool:
    """Whether it is this very machine that asks: its operator, or a proxy that does not tell for whom."""
    known = _known(request)
    return known is not None and known.is_loopback


def _told(request: Asked) -> str:
    return request.client.host if request.client else ""


def _known(request: Asked) -> IPv4Address | IPv6Address | None:
    """The address as one, None of what is none. Some proxies tell the port with it, another one for each connection."""
    told = _told(request)
    for spelled in (told, told.rpartition(":")[0].strip("[]"), told.strip("[]")):
        try:
            found = ip_address(spelled)
        except ValueError:
            continue
        return (found.ipv4_mapped or found) if found.version == 6 else found
    return None


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
