"""One finding, as an operator reads it."""

from typing import Literal, TypeAlias

import msgspec

Severity: TypeAlias = Literal["error", "warning", "note"]


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it should be.

    severity  error: it does not work, or what is written may be lost; warning: it will hurt one day; note: know it
    code      stable, for programs
    what      the finding
    why       what comes of it
    mend      what to do, a command where there is one
    """

    severity: Severity
    code: str
    what: str
    why: str
    mend: str
