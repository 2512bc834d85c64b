"""All SQL of the catalogue room: reading what is sold, showing it in a shop, loading rows in bulk."""
