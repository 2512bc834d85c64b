"""Links that sign somebody in once, without a password: whoever has the link is let in, for a while."""

from datetime import datetime

from sangdan.kit import tickets
from sangdan.kit.db import Conn
from sangdan.kit.tickets import Holder


async def entry_link(conn: Conn, base_url: str, kind: Holder, holder: str, until: datetime) -> str:
    """An address that signs somebody in once.

    base_url  of the server, e.g. http://127.0.0.1:8080
    kind      'staff' for a person's account, 'client' for whom an API key was made
    until     an instant of the wall clock
    """
    return f"{base_url.rstrip('/')}/enter?token={await tickets.issue(conn, 'entry', kind, holder, until)}"


def join_link(base_url: str, text: str) -> str:
    """The address of an invitation.

    text  from `admit_staff.invite`
    """
    return f"{base_url.rstrip('/')}/join?token={text}"
