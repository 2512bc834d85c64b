"""The numbers that the README claims: `make bench` measures them again, on your machine."""
