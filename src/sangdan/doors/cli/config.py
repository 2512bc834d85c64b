"""`sangdan config`: the settings in effect."""

from sangdan.kit import settings

from .output import Json, answer


def config(*, json: Json = False) -> None:
    """List every setting, its value and its meaning; secrets are hidden.

    A setting is an environment variable. Those marked * were set; the others are defaults.
    """
    entries = settings.shown(settings.load())
    lines: list[str] = []
    for entry in entries:
        lines.append(f"{'*' if entry.chosen else ' '} {entry.name}={entry.value}")
        lines.append(f"      {entry.meaning}.")
    answer({entry.name: entry.value for entry in entries}, "\n".join(lines), json=json)
