"""Race on a database of its own, and print what was found: nothing, if all is well (exit code 0)."""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path
from random import SystemRandom

import msgspec

from bench import ground

from . import __doc__ as about
from .conduct import Race, Report


def main() -> int:
    """Race and print."""
    parser = argparse.ArgumentParser("race", description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000, help="deeds to try, retries included")
    parser.add_argument("--seed", type=int, help="of every choice that racers make; drawn and printed when left out")
    parser.add_argument("--racers", type=int, default=4, help="processes, an even number")
    parser.add_argument("--kills", type=int, help="of racers, lines and the database; one for each 20,000 steps")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    seed = SystemRandom().randrange(1_000_000) if asked.seed is None else asked.seed
    kills = max(3, asked.steps // 20_000) if asked.kills is None else asked.kills
    print(f"race --steps {asked.steps} --seed {seed} --racers {asked.racers} --kills {kills}", file=sys.stderr)
    began = time.monotonic()
    report = race(asked.steps, seed, asked.racers, kills)
    if asked.json:
        print(msgspec.json.encode(report).decode())
    else:
        print(spoken(report, time.monotonic() - began))
    return 1 if report.findings else 0


def race(steps: int, seed: int, racers: int, kills: int) -> Report:
    """Race on a server that flushes what it commits; gone afterwards, journals too unless something was found."""
    folder = Path(tempfile.mkdtemp(prefix="sangdan-race-", dir=ground.DISK))
    with ground.durable() as server:
        report = asyncio.run(Race(server, folder, seed, racers, steps, kills).run())
    if report.findings:
        print(f"the journals are in {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    return report


def spoken(report: Report, took_s: float) -> str:
    """The report for people."""
    kills = ", ".join(f"{kind} {times}" for kind, times in sorted(report.kills.items()))
    lines = [
        f"{report.steps:,} steps in {took_s:,.0f} s; killed: {kills}",
        f"{report.cut:,} lines cut under a racer, {report.lost:,} transactions tried anew",
        *(f"  {times:>9,}  {what}" for what, times in report.told.items()),
        *(f"FOUND {finding.check}: {finding.what}" for finding in report.findings),
        f"findings: {len(report.findings)} (oversold, lost, doubled, drifted, ...)",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
