"""How often a trial is tried again when what went wrong says nothing of it."""

from __future__ import annotations

from collections import Counter

from ablate.specs import Failure


class Tries:
    """Counts, within one run, what befell each trial through no fault of its configuration.

    A process that died, a node that went, memory that ran out: the trial gets another attempt, up to `most` in all.
    An exception or a divergence would only come again: it is final until `ablate retry --failed`.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._spent: Counter[str] = Counter()

    def spend(self, trial_name: str) -> bool:
        """Count an attempt that came to nothing; whether another is left."""
        self._spent[trial_name] += 1
        return self._spent[trial_name] < self.most

    def is_final(self, trial_name: str, failure: Failure) -> bool:
        """Whether this failure decides the trial: it lies in the configuration, or no attempt is left after it."""
        return not failure.is_infrastructure or self._spent[trial_name] + 1 >= self.most
