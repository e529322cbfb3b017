"""One trial by one's own program: run it, and see that it found what it was run for."""

from __future__ import annotations

from ablate.programs.calling import call_function
from ablate.programs.command import run_command
from ablate.programs.given import Given, IsStopping
from ablate.programs.reporter import Reporter
from ablate.specs import Scored


def run_program(given: Given, reporter: Reporter, is_stopping: IsStopping, scored: Scored | None) -> None:
    """Run the program to its end; what it reports is in the journal by then.

    Raises `ProgramError` or `Diverged` for what it did wrong, whatever exception it raises, and `ProgramStopped` if it
    ended because `is_stopping`.
    """
    returned: object = None
    if given.program.python is not None:
        returned = call_function(given, reporter, is_stopping)
    else:
        run_command(given, reporter, is_stopping)
    if reporter.fault is not None:
        raise reporter.fault
    reporter.conclude(returned)
    reporter.require(scored)
