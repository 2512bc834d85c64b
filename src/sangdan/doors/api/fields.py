"""Types of fields that several routes take, with their bounds.

The framework drops the bounds of a type that stands for a parameter: those of a path or a query are its parameter's.
"""

from datetime import datetime
from typing import Annotated, Final, TypeAlias

from litestar.params import PathParameter, QueryParameter
from msgspec import Meta

from sangdan.doors.problems import FieldError, InvalidRequest

YEARS: Final = range(2000, 2200)

CODE: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z"
ORDER_REF: Final = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?\Z"
ORDER_REF_MAX: Final = 100

Code: TypeAlias = Annotated[str, Meta(pattern=CODE, description="A short name: node, SKU, partner, client.")]
CodeInPath: TypeAlias = Annotated[str, PathParameter(pattern=CODE)]
CodeInQuery: TypeAlias = Annotated[str, QueryParameter(pattern=CODE)]
CodeSought: TypeAlias = Annotated[str | None, QueryParameter(pattern=CODE)]
Units: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000_000, description="Sellable units.")]
OrderRef: TypeAlias = Annotated[
    str,
    Meta(
        pattern=ORDER_REF,
        max_length=ORDER_REF_MAX,
        description="The shop's own number of an order: on one line, one order's alone.",
    ),
]
OrderRefSought: TypeAlias = Annotated[str | None, QueryParameter(pattern=ORDER_REF, max_length=ORDER_REF_MAX)]
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
