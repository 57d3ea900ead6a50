"""One way of signing in a file; `choice` picks the one that fits the place."""
