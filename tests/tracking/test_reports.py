"""What reports claimed is kept as it was said, once for each content."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from ablate.errors import TrackingError
from ablate.specs import Direction, Plan, Split
from ablate.stats import Verdict
from ablate.tracking.claims import Claim, ClaimedVerdict, ClaimKind, Claims
from ablate.tracking.store import Store

STUDY = "windows"
WRITTEN = 1_800_000_000.125


@pytest.fixture
def claims(plan: Plan) -> Claims:
    """A comparison with the baseline, one that nothing is known of, and a switch of the first factor."""
    first, second, third = (combination.hash for combination in plan.combinations[:3])
    known = Claim(
        kind=ClaimKind.BASELINE,
        factor=None,
        combination=second,
        baseline=first,
        difference=-0.012345678901,
        low=-0.02,
        high=-0.004,
        sign_flip_p=0.0078125,
        adjusted_p=0.015625,
        n=2,
        seeds=(0, 4),
        verdict=ClaimedVerdict.WORSE,
        margin=0.005,
    )
    names = ("difference", "low", "high", "sign_flip_p", "adjusted_p", "margin")
    nothing = {**dict.fromkeys(names), "n": 0, "seeds": (), "verdict": ClaimedVerdict.UNDECIDED}
    return Claims(
        digest="a" * 64,
        question="Does a wider window help? 窓",
        metric="accuracy",
        split=Split.TEST,
        direction=Direction.MAXIMIZE,
        family=2,
        planned=12,
        complete=4,
        answer="No.",
        comparisons=(
            known,
            known.model_copy(update={"combination": third, **nothing}),
            known.model_copy(update={"kind": ClaimKind.SWITCH, "factor": "model.layer.window"}),
        ),
    )


def count(url: str, table: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        number = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    engine.dispose()
    return int(number)


def test_claims_are_read_back_as_they_were_made(store: Store, claims: Claims) -> None:
    assert store.record_report(STUDY, claims, WRITTEN, "0.1.0")
    (report,) = store.reports(STUDY)
    assert (report.written, report.version, report.claims) == (WRITTEN, "0.1.0", claims)


def test_the_same_content_is_one_row_that_stays_as_it_was_first_written(store: Store, claims: Claims, url: str) -> None:
    store.record_report(STUDY, claims, WRITTEN, "0.1.0")
    assert not store.record_report(STUDY, claims, WRITTEN + 5, "0.2.0")
    (report,) = store.reports(STUDY)
    assert (report.written, report.version) == (WRITTEN, "0.1.0")
    assert (count(url, "reports"), count(url, "comparisons")) == (1, 3)


def test_other_content_is_another_row_and_the_old_claims_stay_whatever_the_plan_is_by_then(
    store: Store, claims: Claims, make_plan: Any
) -> None:
    store.record_report(STUDY, claims, WRITTEN, "0.1.0")
    store.record_plan(make_plan(windows=(3,)))
    later = claims.model_copy(update={"digest": "b" * 64, "answer": "Yes.", "comparisons": ()})
    store.record_report(STUDY, later, WRITTEN - 5, "0.2.0")
    assert [report.claims for report in store.reports(STUDY)] == [later, claims], "the oldest first"


def test_the_same_content_of_two_studies_is_two_reports(store: Store, claims: Claims, make_plan: Any) -> None:
    store.record_plan(make_plan(name="other"))
    for study in (STUDY, "other"):
        assert store.record_report(study, claims, WRITTEN, "0.1.0")
    assert [len(store.reports(study)) for study in (STUDY, "other")] == [1, 1]


@pytest.mark.parametrize(("field", "name"), [("combination", "f" * 16), ("baseline", "g"), ("factor", "model.wndow")])
def test_a_report_of_what_the_study_never_had_is_refused_whole(
    store: Store, claims: Claims, url: str, field: str, name: str
) -> None:
    wrong = claims.comparisons[0].model_copy(update={field: name})
    with pytest.raises(TrackingError, match=rf"study windows has no {name}, of which its report speaks"):
        store.record_report(STUDY, claims.model_copy(update={"comparisons": (wrong,)}), WRITTEN, "0.1.0")
    assert (count(url, "reports"), store.reports(STUDY)) == (0, ())


def test_a_report_of_an_unknown_study_is_refused(store: Store, claims: Claims) -> None:
    with pytest.raises(TrackingError, match="did you mean windows"):
        store.record_report("window", claims, WRITTEN, "0.1.0")


def test_verdicts_are_the_words_of_the_statistics() -> None:
    assert {verdict.value for verdict in ClaimedVerdict} == {verdict.value for verdict in Verdict}


@pytest.mark.parametrize(("column", "value"), [("verdict", "'nearly'"), ("kind", "'guess'"), ("baseline_id", "999")])
def test_the_database_itself_refuses_what_is_no_claim(
    store: Store, claims: Claims, url: str, column: str, value: str
) -> None:
    store.record_report(STUDY, claims, WRITTEN, "0.1.0")
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA foreign_keys = ON"))
        with pytest.raises(IntegrityError, match="constraint"):
            connection.execute(text(f"UPDATE comparisons SET {column} = {value}"))
    engine.dispose()
