"""`sangdan columns`: what the files of an import look like."""

from sangdan.flows.import_rows import CHUNK, form_of, guide, template


def columns(kind: str | None = None, /) -> None:
    """Print a header and one row that fits, to start a file of rows from.

    Without a kind, print the manual of every kind (docs/import.md).

    Parameters
    ----------
    kind
        One of the kinds of `sangdan import`.
    """
    print(guide(CHUNK) if kind is None else template(form_of(kind)), end="")
