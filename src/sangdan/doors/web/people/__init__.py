"""Signing in, and who one is."""
