"""All SQL of the reviews room: writing and deciding, and the list of all."""
