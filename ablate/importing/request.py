"""What a user says of a source: which of its columns are what; checked against the columns that there are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ablate.errors import InputError
from ablate.importing.sheet import Sheet
from ablate.importing.states import find_state_column
from ablate.specs import Columns, Direction
from ablate.study.sections.texts import check_name
from ablate.study.tree import Place
from ablate.study.words import nearest

SEED = "seed"
"""What the seed goes by beside the factors, in MLflow and Optuna; no factor can be called so."""

LONGEST_METRIC = 64
LONGEST_UNIT = 16
MOST_LISTED = 20


@dataclass(frozen=True)
class Request:
    """The columns by their role, and what the study is to be called and compared with.

    `baseline` and `conditions` are texts `COLUMN=VALUE`: a level of every factor (or none at all), and values that a
    run must have to be read. `equivalence` is the largest difference of the objective that does not matter.
    """

    name: str
    factors: tuple[str, ...]
    seed: str
    objective: str
    direction: Direction
    baseline: tuple[str, ...] = ()
    question: str | None = None
    unit: str | None = None
    equivalence: float | None = None
    state: str | None = None
    parameters: str | None = None
    macs: str | None = None
    training_seconds: str | None = None
    metrics: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


def check_request(request: Request, sheet: Sheet) -> Columns:
    """The columns that are to be read.

    Raises:
        InputError: a column does not exist, plays two parts that exclude each other, or a text is not one that can
            be kept.
    """
    check_name(request.name, Place(f"--name {request.name}"), "name")
    objective_option = f"--{request.direction}"
    asked = [
        *(("--factor", factor) for factor in request.factors),
        ("--seed", request.seed),
        (objective_option, request.objective),
        ("--state", request.state),
        ("--parameters", request.parameters),
        ("--macs", request.macs),
        ("--training-seconds", request.training_seconds),
        *(("--metric", metric) for metric in request.metrics),
    ]
    for option, column in asked:
        if column is not None:
            check_column(option, column, sheet)
    _check_parts(request, objective_option)
    return Columns(
        seed=request.seed,
        state=request.state or find_state_column(sheet, (*request.factors, request.seed, request.objective)),
        parameters=request.parameters,
        macs=request.macs,
        training_seconds=request.training_seconds,
        metrics=tuple(dict.fromkeys(metric for metric in request.metrics if metric != request.objective)),
        conditions=_read_conditions(request, sheet),
    )


def check_column(option: str, column: str, sheet: Sheet) -> None:
    """See that the sheet has the column.

    Raises:
        InputError: it has not; the nearest name, or what there is.
    """
    if column in sheet.columns:
        return
    near = nearest(column, sheet.columns)
    more = ", ..." if len(sheet.columns) > MOST_LISTED else ""
    hint = f"did you mean {near}?" if near else f"it has {', '.join(sheet.columns[:MOST_LISTED])}{more}"
    raise InputError(f"{option} {column}: {sheet.place} has no such column: {hint}")


def split_pair(option: str, text: str, columns: Iterable[str]) -> tuple[str, str]:
    """Column and value of `COLUMN=VALUE`; a name may itself hold an equals sign.

    Raises:
        InputError: it does not begin with the name of a column.
    """
    columns = tuple(columns)
    for column in sorted(columns, key=len, reverse=True):
        if text.startswith(f"{column}="):
            return column, text[len(column) + 1 :].strip()
    name = text.partition("=")[0]
    near = nearest(name, columns)
    hint = f"; did you mean {near}?" if near and near != name else ""
    raise InputError(f"{option} {text}: expected COLUMN=VALUE with one of {_listed(columns)}{hint}")


def _read_conditions(request: Request, sheet: Sheet) -> dict[str, str]:
    conditions: dict[str, str] = {}
    for text in request.conditions:
        column, value = split_pair("--where", text, sheet.columns)
        if column in conditions:
            raise InputError(f"--where {text}: {column} is given twice, and a run has one value of it")
        conditions[column] = value
    return conditions


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(columns[:MOST_LISTED]) + (", ..." if len(columns) > MOST_LISTED else "")


def _check_parts(request: Request, objective_option: str) -> None:
    _check_factors(request, objective_option)
    if request.seed == request.objective:
        raise InputError(f"--seed {request.seed}: is {objective_option} too")
    for option, column in ((objective_option, request.objective), *(("--metric", name) for name in request.metrics)):
        if len(column) > LONGEST_METRIC:
            raise InputError(f"{option} {column}: expected a name of at most {LONGEST_METRIC} characters: rename it")
    if request.equivalence is not None and not (request.equivalence > 0 and math.isfinite(request.equivalence)):
        raise InputError(f"--equivalence {request.equivalence:g}: expected a positive number, in the objective's unit")
    if request.unit is not None and not 0 < len(request.unit.strip()) <= LONGEST_UNIT:
        raise InputError(f"--unit {request.unit!r}: expected 1 to {LONGEST_UNIT} characters, as '%' or 'nats'")


def _check_factors(request: Request, objective_option: str) -> None:
    if not request.factors:
        raise InputError("--factor: expected at least one column that was varied")
    twice = [factor for factor in request.factors if request.factors.count(factor) > 1]
    if twice:
        raise InputError(f"--factor {twice[0]}: given twice")
    for factor in request.factors:
        if factor == request.seed:
            raise InputError(f"--factor {factor}: is --seed too: a seed is a replicate, never a factor")
        if factor == SEED:
            raise InputError(
                f"--factor {factor}: that is the name of the seed in all that is written: rename the column"
            )
        if factor == request.objective:
            raise InputError(f"--factor {factor}: is {objective_option} too: what was measured is not what was varied")
