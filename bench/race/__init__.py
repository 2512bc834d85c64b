"""The race: many processes act on one stock at once, are killed at it, and are asked afterwards what became of it.

    python -m bench.race --steps 1000000

Workers place, cancel, send, receive, count, hold and end holds, each by the product's own code; some wishes are made by
two of them at once. Meanwhile workers are killed, connections cut, and the database is killed (kill -9). Each worker
writes down what it is about to do, and what it was told. Afterwards every wish without an answer is made once more
under its key, and then `judge` holds the database against the journals: what was acknowledged is there exactly once,
what was refused is not there, every shelf holds what the acknowledged deeds leave on it, and nothing has drifted.
"""
