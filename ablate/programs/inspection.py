"""Whether a program can be run, seen in a process of its own.

That imports the user's code, which takes what it takes and may do anything; so who asks does not.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

from ablate.errors import ProgramError
from ablate.programs.calling import find_function
from ablate.programs.given import Given
from ablate.programs.words import fill_in

SECONDS = 300.0

START = (
    "import json, sys; path, name = json.loads(sys.argv[1]); sys.path[:] = path; "
    "from ablate.programs.inspection import main; sys.exit(main(name))"
)


def find_fault(given: Given) -> str | None:
    """Why the program cannot be run here, in one line, or None; nothing of it is run but a function's module."""
    if given.program.python is None:
        return _find_command_fault(given)
    command = [sys.executable, "-c", START, json.dumps([sys.path, given.program.python])]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"program: importing {given.program.python} took more than {SECONDS:.0f} s"
    if done.returncode == 0:
        return None
    return done.stderr.strip().rpartition("\n")[2] or f"program: its import ended with code {done.returncode}"


def _find_command_fault(given: Given) -> str | None:
    try:
        words = fill_in(given)
    except ProgramError as error:
        return str(error)
    if shutil.which(words[0]) is None:
        return f"program.command: {words[0]} is no program on PATH, nor a path to one from {Path.cwd()}"
    return None


def main(name: str) -> int:
    """Look for the function; what is wrong is the last line on standard error."""
    try:
        find_function(name)
    except ProgramError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except Exception as error:  # this process is there for it: the user's module may raise anything, and that is told
        traceback.print_exc()
        said = " ".join(f"{type(error).__name__}: {error}".split())
        sys.stderr.write(f"\nprogram: {name.partition(':')[0]} cannot be imported: {said}\n")
        return 1
    return 0
