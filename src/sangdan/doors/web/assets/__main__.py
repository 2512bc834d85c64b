"""`python -m sangdan.doors.web.assets`: build the pages' assets, unless that is done."""

import sys

from sangdan.kit.problems import Problem

from .build import build


def main() -> int:
    """Say what was done; exit code 1, and how to mend it, when it could not be."""
    try:
        built = build()
    except Problem as problem:
        print(problem.detail, file=sys.stderr)
        return 1
    print("The pages' assets are built." if built else "The pages' assets are up to date.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
