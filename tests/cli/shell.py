"""The command as a user types it, in a process of its own."""

import subprocess
import sys


def ablate(*arguments, cwd=None):
    command = [sys.executable, "-W", "ignore", "-c", "from ablate.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=250, cwd=cwd)
