"""Why a study cannot be laid out: combinations that cannot be run, and the rule that leaves them out."""

from __future__ import annotations

import re
from typing import NamedTuple

from ablate.specs import Choice, Design, StudySpec
from ablate.study.sections.factors import written
from ablate.study.settings import setting_paths


class Fault(NamedTuple):
    """What is wrong with a design, the keys of the study file that lead to it, and those of the setting behind it."""

    message: str
    keys: tuple[str, ...]
    setting: tuple[str, ...] = ()


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
    if study.design is Design.FRACTION:
        said = "a fraction is balanced only whole: choose other levels, or use design factorial with exclude"
        return Fault(f"{' · '.join(choice.values())} cannot be run: {reason}; {said}", ("factors",), keys)
    named = " with ".join(f"{name} {label}" for name, label in rule.items())
    count = sum(rule.items() <= other.items() for other, _ in refusals)
    entry = "{" + ", ".join(f"{f.name}: {written(f, rule[f.name])}" for f in study.factors if f.name in rule) + "}"
    line = f"exclude: [{entry}]" if not study.exclude else f"one more line under exclude: - {entry}"
    baseline = ", and another baseline" if rule.items() <= study.baseline.items() else ""
    of = f"{count} of {len(refusals)} combinations"
    return Fault(f"{named} cannot be run: {reason}; to leave it out ({of}): {line}{baseline}", ("factors",), keys)


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
