"""The twin: a demo world from a seed, and the reality that the promise never sees."""
