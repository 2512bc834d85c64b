"""The storefront: find, buy, follow."""
