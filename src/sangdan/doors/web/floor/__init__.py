"""The app of those who pick, pack, hand over and carry."""
