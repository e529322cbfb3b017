"""Which choices of levels a study asks for: those of its design, without what its rules remove."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, assert_never

from ablate.specs import Choice, Condition, Design, Factor, StudySpec, When, meets
from ablate.study.fraction import find_runs, find_words
from ablate.study.grid import Box, Grid


class Choices(Protocol):
    """Choices in the order of the design."""

    def tally(self) -> Counter[int | None]:
        """How many choices each rule removes (`exclude` first, then `when`), and under None how many are left."""

    def walk(self) -> Iterator[Choice]:
        """Those that are left."""


class Listing(NamedTuple):
    """Few enough choices to be held as a list."""

    choices: Sequence[Choice]
    boxes: Sequence[Box]

    def tally(self) -> Counter[int | None]:
        """See `Choices`."""
        return Counter(self._remover(choice) for choice in self.choices)

    def walk(self) -> Iterator[Choice]:
        """See `Choices`."""
        return (choice for choice in self.choices if self._remover(choice) is None)

    def _remover(self, choice: Choice) -> int | None:
        return next((box.rule for box in self.boxes if meets(choice, box.condition)), None)


def choose(study: StudySpec, within: Condition | None = None) -> Choices:
    """The choices that the study asks for; only those that meet `within`, if it is given.

    The study's design has to be sound (`find_design_fault`).
    """
    boxes = _boxes(study)
    if study.design is Design.FACTORIAL:
        return Grid({factor.name: _labels(factor, within or {}) for factor in study.factors}, boxes)
    return Listing([choice for choice in _listed(study) if meets(choice, within or {})], boxes)


def off_level(study: StudySpec, factor: Factor) -> str | None:
    """The level at which a factor is off: as the study says, else the one beside the baseline's; None if unclear."""
    others = [level.label for level in factor.levels if level.label != study.baseline[factor.name]]
    return study.off.get(factor.name) or (others[0] if len(others) == 1 else None)


def _listed(study: StudySpec) -> list[Choice]:
    match study.design:
        case Design.FACTORIAL:
            raise ValueError("a factorial is walked, never listed")
        case Design.ONE_FACTOR:
            return _alone(study, [(f.name, level.label) for f in study.factors for level in f.levels])
        case Design.LEAVE_ONE_OUT:
            levels = [(factor.name, off_level(study, factor)) for factor in study.factors]
            return _alone(study, [(name, label) for name, label in levels if label is not None])
        case Design.FRACTION:
            return _fraction(study)
        case Design.LISTED:
            return list(study.listed) if study.baseline in study.listed else [study.baseline, *study.listed]
        case _:
            assert_never(study.design)


def _alone(study: StudySpec, levels: list[tuple[str, str]]) -> list[Choice]:
    """The baseline, then each level alone in it."""
    changed = [(name, label) for name, label in levels if label != study.baseline[name]]
    return [study.baseline, *({**study.baseline, name: label} for name, label in changed)]


def _fraction(study: StudySpec) -> list[Choice]:
    varied = two_level_factors(study)
    words = fraction_words(study)
    runs = [
        {
            **study.baseline,
            **{f.name: off for number, f in enumerate(varied) if run >> number & 1 and (off := off_level(study, f))},
        }
        for run in find_runs(len(varied), words)
    ]
    order = [{level.label: number for number, level in enumerate(factor.levels)} for factor in study.factors]
    return sorted(runs, key=lambda run: [place[label] for place, label in zip(order, run.values(), strict=True)])


def two_level_factors(study: StudySpec) -> list[Factor]:
    """The factors that a fraction halves; those of one level are constant."""
    return [factor for factor in study.factors if len(factor.levels) > 1]


def fraction_words(study: StudySpec) -> tuple[int, ...]:
    """The defining words of the study's fraction, whose factors are the `two_level_factors`."""
    halvings = (study.fraction or 1).bit_length() - 1
    return find_words(len(two_level_factors(study)), halvings)


def _labels(factor: Factor, within: Condition) -> list[str]:
    return [level.label for level in factor.levels if level.label in within.get(factor.name, (level.label,))]


def _boxes(study: StudySpec) -> list[Box]:
    excluded = [
        Box(number, {name: (label,) for name, label in rule.items()}) for number, rule in enumerate(study.exclude)
    ]
    standing = [
        box for number, rule in enumerate(study.when, start=len(excluded)) for box in _standing(study, rule, number)
    ]
    return excluded + standing


def _standing(study: StudySpec, rule: When, number: int) -> Iterator[Box]:
    """Off the baseline's level of the rule's factor while another factor has none of the levels that the rule names."""
    labels = {factor.name: [level.label for level in factor.levels] for factor in study.factors}
    off = tuple(label for label in labels[rule.factor] if label != study.baseline[rule.factor])
    for name, allowed in rule.condition.items():
        yield Box(number, {rule.factor: off, name: tuple(label for label in labels[name] if label not in allowed)})
