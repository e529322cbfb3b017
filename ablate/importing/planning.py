"""The study that imported runs make: factors, design, baseline, and what is not known of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ablate.errors import InputError
from ablate.importing.levels import Levels, digest_choice, identity
from ablate.importing.placing import Placement
from ablate.importing.request import Request, split_pair
from ablate.importing.sheet import Sheet
from ablate.specs import (
    Choice,
    Columns,
    Combination,
    Design,
    Objective,
    Plan,
    Source,
    Split,
    StudySpec,
)
from ablate.study.words import both, nearest, one_of


def make_plan(sheet: Sheet, request: Request, columns: Columns, placement: Placement) -> Plan:
    """Every combination that a run is of, in the order of the levels, times every seed that any of them has.

    Raises:
        InputError: the baseline leaves out a factor, names no level, or is a combination without a run.
    """
    levels = placement.levels
    chosen = {placed.combination: placed.choice for placed in placement.runs}
    baseline = _read_baseline(request.baseline, levels, chosen)
    places = [{own: place for place, own in enumerate(of.labels)} for of in levels]
    ordered = sorted(
        chosen.items(), key=lambda item: [place[item[1][of.name]] for place, of in zip(places, levels, strict=True)]
    )
    combinations = tuple(
        Combination(
            hash=digest,
            choice=_labelled(choice, levels),
            configuration=None,
            is_baseline=choice == baseline,
        )
        for digest, choice in ordered
    )
    is_whole = len(combinations) == math.prod(len(of.labels) for of in levels)
    study = StudySpec(
        name=request.name,
        question=request.question or f"How does {request.objective} depend on {both(request.factors)}?",
        base=None,
        factors=tuple(of.factor() for of in levels),
        design=Design.FACTORIAL if is_whole else Design.LISTED,
        baseline=_labelled(baseline, levels) if baseline else {},
        listed=() if is_whole else tuple(combination.choice for combination in combinations),
        seeds=tuple(sorted({placed.seed for placed in placement.runs})),
        objective=Objective(
            metric=request.objective,
            split=Split.UNSPECIFIED,
            direction=request.direction,
            unit=request.unit,
            equivalence=request.equivalence,
        ),
        source=Source(
            kind=sheet.kind, place=sheet.place, digest=sheet.digest, experiment=sheet.experiment, columns=columns
        ),
    )
    return Plan(study=study, combinations=combinations)


def _labelled(choice: Choice, levels: Sequence[Levels]) -> Choice:
    return {of.name: of.labels[choice[of.name]] for of in levels}


def _read_baseline(texts: Sequence[str], levels: Sequence[Levels], chosen: Mapping[str, Choice]) -> Choice | None:
    """Identities by factor; None where no baseline was asked for."""
    if not texts:
        return None
    baseline: Choice = {}
    for text in texts:
        name, value = split_pair("--baseline", text, [of.name for of in levels])
        if name in baseline:
            raise InputError(f"--baseline {text}: {name} is given twice")
        labels = next(of.labels for of in levels if of.name == name)
        if identity(value) not in labels:
            near = nearest(value, labels.values())
            raise InputError(
                f"--baseline {text}: no run has this level: "
                + (f"did you mean {near}?" if near else f"expected {one_of(list(labels.values()))}")
            )
        baseline[name] = identity(value)
    missing = [of.name for of in levels if of.name not in baseline]
    if missing:
        options = " ".join(f"--baseline {name}=..." for name in missing)
        raise InputError(f"--baseline: a level of every factor is needed: add {options}")
    if digest_choice(baseline) not in chosen:
        raise InputError(f"--baseline: no run has the combination {' · '.join(_labelled(baseline, levels).values())}")
    return baseline
