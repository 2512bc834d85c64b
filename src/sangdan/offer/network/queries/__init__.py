"""All SQL of the network room: reading the picture, loading rows in bulk."""
