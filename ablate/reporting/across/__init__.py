"""Several studies side by side: which combinations they share, what differs between them, and whether they agree."""
