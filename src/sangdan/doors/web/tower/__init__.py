"""The tower: what operators and allies watch and run the alliance by."""
