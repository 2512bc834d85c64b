"""The machine that figures were measured on, in one line: without it they say little."""

import os
import platform
from pathlib import Path

import psutil

_CPUS = Path("/proc/cpuinfo")


def machine() -> str:
    """Processor, cores, memory, system and Python."""
    memory_gb = psutil.virtual_memory().total / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory_gb:.0f} GB; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}; load {os.getloadavg()[0]:.1f} at the start"
    )


def _processor() -> str:
    named = [line.partition(":")[2].strip() for line in _told() if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _told() -> list[str]:
    return _CPUS.read_text().splitlines() if _CPUS.exists() else []
