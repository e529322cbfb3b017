"""No number of a page is its own: every one follows from the trials that `report.json` names beside it."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats as reference

from ablate.reporting import write_report
from ablate.reporting.content import compose
from ablate.reporting.evidence import gather
from ablate.reporting.numerals import choose_scale
from ablate.reporting.record import record
from ablate.reporting.sheets import sheets
from ablate.specs import Split
from ablate.tracking.records import TrialStatus

Maker = Callable[..., Any]


def told(store: Any) -> dict[str, Any]:
    evidence = gather(store, "synthetic")
    scale = choose_scale(evidence.findings.study.objective, [f.mean for f in evidence.findings.findings])
    content = compose(evidence, scale)
    return json.loads(json.dumps(record(evidence.findings, content.answer, content.confounds)))  # type: ignore[no-any-return]


def holed(synthetic: Maker) -> Any:
    store = synthetic().without_results([6], TrialStatus.FAILED).without_results([17])
    return store.with_trial(93, scores={Split.TEST: {"accuracy": math.nan}})


def values_of(combination: dict[str, Any]) -> dict[int, float]:
    return {trial["seed"]: trial["value"] for trial in combination["trials"] if trial["value"] is not None}


def test_every_mean_and_difference_follows_from_the_trials_beside_it(synthetic: Maker) -> None:
    found = told(holed(synthetic))
    (baseline,) = (c for c in found["combinations"] if c["is_baseline"])
    for combination in found["combinations"]:
        own, base = values_of(combination), values_of(baseline)
        assert combination["n"] == len(own)
        assert combination["mean"] == pytest.approx(np.mean(list(own.values())))
        spread = reference.t.interval(0.95, len(own) - 1, combination["mean"], reference.sem(list(own.values())))
        assert (combination["low"], combination["high"]) == pytest.approx(spread)
        comparison = combination["comparison"]
        if comparison is None:
            assert combination is baseline
            continue
        common = sorted(own.keys() & base.keys())
        assert comparison["seeds"] == common
        differences = [own[seed] - base[seed] for seed in common]
        assert comparison["difference"] == pytest.approx(np.mean(differences))
        assert comparison["t_p"] == pytest.approx(reference.ttest_1samp(differences, 0).pvalue)
        signs = itertools.product((1, -1), repeat=len(common))
        sums = [abs(sum(s * d for s, d in zip(of, differences, strict=True))) for of in signs]
        assert comparison["sign_flip_p"] == pytest.approx(np.mean(np.array(sums) >= abs(sum(differences)) - 1e-12))


def test_a_missing_value_is_there_with_its_reason(synthetic: Maker) -> None:
    found = told(holed(synthetic))
    trials = [trial for combination in found["combinations"] for trial in combination["trials"]]
    assert len(trials) == 120
    missing = {place: (trial["status"], trial["value"]) for place, trial in enumerate(trials) if trial["value"] is None}
    assert missing == {6: ("failed", None), 17: ("planned", None), 93: ("complete", None)}
    assert found["trials"] == {"planned": 1, "running": 0, "complete": 118, "failed": 1}
    assert any("**Missing seeds**" in line for line in found["confounds"])


def test_holm_is_taken_over_all_planned_comparisons(synthetic: Maker) -> None:
    found = told(holed(synthetic).without_results(range(10), TrialStatus.FAILED))
    p_values = sorted(
        c["comparison"]["sign_flip_p"]
        for c in found["combinations"]
        if c["comparison"] and c["comparison"]["sign_flip_p"] is not None
    )
    assert (len(p_values), found["comparisons"], found["fewest_seeds"]) == (10, 11, 9)
    smallest = min(c["comparison"]["adjusted_p"] or 1 for c in found["combinations"] if c["comparison"])
    assert smallest == pytest.approx(11 * p_values[0])


def test_switches_and_effects_follow_from_the_same_trials(synthetic: Maker) -> None:
    found = told(synthetic())
    by_hash = {combination["hash"]: combination for combination in found["combinations"]}
    assert len(found["switches"]) == 24
    for switch in found["switches"]:
        start, end = by_hash[switch["start"]], by_hash[switch["end"]]
        changed = [name for name in start["levels"] if start["levels"][name] != end["levels"][name]]
        assert changed == [switch["factor"]]
        assert switch["difference"] == pytest.approx(end["mean"] - start["mean"])
    for effect in found["effects"]:
        means = [c["mean"] for c in found["combinations"] if c["levels"][effect["factor"]] == effect["level"]]
        assert effect["mean"] == pytest.approx(np.mean(means))


@pytest.mark.usefixtures("without_pictures")
def test_the_page_shows_the_numbers_of_the_record(synthetic: Maker, tmp_path: Path) -> None:
    store = synthetic({"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}, seeds=7)
    page = write_report(store, "synthetic", tmp_path).read_text()
    found = json.loads((tmp_path / "report.json").read_text())
    for combination in found["combinations"]:
        half = (combination["high"] - combination["low"]) / 2
        assert f"[{100 * combination['mean']:.1f} ± {100 * half:.1f} %](#trials-of-{combination['hash']})" in page
        assert f'<a id="trials-of-{combination["hash"]}"></a>{combination["label"]}' in page
    linked = set(re.findall(r"\]\(#(trials-of-[0-9a-f]+)\)", page))
    assert linked == set(re.findall(r'<a id="(trials-of-[0-9a-f]+)">', page))
    assert found["answer"] in page
    html = (tmp_path / "report.html").read_text()
    assert all(f'id="{anchor}"' in html for anchor in linked)
    assert "<script" not in html


@pytest.mark.usefixtures("without_pictures")
def test_the_sheets_hold_the_record_row_by_row(synthetic: Maker, tmp_path: Path) -> None:
    store = synthetic({"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}, seeds=7)
    write_report(store, "synthetic", tmp_path)
    found = json.loads((tmp_path / "report.json").read_text())
    rows = list(csv.DictReader(io.StringIO((tmp_path / "tables" / "comparison.csv").read_text())))
    assert [float(row["mean"]) for row in rows] == [c["mean"] for c in found["combinations"]]
    assert [row["model.layer.window"] for row in rows] == ["3", "5", "3", "5"]
    differences = [float(row["difference"]) for row in rows if row["difference"]]
    assert differences == [c["comparison"]["difference"] for c in found["combinations"] if c["comparison"]]
    trials = list(csv.DictReader(io.StringIO((tmp_path / "tables" / "trials.csv").read_text())))
    assert [trial["name"] for trial in trials] == [record.name for record in store.records]
    assert [float(trial["value"]) for trial in trials] == [
        record.scores[Split.TEST]["accuracy"] for record in store.records
    ]


def test_sheets_without_rows_are_left_out(synthetic: Maker) -> None:
    findings = gather(synthetic({"model.layer.window": [3]}, seeds=2), "synthetic").findings
    assert [sheet.name for sheet in sheets(findings)] == ["comparison", "trials"]
