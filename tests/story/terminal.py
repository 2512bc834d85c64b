"""`sangdan demo` on a terminal of its own, as whoever tries it sees it."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from .places import write_places
from .tower import WAIT_S, until

SMALL: Final = ("--orders", "60", "--stores", "5", "--products", "100")
# A browser says so of an address that a person opened.
BY_HAND: Final = {"sec-fetch-site": "none"}
LINK: Final = re.compile(r"http://\S+/enter\?token=\S+")


class Terminal:
    """`sangdan demo` on a terminal of its own."""

    def __init__(self, folder: Path, *words: str, size: Sequence[str] = SMALL) -> None:
        self.written = ""
        self._folder = folder
        places = write_places(folder / "places.csv")
        ours, theirs = pty.openpty()
        kept = {n: v for n, v in os.environ.items() if not n.startswith("SANGDAN_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sangdan", "demo", *size, "--postcodes", str(places), "--no-browser", *words],
            stdin=theirs, stdout=theirs, stderr=subprocess.STDOUT, start_new_session=True,
            env=kept | {"SANGDAN_HOME": str(folder), "SANGDAN_PORT": "0", "TMPDIR": str(folder), "LANG": "en_US.UTF-8"},
        )  # fmt: skip
        os.close(theirs)
        self._reading = threading.Thread(target=self._read, args=[ours])
        self._reading.start()

    def _read(self, ours: int) -> None:
        with open(ours, "rb", buffering=0) as screen, suppress(OSError):  # the terminal is gone with its last writer
            while piece := screen.read(4096):
                self.written += piece.decode(errors="replace")

    @property
    def links(self) -> list[str]:
        return until(lambda: found if len(found := LINK.findall(self.written)) == 5 or self._ended() else None, "links")

    def _ended(self) -> bool:
        assert self.process.poll() is None, self.written[-3000:]
        return False

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        code = self.process.wait(WAIT_S)
        self._reading.join(WAIT_S)
        return code

    def servers(self) -> list[str]:
        """Command lines of the processes that run out of our folder."""
        found = list[str]()
        for each in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                words = (each / "cmdline").read_bytes().decode().replace("\0", " ")
                if int(each.name) != os.getpid() and str(self._folder) in words:
                    found.append(words)
        return found
