"""`python -m sangdan`: the same as `sangdan`."""

import sys

from sangdan.doors.cli import main

sys.exit(main())
