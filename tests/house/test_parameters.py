"""Bounds of what a route takes hold: the framework drops, without a word, those that stand in its type."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, BodyKwarg, FromQuery, JSONBody, ParameterKwarg, QueryParameter
from msgspec import Meta

from sangdan.doors.api.app import OPEN_ROUTES, ROUTES
from sangdan.doors.api.fields import Code, CodeInPath, CodeInQuery, CodeSought, OrderRefSought


def loose(kind: Any) -> bool:
    """Whether it is a parameter, or a whole body, with bounds that nobody looks at."""
    remarks = kind.__metadata__ if get_origin(kind) is Annotated else ()
    if any(isinstance(remark, ParameterKwarg) for remark in remarks):
        return any(isinstance(part, Meta) for part in unpacked(kind))
    is_body = any(isinstance(remark, BodyKwarg) for remark in remarks)
    return is_body and any(isinstance(remark, Meta) for remark in remarks)


def unpacked(kind: Any) -> Iterator[Any]:
    """What a type is made of, remarks included."""
    yield kind
    if get_origin(kind) is Annotated:
        yield from kind.__metadata__
    for part in get_args(kind):
        yield from unpacked(part)


def test_no_route_takes_bounds_that_are_dropped() -> None:
    found = [
        f"{handler.fn.__module__}.{handler.fn.__name__}: {name}"
        for handler in (*ROUTES, *OPEN_ROUTES)
        if isinstance(handler, HTTPRouteHandler)
        for name, kind in get_type_hints(handler.fn, include_extras=True).items()
        if loose(kind)
    ]

    assert found == [], "give the bounds to PathParameter, QueryParameter or Body"


SOME: Any = Annotated[list[Code], Meta(min_length=1)]


@pytest.mark.parametrize(
    "kind", [FromQuery[Code], FromQuery[Code | None], Annotated[Code | None, QueryParameter()], JSONBody[SOME]]
)
def test_a_breach_is_seen(kind: Any) -> None:
    assert loose(kind)


@pytest.mark.parametrize(
    "kind", [CodeInPath, CodeInQuery, CodeSought, OrderRefSought, Code, Annotated[list[Code], Body(min_items=1)]]
)
def test_what_is_right_is_not_taken_for_one(kind: Any) -> None:
    assert not loose(kind)
