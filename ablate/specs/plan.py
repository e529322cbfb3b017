"""What a study comes to: its combinations and what its rules removed."""

from __future__ import annotations

from ablate.errors import InputError
from ablate.specs.configuration import Configuration
from ablate.specs.design import Choice
from ablate.specs.fairness import Matched
from ablate.specs.study import StudySpec
from ablate.specs.value import Value


class Combination(Value):
    """One choice of level for every factor, resolved.

    `hash` is the configuration's, or where the study tunes, that of configuration and tuning together (`identify`).
    `aliases` are further choices that resolve to the same configuration; they are shown, and run once.
    `configuration` is None where the runs were made elsewhere and imported; `hash` is then a digest of the choice.
    """

    hash: str
    choice: Choice
    aliases: tuple[Choice, ...] = ()
    configuration: Configuration | None
    is_baseline: bool = False
    matched: Matched | None = None

    @property
    def resolved(self) -> Configuration:
        """The configuration, for whoever runs trials.

        Raises:
            InputError: the combination was imported, so that its configuration is not known.
        """
        if self.configuration is None:
            raise InputError(
                f"{self.label()}: imported from elsewhere, so its configuration is not known and it cannot be run: "
                "write a study file of another name to run it"
            )
        return self.configuration

    def label(self) -> str:
        """The levels in the order of the factors, as people say them: `spatial · static · 3`."""
        return " · ".join(self.choice.values())


class Exclusion(Value):
    """A rule of the study and how many choices it removed.

    `varies` names the factor of a `when` rule, and `rule` is then empty; otherwise `rule` is one of `exclude`.
    """

    rule: Choice
    removed: int
    varies: str | None = None


class Plan(Value):
    """Every combination of a study in the order of the design, and what was excluded.

    `aliasing` says, for a fractional design, which effects cannot be told apart, one group a line.
    """

    study: StudySpec
    combinations: tuple[Combination, ...]
    exclusions: tuple[Exclusion, ...] = ()
    aliasing: tuple[str, ...] = ()

    @property
    def trial_count(self) -> int:
        """Combinations times seeds."""
        return len(self.combinations) * len(self.study.seeds)
