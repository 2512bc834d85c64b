"""The Python client is the API's own: its generated modules are those that `make client` would write now."""

from tools.client.__main__ import FOLDER, document, sources
from tools.client.document import operations


def test_the_client_is_up_to_date() -> None:
    differing = [name for name, text in sources(document()).items() if (FOLDER / name).read_text() != text]
    assert not differing, f"run `make client`: {differing}"


def test_a_route_that_changes_is_seen() -> None:
    described = document()
    described["paths"]["/v1/orders"]["post"]["description"] = "Something else."
    changed = [name for name, text in sources(described).items() if (FOLDER / name).read_text() != text]
    assert changed == ["calls/orders.py"]


def test_every_operation_has_a_method_of_its_own() -> None:
    names = [(each.group, each.name) for each in operations(document())]
    assert len(names) == len(set(names))
