"""What a study comes to: its combinations and what its rules removed."""

from __future__ import annotations

from ablate.specs.configuration import Configuration
from ablate.specs.study import Choice, StudySpec
from ablate.specs.value import Value


class Combination(Value):
    """One choice of level for every factor, resolved.

    `aliases` are further choices that resolve to the same configuration; they are shown, and run once.
    """

    hash: str
    choice: Choice
    aliases: tuple[Choice, ...] = ()
    configuration: Configuration
    is_baseline: bool = False

    def label(self) -> str:
        """The levels in the order of the factors, as people say them: `spatial · static · 3`."""
        return " · ".join(self.choice.values())


class Exclusion(Value):
    """A rule of the study and how many choices it removed."""

    rule: Choice
    removed: int


class Plan(Value):
    """Every combination of a study in the order of the design, and what was excluded."""

    study: StudySpec
    combinations: tuple[Combination, ...]
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def trial_count(self) -> int:
        """Combinations times seeds."""
        return len(self.combinations) * len(self.study.seeds)
