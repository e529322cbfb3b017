"""How long `ablate report` takes for a study of 10,000 trials, 100 combinations with 100 seeds; a whole process."""

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

COMBINATIONS, SEEDS, EPOCHS = 100, 100, 50


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the study, or take one that is there, and print the seconds and what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, help="where the study is, or is to be made and kept")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root = options.workspace or Path(folder) / "workspace"
        if not (root / "finished.yaml").exists():
            finished_study.make(root, COMBINATIONS, SEEDS, EPOCHS)
        seconds = [_time_report(root) for _ in range(options.rounds + 1)][1:]  # the first one reads from the disk
        sizes = {path.name: path.stat().st_size for path in (root / "reports" / "finished").glob("report.*")}
    said = f"median {statistics.median(seconds):.1f} s, from {min(seconds):.1f} to {max(seconds):.1f} s"
    trials = COMBINATIONS * SEEDS
    sys.stdout.write(f"`ablate report` of {trials:,} trials, {EPOCHS} epochs: {said} ({len(seconds)} runs)\n")
    sys.stdout.write(", ".join(f"{name}: {size / 1e6:.1f} MB" for name, size in sorted(sizes.items())) + "\n")


def _time_report(root: Path) -> float:
    command = [sys.executable, "-c", "from ablate.cli import main; main()", "report", "finished"]
    began = time.perf_counter()
    done = subprocess.run([*command, "--workspace", str(root)], capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise RuntimeError(done.stdout[-1_000:] + done.stderr)
    return seconds


if __name__ == "__main__":
    main()
