"""`make calibration`: what verdicts and intervals are worth, measured on synthetic studies whose truth is known.

Prints tables as Markdown; the same seed prints the same numbers. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import sys
import time

import false_claims
import interval_coverage
import planned_power
from false_claims import SEEDS
from simulation import print_table


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--studies", type=int, default=10_000, help="for each row [10000]")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="hardly any studies, to see that it runs")
    options = parser.parse_args()
    studies, seed = 20 if options.quick else options.studies, options.seed
    seeds = (3, 8) if options.quick else SEEDS
    began = time.perf_counter()
    sys.stdout.write(f"Seed {seed}; ± are two standard errors of the simulation.\n\n")
    for table in (
        false_claims.fewest(),
        false_claims.no_effect(studies, seed, seeds),
        false_claims.equivalence(studies // 2, seed),
        interval_coverage.of_rows(studies, seed, seeds),
        interval_coverage.of_blocks(studies // 5, seed, seeds),
        planned_power.planned(studies // 5, seed),
        planned_power.directions(studies, seed),
    ):
        print_table(table, options.workers)
    sys.stdout.write(f"All tables: {time.perf_counter() - began:.0f} s.\n")


if __name__ == "__main__":
    main()
