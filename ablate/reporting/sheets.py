"""The tables of a report as rows of unrounded numbers, for spreadsheets and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import JsonValue

from ablate.reporting.findings import Findings
from ablate.reporting.record import (
    AS_STORED,
    Record,
    combination_records,
    effect_records,
    pair_record,
    settle,
    switch_record,
)

Cell = str | int | float | bool | None


class Sheet(NamedTuple):
    """A file's name without its ending, its columns, and its rows."""

    name: str
    columns: tuple[str, ...]
    rows: list[list[Cell]]


NAMES = ("comparison", "trials", "switches", "effects", "interactions")


def sheets(findings: Findings) -> list[Sheet]:
    """Comparison, trials, single switches, main effects and interactions; what has no rows is left out."""
    combinations = combination_records(findings)
    pairs = [_flat_pair(pair_record(pair)) for pair in findings.pairs]
    found = [
        _sheet("comparison", [{**_levels(row), **flat_combination(row)} for row in combinations]),
        _sheet("trials", [trial for row in combinations for trial in _trials(row)]),
        _sheet("switches", [_without(switch_record(switch), "seeds") for switch in findings.switches]),
        _sheet("effects", [level for effect in findings.effects for level in effect_records(effect)]),
        _sheet("interactions", pairs),
    ]
    return [sheet for sheet in found if sheet.rows]


def flat_combination(row: Record) -> Record:
    """A combination's record without its levels and trials, and nothing nested.

    Nested records stand under their own names; the comparison's bounds and number are `difference_low` and so on.
    """
    flat = _without(row, "levels", "label", "trials", "rank", "comparison", "power")
    rank, comparison, power = (row[name] for name in ("rank", "comparison", "power"))
    if isinstance(comparison, dict):
        renamed = {"low": "difference_low", "high": "difference_high", "n": "pairs"}
        flat |= {renamed.get(name, name): value for name, value in _without(comparison, "seeds").items()}
    if isinstance(rank, dict):
        flat |= {"rank" if name == "place" else f"rank_{name}": value for name, value in rank.items()}
    return flat | (power if isinstance(power, dict) else {})


def _sheet(name: str, records: Sequence[Record]) -> Sheet:
    columns = tuple(dict.fromkeys(column for row in records for column in row))
    rows = [
        {column: value if column == AS_STORED else settle(value) for column, value in row.items()} for row in records
    ]
    return Sheet(name, columns, [[_cell(row.get(column)) for column in columns] for row in rows])


def _trials(row: Record) -> list[Record]:
    trials = row["trials"]
    of_combination = {**_levels(row), "hash": row["hash"]}
    return [
        {**of_combination, **trial} for trial in (trials if isinstance(trials, list) else []) if isinstance(trial, dict)
    ]


def _flat_pair(row: Record) -> Record:
    flat: Record = {}
    for name, value in row.items():
        if isinstance(value, list):
            flat |= {f"{name[:-1]}_{number}": item for number, item in enumerate(value, 1)}
        else:
            flat[name] = value
    return flat


def _levels(row: Record) -> Record:
    levels = row["levels"]
    return dict(levels) if isinstance(levels, dict) else {}


def _without(row: Record, *names: str) -> Record:
    return {name: value for name, value in row.items() if name not in names}


def _cell(value: JsonValue) -> Cell:
    if isinstance(value, dict | list):
        raise TypeError(f"a cell holds one value, got {value}")
    return value
