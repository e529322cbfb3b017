"""Placed runs as trials with attempts: numbers read, nothing counted twice."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, assert_never

from ablate.errors import InputError
from ablate.importing.levels import WHOLE, identity
from ablate.importing.placing import LARGEST, Placed, Placement, place_names
from ablate.importing.request import Request
from ablate.importing.sheet import Run, Sheet
from ablate.importing.states import State
from ablate.specs import Columns, Costs
from ablate.tracking.records import AttemptStatus, ForeignAttempt, ForeignMetric, ForeignTrial


def read_trials(sheet: Sheet, request: Request, columns: Columns, placement: Placement) -> tuple[ForeignTrial, ...]:
    """Every trial that the source tells of, by the order of its first run.

    Several runs of one trial are attempts at it if all but one failed.

    Raises:
        InputError: two runs of one trial did not fail; or a number cannot be read, or contradicts another.
    """
    groups: dict[tuple[str, int], list[Placed]] = defaultdict(list)
    for placed in placement.runs:
        groups[placed.combination, placed.seed].append(placed)
    for runs in groups.values():
        _refuse_repeated(sheet, request, runs)
    trials = tuple(
        ForeignTrial(
            combination=combination,
            seed=seed,
            attempts=tuple(_read_attempt(sheet, request, columns, placed) for placed in _in_order(runs)),
        )
        for (combination, seed), runs in groups.items()
    )
    _refuse_different_costs(request, trials)
    return trials


def read_number(sheet: Sheet, run: Run, option: str, column: str) -> float | None:
    """A cell as a number, which may not be finite; None where there is nothing.

    Raises:
        InputError: it is something else.
    """
    text = run.cells.get(column)
    if text is None:
        return None
    try:
        if "_" in text:  # Python's own way to group digits
            raise ValueError(text)
        return float(text)
    except ValueError:
        raise InputError(f"{sheet.place}: {run.place}: {option} {column}: expected a number, got {text:.60}") from None


def _in_order(runs: Sequence[Placed]) -> list[Placed]:
    """Failed ones first, by their start where it is known."""
    return sorted(runs, key=lambda placed: (placed.state is not State.FAILED, placed.run.started or 0.0))


def _refuse_repeated(sheet: Sheet, request: Request, runs: Sequence[Placed]) -> None:
    counting = [placed for placed in runs if placed.state is not State.FAILED]
    if len(counting) < 2:
        return
    choice = ", ".join(f"{name}={counting[0].run.cells[name]}" for name in request.factors)
    raise InputError(
        f"{sheet.place}: {place_names([placed.run for placed in counting])} are the same trial ({choice}, "
        f"{request.seed} {counting[0].seed}), and nothing is counted twice: name what sets them apart as a --factor, "
        "or pick runs by --where COLUMN=VALUE"
    )


def _read_attempt(sheet: Sheet, request: Request, columns: Columns, placed: Placed) -> ForeignAttempt:
    run, status = placed.run, _status(placed.state)
    return ForeignAttempt(
        status=status,
        started=run.started,
        ended=run.ended if status is not AttemptStatus.RUNNING else None,
        reason=_reason(placed, columns, request.objective) if status is AttemptStatus.FAILED else None,
        costs=_costs(sheet, run, columns),
        training_seconds=_seconds(sheet, run, columns),
        metrics=tuple(_metrics(sheet, request, columns, run)) if status is AttemptStatus.COMPLETE else (),
    )


def _status(state: State) -> Literal[AttemptStatus.RUNNING, AttemptStatus.COMPLETE, AttemptStatus.FAILED]:
    match state:
        case State.FINISHED:
            return AttemptStatus.COMPLETE
        case State.FAILED:
            return AttemptStatus.FAILED
        case State.RUNNING:
            return AttemptStatus.RUNNING
        case _:
            assert_never(state)


def _reason(placed: Placed, columns: Columns, objective: str) -> str:
    word = placed.run.cells.get(columns.state) if columns.state else None
    return f"{word.lower() if word else f'no value of {objective}'}, says {placed.run.place}"


def _metrics(sheet: Sheet, request: Request, columns: Columns, run: Run) -> Iterable[ForeignMetric]:
    """The objective and what else was asked for: every step where the source has them, else the last value."""
    for option, name in ((f"--{request.direction}", request.objective), *(("--metric", m) for m in columns.metrics)):
        value = read_number(sheet, run, option, name)
        history = sheet.history(run, name)
        if history and all(point.step >= 0 for point in history):
            yield from (ForeignMetric(name=name, step=p.step, value=p.value, time=p.time) for p in history)
        elif value is not None:
            yield ForeignMetric(name=name, step=0, value=value, time=run.ended)


def _costs(sheet: Sheet, run: Run, columns: Columns) -> Costs | None:
    parameters = _count(sheet, run, "--parameters", columns.parameters)
    macs = _count(sheet, run, "--macs", columns.macs)
    return None if parameters is None and macs is None else Costs(parameters=parameters, macs=macs)


def _count(sheet: Sheet, run: Run, option: str, column: str | None) -> int | None:
    if column is None or column not in run.cells:
        return None
    text = identity(run.cells[column])
    if not WHOLE.fullmatch(text) or not 0 <= int(text) <= LARGEST:
        raise InputError(
            f"{sheet.place}: {run.place}: {option} {column}: expected a whole number, got {run.cells[column]:.60}"
        )
    return int(text)


def _seconds(sheet: Sheet, run: Run, columns: Columns) -> float | None:
    if columns.training_seconds is None:
        return None
    seconds = read_number(sheet, run, "--training-seconds", columns.training_seconds)
    if seconds is not None and not (math.isfinite(seconds) and seconds >= 0):
        option = f"--training-seconds {columns.training_seconds}"
        raise InputError(f"{sheet.place}: {run.place}: {option}: expected seconds, got {seconds:g}")
    return seconds


def _refuse_different_costs(request: Request, trials: Sequence[ForeignTrial]) -> None:
    """What a combination costs is one number, which no seed changes."""
    for option, column, field in (
        ("--parameters", request.parameters, "parameters"),
        ("--macs", request.macs, "macs"),
    ):
        seen: dict[str, int] = {}
        for trial in trials:
            for attempt in trial.attempts:
                count = getattr(attempt.costs, field, None)
                if count is not None and seen.setdefault(trial.combination, count) != count:
                    raise InputError(
                        f"{option} {column}: seeds of one combination have {seen[trial.combination]} and {count} "
                        f"(trial {trial.name}): leave it out, or name what sets them apart as a --factor"
                    )
