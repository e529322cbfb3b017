"""Whether a trial came out as it did before, in one sentence, and all that differs, in lines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ablate.reproduction.numbers import Curve, Deviation, first_deviation
from ablate.reproduction.surroundings import Difference

MOST_STEPS = 5


@dataclass(frozen=True)
class Verdict:
    """What running a trial again has shown.

    `ending` says how the trial ended where it ended alike, other than by completion. `facts` differ between the runs
    beside their numbers: how they ended, parameters, images. `surroundings` are the differences of what they ran on,
    None where that was not recorded.
    """

    curves: tuple[Curve, ...]
    ending: str
    facts: tuple[Difference, ...]
    surroundings: tuple[Difference, ...] | None

    @property
    def is_identical(self) -> bool:
        """Whether every number, and all else that was found, is the same."""
        return not self.facts and not any(curve.deviations for curve in self.curves)

    def sentence(self) -> str:
        """The verdict."""
        total = sum(curve.steps for curve in self.curves)
        if self.is_identical:
            return f"identical: {self.ending}{_all_equal(total)}"
        found = first_deviation(self.curves)
        numbers = _first(*found, self.curves) if found else _all_equal(total)
        return "; ".join(
            [f"not identical: {numbers}", *(f"{fact.what} {fact.then}, now {fact.now}" for fact in self.facts)]
        )

    def lines(self) -> Iterator[str]:
        """Each metric that differs, and then what differs in the surroundings."""
        for curve in self.curves:
            if curve.deviations:
                yield f"  {curve.split} {curve.metric}: {_spread(curve)}"
        if self.surroundings is None:
            if not self.is_identical:
                yield "what one of the two runs ran on was not recorded, so that it cannot be compared"
            return
        decisive = [item for item in self.surroundings if item.is_decisive]
        others = [item for item in self.surroundings if not item.is_decisive]
        if not self.is_identical and not decisive:
            yield (
                "nothing that was recorded and that numbers depend on differs, which points to something that is not "
                "repeatable"
            )
        yield from _listed("what differs in the environment:", decisive)
        yield from _listed("what differs besides, and decides no number:", others)


def _all_equal(total: int) -> str:
    match total:
        case 0:
            return "before any number was measured"
        case 1:
            return "its one number is equal to the bit"
        case _:
            return f"all {total} numbers are equal to the bit"


def _first(curve: Curve, deviation: Deviation, curves: Sequence[Curve]) -> str:
    differing, total = sum(len(item.deviations) for item in curves), sum(item.steps for item in curves)
    name = f"{curve.split} {curve.metric}"
    if deviation.gap is not None:
        how = f"{name}, by {_number(deviation.gap)}" if math.isfinite(deviation.gap) else f"{name}, {_pair(deviation)}"
    else:
        how = f"{name}, missing {'then' if deviation.then is None else 'now'}"
    return f"{differing} of {total} numbers differ, first at epoch {deviation.step} ({how})"


def _spread(curve: Curve) -> str:
    """How many differ and by how much at most, and which are missing on which side."""
    differing = [item.step for item in curve.deviations if item.gap is not None]
    parts = []
    if differing and curve.largest_gap is not None:
        most = f", by {_number(curve.largest_gap)} at most" if math.isfinite(curve.largest_gap) else ""
        parts.append(f"{len(differing)} of {curve.steps} differ, first at epoch {differing[0]}{most}")
    for when, steps in (
        ("then", [item.step for item in curve.deviations if item.then is None]),
        ("now", [item.step for item in curve.deviations if item.now is None]),
    ):
        if steps:
            parts.append(f"missing {when} at epoch {_steps(steps)}")
    return "; ".join(parts)


def _steps(steps: Sequence[int]) -> str:
    more = len(steps) - MOST_STEPS
    return ", ".join(map(str, steps[:MOST_STEPS])) + (f" and {more} more" if more > 0 else "")


def _listed(title: str, differences: Sequence[Difference]) -> Iterator[str]:
    if differences:
        yield title
        for item in differences:
            yield f"  {item.what}: {item.then} -> {item.now}"


def _pair(deviation: Deviation) -> str:
    return f"{deviation.then:g} then, {deviation.now:g} now"


def _number(gap: float) -> str:
    """`1.2e-7`, `0.05`."""
    return f"{gap:.2g}".replace("e-0", "e-")
