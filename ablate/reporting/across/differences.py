"""All that differs between studies, in words, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ablate.reporting.across import conditions, origins
from ablate.reporting.across.alignment import Alignment, Row
from ablate.reporting.across.wording import numbers
from ablate.reporting.numerals import plural

ASPECTS: tuple[tuple[str, Callable[[Alignment], list[str]]], ...] = (
    ("unfinished", conditions.unfinished_lines),
    ("settings outside the factors", conditions.setting_lines),
    ("fairness", conditions.fairness_lines),
    ("seeds", conditions.seed_lines),
    ("baseline", conditions.baseline_lines),
    ("family", conditions.family_lines),
    ("margin", conditions.margin_lines),
    ("images that are scored", origins.scored_image_lines),
    ("other images", origins.other_image_lines),
    ("code", origins.code_lines),
    ("packages and hardware", origins.environment_lines),
)
"""In the order in which they are told."""

UNSAID = ("unfinished", "fairness", "family", "margin")
"""Aspects that are told only where they differ."""


@dataclass(frozen=True)
class Differences:
    """Lines on what differs, and the names of the aspects in which the studies are the same."""

    lines: tuple[str, ...]
    same: tuple[str, ...]


def find_differences(alignment: Alignment) -> Differences:
    """Compare what the studies asked for and ran on."""
    said = {name: find(alignment) for name, find in ASPECTS}
    return Differences(
        tuple(line for lines in said.values() for line in lines),
        tuple(name for name, lines in said.items() if not lines and name not in UNSAID),
    )


def repeated(alignment: Alignment) -> str:
    """Where studies ran the very same trials, so that one agreeing with the other says little new; or empty."""
    if alignment.paths is None:
        return ""
    seeds = [found for row in alignment.shared if (found := _common_seeds(row))]
    if not seeds:
        return ""
    return (
        f"In {len(seeds)} of {plural(len(alignment.shared), 'shared combination')} the studies have the whole "
        f"configuration in common, and seeds ({numbers(sorted(set().union(*seeds)))}): the same trials ran twice, and "
        "their agreement is no evidence from other seeds or data."
    )


def _common_seeds(row: Row) -> set[int]:
    """Seeds with a value in two studies or more that have the same configuration."""
    seeds: dict[tuple[str, int], int] = {}
    for finding in row.present.values():
        for outcome in finding.outcomes:
            if outcome.value is not None:
                key = (finding.combination.hash, outcome.trial.seed)
                seeds[key] = seeds.get(key, 0) + 1
    return {seed for (_, seed), studies in seeds.items() if studies > 1}
