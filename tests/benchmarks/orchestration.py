"""`make bench-orchestration`: what a trial costs that does nothing, by us and by others; how idle slots are; start-up.

Everything is measured in turn, `--rounds` times, and the medians are shown. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import others
import ours
import startup
from idle_jobs import NAP_SECONDS, nap

TRIALS = 100
FEW, FEWER = 6, 4
"""Trials of what takes seconds for each."""

NAPS_PER_WORKER = 8


class Way(NamedTuple):
    """One way of carrying out trials: its name, how many trials it gets, and what measures it."""

    name: str
    trials: int
    measure: Callable[[Path, int, int], float]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ray-python", default=sys.executable, help="an interpreter that has Ray [this one]")
    parser.add_argument("--skip-start-up", action="store_true", help="leave out the study of 10,000 trials")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _compare(Path(folder), options.rounds, options.ray_python)
        for workers in (1, 2):
            measured = ours.measure(Path(folder) / f"nap-{workers}", NAPS_PER_WORKER * workers, workers, nap)
            say(f"trials of {NAP_SECONDS:g} s on {workers} slots: idle {measured.idle:.2%} of their time")
    if not options.skip_start_up:
        startup.main([])


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _compare(folder: Path, rounds: int, ray_python: str) -> None:
    once: list[float] = []

    def run_ours(place: Path, trials: int, workers: int) -> float:
        measured = ours.measure(place, trials, workers)
        once.append(measured.once)
        return measured.per_trial

    ways = [
        Way("ablate: process, journal, database, MLflow", TRIALS, run_ours),
        Way("python -c pass", TRIALS, lambda _, n, w: others.run_bare_python(n, w)),
        Way("python with torch, timm, accelerate", FEW, lambda _, n, w: others.run_python(n, w)),
        Way("accelerate launch", FEWER, lambda place, n, w: others.run_launcher(place / "trial.py", n, w)),
        Way("optuna optimize, in memory (one process)", TRIALS, lambda _, n, w: others.run_optuna("", n, w)),
        Way(
            "optuna optimize, SQLite (one process)",
            TRIALS,
            lambda place, n, w: others.run_optuna(f"sqlite:///{place}/optuna.db", n, w),
        ),
    ]
    if others.has_ray(ray_python):
        ways.append(Way("ray tune", FEW, lambda place, n, w: others.run_ray(ray_python, place, n, w)))
    else:
        say("ray tune: left out, Ray is not installed (--ray-python names an interpreter that has it)")
    seconds: dict[tuple[str, int], list[float]] = defaultdict(list)
    for number in range(rounds):
        for place, way in enumerate(ways):
            for workers in (1, 2):
                here = folder / f"{number}-{place}-{workers}"
                here.mkdir()
                measured = way.measure(here, way.trials, workers)
                seconds[way.name, workers].append(measured)
                say(f"round {number + 1} of {rounds}: {way.name}, {workers} side by side: {measured:.4f} s")
    _print_table(ways, seconds)
    say(f"ablate, once per run: {statistics.median(once):.1f} s (fork server with torch; MLflow's import and database)")


def _print_table(ways: list[Way], seconds: dict[tuple[str, int], list[float]]) -> None:
    medians = {key: statistics.median(values) for key, values in seconds.items()}
    say(f"{'seconds per trial that does nothing':44} {'n':>4} {'1 worker':>16} {'2 workers':>16}")
    for way in ways:
        cells = []
        for workers in (1, 2):
            ratio = medians[way.name, workers] / medians[ways[0].name, workers]
            cells.append(f"{medians[way.name, workers]:8.4f} {ratio:6.1f}×")
        say(f"{way.name:44} {way.trials:4} {cells[0]:>16} {cells[1]:>16}")


if __name__ == "__main__":
    main()
