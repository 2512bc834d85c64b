"""The HTTP door: REST under /v1."""
