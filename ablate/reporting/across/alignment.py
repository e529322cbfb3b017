"""Which combination of one study is which of another."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from ablate.reporting.findings import Finding, Findings
from ablate.reporting.settings import leaves
from ablate.specs import Combination, Configuration, StudySpec

TUNED = "tuned"
"""What stands for the value of a setting that every combination was given by tuning."""

Settings = dict[str, JsonValue]
"""Values by dotted path."""


@dataclass(frozen=True)
class Row:
    """One combination: what each study found of it, None where a study does not have it."""

    findings: tuple[Finding | None, ...]

    @property
    def present(self) -> dict[int, Finding]:
        """The findings by the place of their study."""
        return {place: finding for place, finding in enumerate(self.findings) if finding is not None}

    @property
    def is_shared(self) -> bool:
        """Whether two studies or more have it."""
        return len(self.present) > 1

    @property
    def label(self) -> str:
        """Its name in the first study that has it."""
        return next(iter(self.present.values())).combination.label()


@dataclass(frozen=True)
class Alignment:
    """Studies, and their combinations in rows: in the order of the first study's plan, then the second's, ….

    Combinations are the same where their settings are equal at all of `paths`; where `paths` is None, some settings
    are not known, and combinations are the same where their factors have the same names and levels.
    """

    studies: tuple[Findings, ...]
    rows: tuple[Row, ...]
    paths: tuple[str, ...] | None

    @property
    def names(self) -> tuple[str, ...]:
        """The studies' names."""
        return tuple(study.study.name for study in self.studies)

    @property
    def shared(self) -> tuple[Row, ...]:
        """The combinations that two studies or more have."""
        return tuple(row for row in self.rows if row.is_shared)

    def only(self, place: int) -> tuple[Finding, ...]:
        """The combinations that one study alone has."""
        return tuple(row.present[place] for row in self.rows if place in row.present and not row.is_shared)

    def baseline(self, place: int) -> Row | None:
        """The combination that a study compares the others with."""
        return next(
            (row for row in self.rows if (found := row.findings[place]) is not None and found.combination.is_baseline),
            None,
        )


def line_up(studies: Sequence[Findings]) -> Alignment:
    """Put combinations that are the same into one row; none is left out."""
    paths = varied_paths([study.study for study in studies])
    if all(_are_known(study, paths) for study in studies):
        rows = _rows(studies, lambda combination, study: [_by_settings(combination, study, paths)])
        return Alignment(tuple(studies), rows, paths)
    return Alignment(tuple(studies), _rows(studies, _by_labels), None)


def varied_paths(studies: Sequence[StudySpec]) -> tuple[str, ...]:
    """The dotted paths that a factor of any study sets."""
    return tuple(
        dict.fromkeys(
            path for study in studies for factor in study.factors for level in factor.levels for path in level.settings
        )
    )


def resolve(combination: Combination, study: StudySpec) -> Settings | None:
    """All settings of a combination, unread ones at their defaults; None where they are not known.

    What tuning sets differs between combinations and is not the combination's own: it is `TUNED`.
    """
    settings = _canonical(combination.configuration)
    if settings is None or study.tune is None:
        return settings
    return {**settings, **dict.fromkeys(study.tune.settings, TUNED)}


def _canonical(configuration: Configuration | None) -> Settings | None:
    return None if configuration is None else dict(leaves(configuration.canonical().model_dump(mode="json")))


def _are_known(study: Findings, paths: Sequence[str]) -> bool:
    resolved = (resolve(finding.combination, study.study) for finding in study.findings)
    return all(settings is not None and all(path in settings for path in paths) for settings in resolved)


def _rows(studies: Sequence[Findings], identify: Callable[[Combination, StudySpec], Sequence[str]]) -> tuple[Row, ...]:
    """One row for combinations of different studies that have an identity in common."""
    rows: list[list[Finding | None]] = []
    row_of: dict[str, list[Finding | None]] = {}
    for place, study in enumerate(studies):
        for finding in study.findings:
            identities = identify(finding.combination, study.study)
            known = (row_of[identity] for identity in identities if identity in row_of)
            row = next((row for row in known if row[place] is None), None)
            if row is None:
                row = [None] * len(studies)
                rows.append(row)
            row[place] = finding
            for identity in identities:
                row_of.setdefault(identity, row)
    return tuple(Row(tuple(row)) for row in rows)


def _by_settings(combination: Combination, study: StudySpec, paths: Sequence[str]) -> str:
    settings = resolve(combination, study) or {}
    return json.dumps([settings[path] for path in paths], sort_keys=True)


def _by_labels(combination: Combination, _study: StudySpec) -> list[str]:
    """A combination that stands for several choices is each of them."""
    return [json.dumps(choice, sort_keys=True) for choice in (combination.choice, *combination.aliases)]
