"""The pages: the tower as people see it, signed in with the same clients as the API."""
