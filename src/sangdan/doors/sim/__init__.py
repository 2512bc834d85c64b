"""Simulated days: the production code under a clock that jumps, with a reality that only the drivers see."""
