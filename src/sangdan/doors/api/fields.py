"""Types of fields that several routes take, with their bounds."""

from datetime import datetime
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from sangdan.doors.problems import FieldError, InvalidRequest

YEARS: Final = range(2000, 2200)

Code: TypeAlias = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", description="A short name: node, SKU, partner, client.")
]
Postcode: TypeAlias = Annotated[
    str, Meta(pattern=r"^[0-9]{5}\Z", description="Five digits as text; a leading zero counts.")
]
Units: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000_000, description="Sellable units.")]
Text: TypeAlias = Annotated[str, Meta(max_length=500)]


def check_instant(name: str, at: datetime) -> datetime:
    """The instant, if it is one that commerce may speak of; others do not fit the database or Python.

    name    of the field, for the refusal
    raises  InvalidRequest
    """
    if at.year not in YEARS:
        message = f"Expected a year from {YEARS.start} to {YEARS.stop - 1}"
        raise InvalidRequest(
            f"The request does not fit: {name}: {message}",
            errors=[FieldError(name, message)],
            named=f"{name}: {message}",
        )
    return at
