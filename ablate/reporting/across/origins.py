"""What studies ran on, and where that differs: images, code, packages and hardware of their complete trials."""

from __future__ import annotations

from collections.abc import Iterable

from ablate.reporting.across.alignment import Alignment
from ablate.reporting.across.wording import UNKNOWN, listed, spread
from ablate.reporting.codes import DIGITS, find_codes
from ablate.reporting.findings import Findings
from ablate.reporting.markdown import code
from ablate.reporting.provenance import describe, trace
from ablate.specs import Environment, Split
from ablate.tracking.records import TrialStatus

OF_THE_CODE = ("commit", "state of the code", "code", "changes")
"""Properties of an environment that are told as the code."""

MOST_PROPERTIES = 8
"""Of packages and hardware that differ, these many are told with their values; of the others the names."""


def scored_image_lines(alignment: Alignment) -> list[str]:
    """The images of the objective's split, where they differ or are not known."""
    line = _image_line(alignment, alignment.studies[0].study.objective.split)
    return [line] if line else []


def other_image_lines(alignment: Alignment) -> list[str]:
    """The images of every other split, where they differ."""
    others = [split for split in Split if split is not alignment.studies[0].study.objective.split]
    recorded = [split for split in others if any(_images(study, split) for study in alignment.studies)]
    return [line for split in recorded if (line := _image_line(alignment, split))]


def code_lines(alignment: Alignment) -> list[str]:
    """The code that each study's complete trials ran with, where it is not one and the same."""
    found = {study.study.name: find_codes(study).names for study in alignment.studies}
    line = spread("Code", {name: _all(codes) for name, codes in found.items()})
    mixed = [code(name) for name, codes in found.items() if len(codes) > 1]
    if line or not mixed:
        return [line] if line else []
    return [f"Code: {listed(mixed)} ran with more than one: {_all(next(iter(found.values())))}"]


def environment_lines(alignment: Alignment) -> list[str]:
    """Packages and hardware that differ: one line each, hardware first."""
    environments = {
        study.study.name: [describe(environment) for environment in _environments(study)] for study in alignment.studies
    }
    unrecorded = [code(name) for name, found in environments.items() if not found]
    if unrecorded:
        return [f"Packages and hardware: {UNKNOWN} in {listed(unrecorded)}"]
    properties = dict.fromkeys(name for found in environments.values() for properties in found for name in properties)
    lines = {
        name: spread(
            code(name), {study: _all(one.get(name, "absent") for one in found) for study, found in environments.items()}
        )
        for name in properties
        if name not in OF_THE_CODE
    }
    differing = {name: line for name, line in lines.items() if line}
    rest = [code(name) for name in differing][MOST_PROPERTIES:]
    more = [f"Further packages and hardware that differ: {listed(rest)}"] if rest else []
    return [*list(differing.values())[:MOST_PROPERTIES], *more]


def _image_line(alignment: Alignment, split: Split) -> str:
    name = "Training" if split is Split.TRAIN else split.value.capitalize()
    return spread(f"{name} images", {study.study.name: _images(study, split) for study in alignment.studies})


def _images(study: Findings, split: Split) -> str | None:
    """`540 (fingerprint 0cfaf710cb53)`; more than one where not all trials had the same."""
    records = {
        (record.images, record.fingerprint, record.content or "")
        for trial in study.trials(TrialStatus.COMPLETE)
        if (record := trial.splits.get(split)) is not None
    }
    texts = [
        f"{images} (fingerprint {code(fingerprint[:DIGITS])}{f' of {code(content[:DIGITS])}' if content else ''})"
        for images, fingerprint, content in sorted(records)
    ]
    return listed(texts) or None


def _environments(study: Findings) -> Iterable[Environment]:
    return [environment for environment, _ in trace(study).environments]


def _all(values: Iterable[str]) -> str | None:
    """Different values as code, in a fixed order; None where there are none."""
    return listed([code(value) for value in sorted(set(values))]) or None
