"""Sangdan: the control tower that allied retailers share."""
