"""Every number of two runs of a trial side by side: equal to the bit, different, or missing in one of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from ablate.specs import MetricRecord, Split

ORDER = tuple(Split)
"""In which the splits of an epoch are measured."""


class Deviation(NamedTuple):
    """A number that is not the same; None: it is missing in that run."""

    step: int
    then: float | None
    now: float | None

    @property
    def gap(self) -> float | None:
        """The absolute difference, infinite where one of the two is no finite number; None where one is missing."""
        if self.then is None or self.now is None:
            return None
        gap = abs(self.then - self.now)
        return math.inf if math.isnan(gap) else gap


class Curve(NamedTuple):
    """One metric on one split: how many steps either run has, and those at which they are not the same."""

    split: Split
    metric: str
    steps: int
    deviations: tuple[Deviation, ...]

    @property
    def largest_gap(self) -> float | None:
        """None where no number differs, though some may be missing."""
        return max((item.gap for item in self.deviations if item.gap is not None), default=None)


def compare_numbers(then: Iterable[MetricRecord], now: Iterable[MetricRecord]) -> tuple[Curve, ...]:
    """Every metric of every step of both, by split and name.

    Values are equal if they are the same number in double precision, or neither is a number. Zeros are equal whatever
    their sign, which SQLite does not keep.
    """
    before, after = _numbers(then), _numbers(now)
    curves = []
    for split, metric in sorted(before.keys() | after.keys(), key=lambda key: (ORDER.index(key[0]), key[1])):
        old, new = before.get((split, metric), {}), after.get((split, metric), {})
        steps = sorted(old.keys() | new.keys())
        deviations = (Deviation(step, old.get(step), new.get(step)) for step in steps)
        found = tuple(item for item in deviations if not _is_equal(item.then, item.now))
        curves.append(Curve(split, metric, len(steps), found))
    return tuple(curves)


def first_deviation(curves: Iterable[Curve]) -> tuple[Curve, Deviation] | None:
    """The earliest: by step, and within a step in the order in which splits are measured."""
    firsts = ((curve, curve.deviations[0]) for curve in curves if curve.deviations)
    return min(firsts, key=lambda item: (item[1].step, ORDER.index(item[0].split), item[0].metric), default=None)


def _numbers(records: Iterable[MetricRecord]) -> dict[tuple[Split, str], dict[int, float]]:
    """A step that is repeated means the later line, as in the tracking database."""
    numbers: dict[tuple[Split, str], dict[int, float]] = defaultdict(dict)
    for record in records:
        for name, value in record.values.items():
            numbers[record.split, name][record.step] = value
    return numbers


def _is_equal(then: float | None, now: float | None) -> bool:
    if then is None or now is None:
        return False
    return then == now or (math.isnan(then) and math.isnan(now))
