"""Why a study cannot be laid out: combinations that cannot be run, and the rule that leaves them out."""

from __future__ import annotations

import re
from typing import NamedTuple

from ablate.specs import Choice, StudySpec
from ablate.study.scalars import show
from ablate.study.settings import setting_paths


class Fault(NamedTuple):
    """What is wrong with a design, and the keys of the study file that lead to it."""

    message: str
    keys: tuple[str, ...]


def explain_refusal(study: StudySpec, refusals: list[tuple[Choice, str | None]]) -> Fault | None:
    """The first refusal with the smallest rule that would exclude it, or None if everything can be run."""
    first = next(((choice, reason) for choice, reason in refusals if reason is not None), None)
    if first is None:
        return None
    choice, reason = first
    rule = _smallest_rule(choice, reason, refusals)
    keys = _guilty_setting(reason)
    if not rule:
        varied = next((factor.name for factor in study.factors if ".".join(keys) in factor.levels[0].settings), None)
        where = ("factors", varied) if varied else keys
        return Fault(f"no combination can be run: {reason}", where)
    count = sum(rule.items() <= other.items() for other, _ in refusals)
    named = " with ".join(f"{name} {label}" for name, label in rule.items())
    written = "{" + ", ".join(f"{name}: {show_label(study, name, label)}" for name, label in rule.items()) + "}"
    line = f"exclude: [{written}]" if not study.exclude else f"one more line under exclude: - {written}"
    baseline = ", and another baseline" if rule.items() <= study.baseline.items() else ""
    of = f"{count} of {len(refusals)} combinations"
    return Fault(f"{named} cannot be run: {reason}; to leave it out ({of}): {line}{baseline}", ("factors",))


def show_label(study: StudySpec, factor: str, label: str) -> str:
    """A level as it can be written in a rule: `3` where it is the value's own form, quoted where need be."""
    level = next(
        level for spec in study.factors if spec.name == factor for level in spec.levels if level.label == label
    )
    value = level.settings.get(factor)
    return label if isinstance(value, (bool, int, float)) and show(value) == label else show(label)


def _smallest_rule(choice: Choice, reason: str, refusals: list[tuple[Choice, str | None]]) -> Choice:
    """The part of `choice` without which the reason would not hold: every match is refused for it."""
    rule = dict(choice)
    for name in choice:
        wider = {key: label for key, label in rule.items() if key != name}
        if all(other == reason for match, other in refusals if wider.items() <= match.items()):
            rule = wider
    return rule


def _guilty_setting(reason: str) -> tuple[str, ...]:
    """The keys of the setting that a reason names first, by its path or its last part; else of the model."""
    found = [
        (match.start(), -len(match.group()), path)
        for path in setting_paths()
        for match in [re.search(rf"\b(?:{re.escape(path)}|{path.rpartition('.')[2]})\b", reason)]
        if match is not None
    ]
    return tuple(min(found)[2].split(".")) if found else ("model",)
