"""What the tracking database tells a search of the trials that are over."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeGuard

from ablate.specs import Configuration


class Finished(NamedTuple):
    """A trial that is not to be run again.

    `name` is `TrialSpec.name`, and `value` the objective (of a tuning trial: on the validation split), None for a
    failure. `tuning` is 0 for a replicate. A tuning trial brings the `configuration` that it tried and its `curve`,
    (epoch, validation objective) from the first epoch on. A replicate of a study that tunes should bring its
    configuration, too: the others of its combination then run with the same, whatever has become of the tuning.
    """

    name: str
    combination: str
    seed: int
    tuning: int
    value: float | None
    configuration: Configuration | None = None
    is_pruned: bool = False
    curve: tuple[tuple[int, float], ...] = ()


def is_number(value: float | None) -> TypeGuard[float]:
    """Whether there is a value, and a finite one."""
    return value is not None and math.isfinite(value)
