"""All SQL of the webhooks room: one statement, one function, no decisions."""
