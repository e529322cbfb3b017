"""Carrying out simulations side by side, each with its own stream of random numbers, and printing what they found."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits


class Case(NamedTuple):
    """One simulation: the table's name, what is varied in it, how many studies, and the seed of everything."""

    table: str
    varied: tuple[Any, ...]
    studies: int
    seed: int

    def generator(self) -> np.random.Generator:
        """The case's own stream, whoever carries it out and when."""
        words = f"{self.table} {self.varied}".encode()
        return np.random.default_rng([self.seed, *words])


class Table(NamedTuple):
    """A table: its title, its columns, what is simulated, and what makes the cells of a row."""

    title: str
    columns: tuple[str, ...]
    cases: Sequence[Case]
    measure: Callable[[Case], list[str]]


def print_table(table: Table, workers: int) -> None:
    """Carry out the cases and print their rows as Markdown; progress goes to stderr."""
    began = time.perf_counter()
    rows = list(_carry_out(table, workers))
    seconds = time.perf_counter() - began
    lines = [f"### {table.title}", "", f"| {' | '.join(table.columns)} |", f"|{' --- |' * len(table.columns)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    sys.stdout.write(
        "\n".join([*lines, "", f"({table.cases[0].studies} studies for each row; {seconds:.0f} s)", "", ""])
    )
    sys.stdout.flush()


def _carry_out(table: Table, workers: int) -> list[list[str]]:
    if workers == 1:
        return [table.measure(case) for case in table.cases]
    rows = []
    # One thread each: the cases are what runs side by side.
    with ProcessPoolExecutor(workers, initializer=threadpool_limits, initargs=(1,)) as pool:
        for number, row in enumerate(pool.map(table.measure, table.cases)):
            if sys.stderr.isatty() or number + 1 == len(table.cases):
                sys.stderr.write(f"\r{table.title[:60]}: {number + 1} of {len(table.cases)} ")
            rows.append(row)
    sys.stderr.write("\n")
    return rows


def share(hits: np.ndarray | Sequence[bool], wanted: float | None = None) -> str:
    """A share of studies in percent; with the two standard errors that its simulation leaves, if a rate is `wanted`."""
    rate, n = float(np.mean(hits)), len(hits)
    text = f"{100 * rate:.1f}"
    return text if wanted is None else f"{text} ± {200 * math.sqrt(wanted * (1 - wanted) / n):.1f}"
