"""One's own training code, run for a trial in place of the built-in one: a Python function, or a command."""

from ablate.programs.given import Given, IsStopping, ProgramStopped
from ablate.programs.kept import Kept
from ablate.programs.reporter import Journal, Reporter
from ablate.programs.running import run_program
from ablate.programs.sources import watched

__all__ = ["Given", "IsStopping", "Journal", "Kept", "ProgramStopped", "Reporter", "run_program", "watched"]
