"""Writes the Python client's calls and types from the OpenAPI document: `make client`."""
