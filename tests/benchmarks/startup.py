"""How long `ablate run` takes to see that a finished study of 10,000 trials is finished; a whole process each time."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import finished_study


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the study, or take one that is there, and print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, help="where the study is, or is to be made and kept")
    parser.add_argument("--combinations", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root = options.workspace or Path(folder) / "workspace"
        if not (root / "finished.yaml").exists():
            finished_study.make(root, options.combinations)
        seconds = [_time_run(root) for _ in range(options.rounds + 1)][1:]  # the first one reads from the disk
    trials = options.combinations * finished_study.SEEDS
    said = f"median {statistics.median(seconds):.2f} s, from {min(seconds):.2f} to {max(seconds):.2f} s"
    sys.stdout.write(f"`ablate run` on a finished study of {trials:,} trials: {said} ({len(seconds)} runs)\n")


def _time_run(root: Path) -> float:
    command = [sys.executable, "-c", "from ablate.cli import main; main()", "run", str(root / "finished.yaml")]
    began = time.perf_counter()
    done = subprocess.run([*command, "--workspace", str(root)], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-1_000:] + done.stderr)
    return seconds


if __name__ == "__main__":
    main()
