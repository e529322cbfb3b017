"""The command line: thin commands, with everything heavy imported inside them."""

from ablate.cli.main import main

__all__ = ["main"]
