"""Runs to the trials that they are of: which are read, which are left out and why, and what contradicts itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ablate.errors import InputError
from ablate.importing.levels import WHOLE, Levels, digest_choice, find_levels, identity
from ablate.importing.request import Request
from ablate.importing.sheet import Run, Sheet
from ablate.importing.states import WORDS, State
from ablate.specs import Choice, Columns
from ablate.study.words import both

LARGEST = 2**63 - 1
MOST_NAMED = 5


@dataclass(frozen=True)
class Placed:
    """A run with its combination (identities by factor, and their digest), its seed, and how it stands."""

    run: Run
    choice: Choice
    combination: str
    seed: int
    state: State


@dataclass(frozen=True)
class Placement:
    """All runs that are of the study, the levels of its factors, and how many runs were left out, by the reason."""

    runs: tuple[Placed, ...]
    levels: tuple[Levels, ...]
    skipped: Mapping[str, int]


def place(sheet: Sheet, request: Request, columns: Columns) -> Placement:
    """Find the combination and the seed of every run.

    Left out are runs that do not meet the conditions, that hold nothing of the study, and those that did not finish
    and lack a factor or the seed.

    Raises:
        InputError: a finished run lacks a factor or the seed, a seed or a state cannot be read, or no run is left.
    """
    skipped: Counter[str] = Counter()
    kept: list[tuple[Run, State]] = []
    lacking: dict[str, list[Run]] = defaultdict(list)
    needed = (*request.factors, request.seed)
    for run in sheet.runs:
        state = _state(sheet, run, columns.state, request.objective)
        missing = [name for name in needed if _text(run, name) is None]
        if not all(_meets(run, *condition) for condition in columns.conditions.items()):
            skipped["other than --where asks for"] += 1
        elif len(missing) == len(needed) and _text(run, request.objective) is None:
            skipped[f"without any of {both([*needed, request.objective])}"] += 1
        elif missing and state is not State.FINISHED:
            skipped[f"unfinished and without {both(missing)}"] += 1
        elif missing:
            lacking[missing[0]].append(run)
        else:
            kept.append((run, state))
    _refuse_lacking(sheet, request, lacking)
    if not kept:
        why = "; ".join(f"{count} {reason}" for reason, count in skipped.items())
        raise InputError(f"{sheet.place}: no run is left to import: {why}")
    placed = tuple(_place(sheet, request, run, state) for run, state in kept)
    levels = tuple(find_levels(name, (run.cells[name] for run, _ in kept)) for name in request.factors)
    return Placement(placed, levels, skipped)


def place_names(runs: Sequence[Run]) -> str:
    """`row 3, row 7 and row 9`; of many the first and how many more."""
    names = [run.place for run in runs[:MOST_NAMED]]
    more = len(runs) - MOST_NAMED
    return f"{', '.join(names)} and {more} more" if more > 0 else both(names)


def _place(sheet: Sheet, request: Request, run: Run, state: State) -> Placed:
    choice = {name: identity(run.cells[name]) for name in request.factors}
    return Placed(run, choice, digest_choice(choice), _seed(sheet, request.seed, run), state)


def _text(run: Run, column: str) -> str | None:
    """What a factor or seed is; not-a-number stands for nothing in tables."""
    text = run.cells.get(column)
    return None if text is None or text.lower() == "nan" else text


def _meets(run: Run, column: str, value: str) -> bool:
    return identity(run.cells.get(column, "")) == identity(value)


def _state(sheet: Sheet, run: Run, column: str | None, objective: str) -> State:
    if column is None or column not in run.cells:
        return State.FINISHED if objective in run.cells else State.FAILED
    state = WORDS.get(run.cells[column].lower())
    if state is None:
        raise InputError(
            f"{sheet.place}: {run.place}: {column}: expected finished, failed or running (or a word like "
            f"{', '.join(word for word in WORDS if word not in set(State))}), got {run.cells[column]}"
        )
    return state


def _seed(sheet: Sheet, column: str, run: Run) -> int:
    """A whole number, also where another program wrote it as `3.0`."""
    text = identity(run.cells[column])
    if not WHOLE.fullmatch(text) or not 0 <= int(text) <= LARGEST:
        raise InputError(
            f"{sheet.place}: {run.place}: --seed {column}: expected a whole number from 0, got {run.cells[column]}"
        )
    return int(text)


def _refuse_lacking(sheet: Sheet, request: Request, lacking: Mapping[str, list[Run]]) -> None:
    for column, runs in lacking.items():
        option = "--seed" if column == request.seed else "--factor"
        raise InputError(
            f"{sheet.place}: {option} {column}: {place_names(runs)} {'has' if len(runs) == 1 else 'have'} no value: "
            "fill it in, or pick runs by --where COLUMN=VALUE"
        )
