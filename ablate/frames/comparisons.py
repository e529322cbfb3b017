"""What the report says of combinations and of single switches, as frames; every number is the report's own."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ablate.frames.combinations import in_order
from ablate.frames.names import COMPARISON, Names, measure_kind
from ablate.reporting.findings import Findings
from ablate.reporting.record import Record, combination_records, settle, switch_record
from ablate.reporting.sheets import flat_combination
from ablate.specs import Measures
from ablate.stats import Verdict

WHOLE = {
    *("parameters", "macs", "n", "pairs", "rank", "rank_low", "rank_high"),
    *("seeds_for_observed_difference", "seeds_for_margin"),
}
SWITCH = (
    *(
        "verdict",
        "difference",
        "low",
        "high",
        "n",
        "sign_flip_p",
        "adjusted_p",
        "t_p",
        "bootstrap_low",
        "bootstrap_high",
    ),
    *("standard_deviation", "effect_size", "margin", "equivalence_p", "adjusted_equivalence_p"),
)
"""The fields of `ablate.reporting.record.comparison_record`, but for the seeds."""


def comparisons_frame(findings: Findings, combinations: pd.DataFrame) -> pd.DataFrame:
    """One row per combination in the order of the plan: its mean, its rank, and how it compares with the baseline."""
    rows = [flat_combination(row) for row in combination_records(findings)]
    left = combinations.drop(columns="is_baseline")
    return pd.concat([left, _frame(rows, COMPARISON)], axis="columns")


def switches_frame(findings: Findings, names: Names) -> pd.DataFrame:
    """One row per switch of one factor with all else equal, from combination `start` to `end`, by their hashes."""
    rows = [switch_record(switch) for switch in findings.switches]
    labels = {finding.combination.hash: finding.combination.label() for finding in findings.findings}
    order = list(labels.values())
    texts = {name: [str(row[name]) for row in rows] for name in ("factor", "from", "to", "start", "end")}
    left = {
        "factor": in_order([names.factors[factor] for factor in texts["factor"]], list(names.factors.values())),
        "from": pd.Series(texts["from"], dtype="str"),
        "to": pd.Series(texts["to"], dtype="str"),
        "start_combination": in_order([labels[start] for start in texts["start"]], order),
        "end_combination": in_order([labels[end] for end in texts["end"]], order),
        "start": pd.Series(texts["start"], dtype="str"),
        "end": pd.Series(texts["end"], dtype="str"),
    }
    return pd.concat([pd.DataFrame(left), _frame(rows, SWITCH)], axis="columns")


def _frame(rows: Sequence[Record], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: _column(name, rows) for name in columns})


def _column(name: str, rows: Sequence[Record]) -> pd.Series:
    values = [row.get(name) for row in rows]
    if name == "verdict":
        return in_order(
            [None if value is None else str(value) for value in values], [str(one.value) for one in Verdict]
        )
    if name == "is_baseline":
        return pd.Series(values, dtype="bool")
    if name in Measures.model_fields:
        return pd.Series([*map(settle, values)], dtype=measure_kind(name))
    if name in WHOLE:
        return pd.Series(values, dtype="Int64")
    return pd.Series([*map(settle, values)], dtype="float64")
