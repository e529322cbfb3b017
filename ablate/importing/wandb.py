"""What Weights & Biases exports: the CSV of its run table, and the CSV that its public API's example writes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from ablate.errors import InputError
from ablate.importing.sheet import Run, Sheet, cell, name_columns
from ablate.specs import SourceKind

TABLE = {"Name", "State", "Created", "Runtime"}
"""The columns that every export of the run table has."""

EXAMPLE = {"summary", "config", "name"}
"""The columns of https://docs.wandb.ai/guides/track/public-api-guide, whose first two hold Python dictionaries."""

OWN = ("_runtime", "_timestamp", "_step")
"""Keys of its own that say something of a run; all others that begin with an underscore are left out."""

NOT_NUMBERS = {"nan": "nan", "NaN": "nan", "inf": "inf", "Infinity": "inf"}


def recognise(sheet: Sheet) -> Sheet:
    """The sheet with runs by their names, times and states, if it is one of the two; else as it is."""
    if set(sheet.columns) >= TABLE:
        return replace(sheet, kind=SourceKind.WANDB, state="State", runs=tuple(map(_of_table, sheet.runs)))
    if set(sheet.columns) >= EXAMPLE and all(_is_dictionary(run.cells.get("config")) for run in sheet.runs):
        return _of_example(sheet)
    return sheet


def _of_table(run: Run) -> Run:
    started, runtime = _moment(run.cells.get("Created", "")), _number(run.cells.get("Runtime", ""))
    ended = started + runtime if started is not None and runtime is not None else None
    return replace(run, place=_place(run, run.cells.get("Name")), started=started, ended=ended)


def _is_dictionary(text: str | None) -> bool:
    return text is not None and text.startswith("{") and text.endswith("}")


def _of_example(sheet: Sheet) -> Sheet:
    parsed = [(run, _parse(sheet, run, "config"), _parse(sheet, run, "summary")) for run in sheet.runs]
    rest = [name for name in sheet.columns if name not in ("summary", "config") and not name.startswith("Unnamed")]
    columns = name_columns(
        {
            "config": [key for _, config, _ in parsed for key in config],
            "summary": [key for _, _, summary in parsed for key in summary],
            "run": rest,
        }
    )
    runs = []
    for run, config, summary in parsed:
        cells = {columns["run", name]: run.cells[name] for name in rest if name in run.cells}
        cells |= {columns["config", key]: cell(value) for key, value in config.items()}
        # a choice may be None; a number that is None was not measured
        cells |= {columns["summary", key]: cell(value) for key, value in summary.items() if value is not None}
        ended, runtime = (_number(str(summary.get(key, ""))) for key in ("_timestamp", "_runtime"))
        started = ended - runtime if ended is not None and runtime is not None else None
        runs.append(Run(_place(run, run.cells.get("name")), {k: v for k, v in cells.items() if v}, "", started, ended))
    return replace(sheet, kind=SourceKind.WANDB, columns=tuple(columns.values()), runs=tuple(runs))


def _parse(sheet: Sheet, run: Run, column: str) -> dict[str, object]:
    """A cell's dictionary, flattened with dots; Python's literals only, and its names for what is no number."""
    text = run.cells.get(column, "{}")
    try:
        value = ast.literal_eval(_Numbers().visit(ast.parse(text, mode="eval")))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InputError(f"{sheet.place}: {run.place}: column {column}: expected a Python dictionary, got {text:.60}")
    return _flatten(value, "")


class _Numbers(ast.NodeTransformer):
    """Python writes floats that are no numbers as names, which are no literals."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A float instead of its name."""
        return ast.Constant(float(NOT_NUMBERS[node.id])) if node.id in NOT_NUMBERS else node


def _flatten(value: Mapping[object, object], above: str) -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, inner in value.items():
        path = f"{above}{key}"
        if str(key).startswith("_") and not (path in OWN and not isinstance(inner, dict)):
            continue
        if isinstance(inner, dict):
            flat |= _flatten(inner, f"{path}.")
        else:
            flat[path] = inner
    return flat


def _place(run: Run, name: str | None) -> str:
    return f"{run.place} ({name})" if name else run.place


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
