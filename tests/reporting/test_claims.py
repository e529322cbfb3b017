"""What is claimed is what the report says: taken from it, not computed again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ablate.reporting.claims import claims_of
from ablate.reporting.findings import Findings
from ablate.reporting.forms.json_text import json_text
from ablate.reporting.inference import find
from ablate.reporting.record import record
from ablate.specs import Direction, Split
from ablate.tracking.claims import Claim, ClaimKind, Claims
from ablate.tracking.records import TrialStatus

Maker = Callable[..., Any]
SMALL = {"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}


def found_in(store: Any) -> tuple[Findings, Claims, bytes]:
    findings = find(store.plan("synthetic"), store.trials("synthetic"))
    report = record(findings, "the answer", [])
    text = json_text(report)
    return findings, claims_of(report, text), text


def numbers(claim: Claim) -> tuple[Any, ...]:
    return (claim.difference, claim.low, claim.high, claim.sign_flip_p, claim.adjusted_p, claim.n, claim.verdict.value)


def said(comparison: Any, verdict: Any) -> tuple[Any, ...]:
    def twelve(number: float | None) -> float | None:
        return None if number is None else float(f"{number:.12g}")

    interval = comparison.interval
    bounds = (None, None) if interval is None else (twelve(interval.low), twelve(interval.high))
    tests = (twelve(comparison.p_value), twelve(comparison.adjusted_p))
    return (twelve(comparison.difference), *bounds, *tests, comparison.n, verdict.value)


def test_every_comparison_and_every_switch_is_a_claim_with_the_numbers_of_the_report(synthetic: Maker) -> None:
    findings, claims, text = found_in(synthetic(SMALL, seeds=8, objective={"equivalence": 0.005}))
    baseline = findings.baseline
    assert baseline is not None
    with_baseline = [claim for claim in claims.comparisons if claim.kind is ClaimKind.BASELINE]
    switches = [claim for claim in claims.comparisons if claim.kind is ClaimKind.SWITCH]
    assert [(claim.combination, claim.baseline, claim.factor, numbers(claim)) for claim in with_baseline] == [
        (one.combination.hash, baseline.combination.hash, None, said(one.comparison, one.verdict))
        for one in findings.compared
    ]
    assert [(claim.combination, claim.baseline, claim.factor, numbers(claim)) for claim in switches] == [
        (one.end.combination.hash, one.start.combination.hash, one.factor, said(one.comparison, one.verdict))
        for one in findings.switches
    ]
    assert (len(with_baseline), len(switches)) == (3, 4)
    assert {claim.margin for claim in claims.comparisons} == {0.005}
    assert {claim.seeds for claim in claims.comparisons} == {tuple(range(8))}
    assert (claims.digest, claims.answer) == (hashlib.sha256(text).hexdigest(), "the answer")
    assert (claims.metric, claims.split, claims.direction) == ("accuracy", Split.TEST, Direction.MAXIMIZE)
    assert (claims.family, claims.planned, claims.complete) == (3, 32, 32)


def test_a_claim_names_the_seeds_that_it_rests_on(synthetic: Maker) -> None:
    store = synthetic(SMALL, seeds=3)
    first = store.records[0].model_copy(update={"status": TrialStatus.PLANNED, "scores": {}})
    _, claims, _ = found_in(replace(store, records=(first, *store.records[1:])))
    assert (claims.planned, claims.complete) == (12, 11)
    lacking = [claim for claim in claims.comparisons if first.combination in (claim.combination, claim.baseline)]
    assert lacking
    assert {(claim.seeds, claim.n) for claim in lacking} == {((1, 2), 2)}


def test_a_study_without_any_number_claims_nothing_of_its_combinations(synthetic: Maker) -> None:
    store = synthetic(SMALL, seeds=2)
    unrun = tuple(trial.model_copy(update={"status": TrialStatus.PLANNED, "scores": {}}) for trial in store.records)
    _, claims, _ = found_in(replace(store, records=unrun))
    assert claims.complete == 0
    assert {(claim.difference, claim.n, claim.verdict.value) for claim in claims.comparisons} <= {
        (None, 0, "undecided")
    }
