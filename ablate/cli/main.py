"""The command line, and how its errors become one line and an exit code.

Exit codes: 0 everything planned is complete; 1 the study is incomplete; 2 bad input; 130 interrupted.
"""

from __future__ import annotations

import sys

import typer

from ablate.cli import commands
from ablate.cli.application import app
from ablate.cli.choices import Exit
from ablate.errors import AblateError

__all__ = ["app", "commands", "main"]


def main() -> None:
    """Entry point: one line on standard error and exit code 2 for what the user can mend."""
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; there is nobody to tell
        sys.exit(Exit.INTERRUPTED)
    except (AblateError, OSError) as error:
        place = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
        said = error.strerror if isinstance(error, OSError) else error
        typer.secho(f"error: {place}{said}", err=True, fg=typer.colors.RED)
        sys.exit(Exit.BAD_INPUT)
