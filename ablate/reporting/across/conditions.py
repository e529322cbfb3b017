"""What studies asked for, and where they asked for something else: settings, seeds, baselines."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from pydantic import JsonValue

from ablate.reporting.across.alignment import Alignment, Settings, resolve
from ablate.reporting.across.wording import numbers, spread
from ablate.reporting.findings import Findings
from ablate.reporting.markdown import code
from ablate.reporting.numerals import plural
from ablate.reporting.settings import setting_text
from ablate.specs import StudySpec
from ablate.tracking.records import TrialStatus

FIRST = ("data", "training")
"""Parts of a configuration that are told before the others."""


def setting_lines(alignment: Alignment) -> list[str]:
    """One line for every setting outside the factors that differs in any shared combination, data and training first.

    Taken from the resolved combinations, so what rules and matching set is seen too.
    """
    studies = [study.study for study in alignment.studies]
    rows = [
        {place: resolve(finding.combination, studies[place]) for place, finding in row.present.items()}
        for row in alignment.shared
    ]
    unknown = [
        name for place, name in enumerate(alignment.names) if any(place in row and row[place] is None for row in rows)
    ]
    known = [{place: found for place, found in row.items() if found is not None} for row in rows]
    paths = dict.fromkeys(path for row in known for settings in row.values() for path in settings)
    lines = [_setting_line(alignment, known, path) for path in sorted(paths, key=_is_late)]
    missing = [f"The settings of {code(name)} are not known" for name in unknown]
    return [line for line in (*lines, *missing) if line]


def fairness_lines(alignment: Alignment) -> list[str]:
    """Equal cost and equal tuning, where studies differ in them."""
    return [
        line
        for line in (
            _of_study(alignment, "Equal cost", _matching),
            _of_study(alignment, "Tuning", _tuning),
        )
        if line
    ]


def seed_lines(alignment: Alignment) -> list[str]:
    """How many seeds each study has, and which are common to all."""
    seeds = [study.study.seeds for study in alignment.studies]
    line = _of_study(alignment, "Seeds", lambda study: f"{len(study.seeds)} ({numbers(study.seeds)})")
    if not line:
        return []
    common = sorted(set(seeds[0]).intersection(*seeds[1:]))
    together = f"{numbers(common)} {'is' if len(common) == 1 else 'are'}" if common else "none is"
    return [f"{line}; {together} common to {'both' if len(seeds) == 2 else 'all'}"]


def baseline_lines(alignment: Alignment) -> list[str]:
    """What each study compares with, where it is not the same combination."""
    rows = [alignment.baseline(place) for place in range(len(alignment.studies))]
    if all(row is rows[0] for row in rows):
        return []
    texts = {
        study.study.name: code(study.baseline.combination.label()) if study.baseline else "none"
        for study in alignment.studies
    }
    line = spread("Baseline", texts)
    return [line or f"Baseline: {texts[alignment.names[0]]} in each, but not with the same settings"]


def family_lines(alignment: Alignment) -> list[str]:
    """For how many comparisons the verdicts of each study are corrected, where it compares and they differ."""
    families = {study.study.name: str(len(study.compared)) for study in alignment.studies if study.compared}
    line = spread("Comparisons that a verdict is corrected for", families) if families else ""
    return [line] if line else []


def margin_lines(alignment: Alignment) -> list[str]:
    """The difference that each study takes to be none, in the metric's own unit, where they differ in it."""
    line = _of_study(alignment, "Largest difference that does not matter", _margin)
    return [line] if line else []


def unfinished_lines(alignment: Alignment) -> list[str]:
    """One line for every study that lacks trials."""
    return [_unfinished(study) for study in alignment.studies if _lacking(study)]


def _is_late(path: str) -> bool:
    return path.partition(".")[0] not in FIRST


def _setting_line(alignment: Alignment, rows: Sequence[dict[int, Settings]], path: str) -> str:
    """Empty where no two studies differ in any combination that they share."""
    having = [{place: settings[path] for place, settings in row.items() if path in settings} for row in rows]
    unlike = sum(len({_key(value) for value in row.values()}) > 1 for row in having)
    if not unlike:
        return ""
    texts: dict[str, str | None] = {}
    for place, study in enumerate(alignment.studies):
        values = {_key(row[place]): row[place] for row in having if place in row}
        if values:
            texts[study.study.name] = _setting(study.study, path, list(values.values()))
    line = spread(code(path), texts)
    return line or f"{code(path)}: not the same in {unlike} of {plural(len(rows), 'shared combination')}"


def _setting(study: StudySpec, path: str, values: Sequence[JsonValue]) -> str:
    if len(values) == 1:
        return code(setting_text(values[0]))
    is_matched = study.match is not None and study.match.vary == path
    return "matched for every combination" if is_matched else "set by combination"


def _key(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)


def _of_study(alignment: Alignment, subject: str, text: Callable[[StudySpec], str]) -> str:
    return spread(subject, {study.study.name: text(study.study) for study in alignment.studies})


def _margin(study: StudySpec) -> str:
    margin = study.objective.equivalence
    return "not stated" if margin is None else f"{margin:g}"


def _matching(study: StudySpec) -> str:
    match = study.match
    if match is None:
        return "not asked for"
    target = "the baseline's" if match.to == "baseline" else f"{match.to:g}"
    return f"{match.cost.value} as {target} by {code(match.vary)}, within {100 * match.tolerance:g} %"


def _tuning(study: StudySpec) -> str:
    tune = study.tune
    if tune is None:
        return "none"
    settings = " and ".join(code(path) for path in tune.settings)
    return f"{plural(tune.trials, 'try', 'tries')} at {settings} by {code(tune.sampler.value)}"


def _lacking(study: Findings) -> int:
    return study.plan.trial_count - study.count(TrialStatus.COMPLETE)


def _unfinished(study: Findings) -> str:
    counted = {"failed": TrialStatus.FAILED, "running": TrialStatus.RUNNING, "not run": TrialStatus.PLANNED}
    rest = ", ".join(f"{study.count(status)} {word}" for word, status in counted.items() if study.count(status))
    return (
        f"Unfinished: {code(study.study.name)}, {study.count(TrialStatus.COMPLETE)} of "
        f"{plural(study.plan.trial_count, 'planned trial')} complete ({rest})"
    )
