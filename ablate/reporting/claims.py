"""What a report claims, taken from what it says to programs: nothing is computed a second time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from ablate.reporting.record import Record
from ablate.tracking.claims import ClaimKind, Claims
from ablate.tracking.records import TrialStatus

NUMBERS = ("difference", "low", "high", "sign_flip_p", "adjusted_p", "n", "seeds", "verdict", "margin")


def claims_of(found: Record, text: bytes) -> Claims:
    """The claims of the report whose `report.json` holds `text`, which says `found`."""
    report: dict[str, Any] = dict(found)
    return Claims.model_validate(
        {
            "digest": hashlib.sha256(text).hexdigest(),
            "question": report["question"],
            **{name: report["objective"][name] for name in ("metric", "split", "direction")},
            "family": report["comparisons"],
            "planned": sum(report["trials"].values()),
            "complete": report["trials"][TrialStatus.COMPLETE.value],
            "answer": report["answer"],
            "comparisons": [*_with_baseline(report), *_switches(report)],
        }
    )


def _with_baseline(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """In the order of the plan; none in a study without a baseline."""
    baseline = next((one["hash"] for one in report["combinations"] if one["is_baseline"]), None)
    for combination in report["combinations"]:
        if combination["comparison"] is not None:
            ends = {"factor": None, "combination": combination["hash"], "baseline": baseline}
            yield {"kind": ClaimKind.BASELINE, **ends, **_numbers(combination["comparison"])}


def _switches(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for switch in report["switches"]:
        ends = {"factor": switch["factor"], "combination": switch["end"], "baseline": switch["start"]}
        yield {"kind": ClaimKind.SWITCH, **ends, **_numbers(switch)}


def _numbers(comparison: dict[str, Any]) -> dict[str, Any]:
    return {name: comparison[name] for name in NUMBERS}
