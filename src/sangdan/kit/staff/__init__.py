"""People of the alliance who sign in: their accounts, what they may see, and the codes that prove who they are."""
