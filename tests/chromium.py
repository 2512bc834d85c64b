"""Where the machine's browser is, for the tests of the pages."""

import os
import shutil
from typing import Final

import pytest

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Set where the tests may not be skipped.
REQUIRED: Final = "REQUIRE_BROWSER"


def program() -> str:
    """Where the browser is; without one the test is skipped, or fails where it may not be."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        told = "no Chromium on PATH: apt install chromium, brew install chromium, or install Google Chrome"
        if os.environ.get(REQUIRED):
            pytest.fail(told)
        pytest.skip(told)
    return found
