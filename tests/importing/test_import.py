"""Runs that were made elsewhere become a study: whole, once, and only what is known."""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace

import pytest
from tables import ROWS, WANTED

from ablate.errors import AblateError, InputError, TrackingError
from ablate.importing import import_runs, read_file
from ablate.importing.sheet import Point
from ablate.reporting.inference import find
from ablate.specs import Design, Direction, Plan, Split, StudySpec
from ablate.tracking.records import AttemptStatus, TrialStatus


def counts(store):
    return {status: number for status, number in store.progress("mine").items() if number}


def values(store):
    return {trial.name: trial.scores.get(Split.UNSPECIFIED, {}).get("acc") for trial in store.trials("mine")}


def test_every_combination_and_seed_is_a_trial_with_its_number(import_table, store):
    account = import_table(*ROWS)
    plan = store.plan("mine")
    assert plan == account.plan
    assert [combination.label() for combination in plan.combinations] == [
        "adam · 0.01",
        "adam · 0.1",
        "sgd · 0.01",
        "sgd · 0.1",
    ]
    assert [combination.label() for combination in plan.combinations if combination.is_baseline] == ["adam · 0.1"]
    assert (plan.study.seeds, plan.study.design) == ((0, 1), Design.FACTORIAL)
    assert [trial.scores[Split.UNSPECIFIED]["acc"] for trial in store.trials("mine")] == [
        0.95, 0.96, 0.91, 0.93, 0.84, 0.88, 0.81, 0.82,
    ]  # fmt: skip
    assert counts(store) == {TrialStatus.COMPLETE: 8}
    assert (account.entered.added, account.entered.known) == (8, 0)


def test_what_is_not_known_is_not_made_up(import_table, store):
    import_table(*ROWS)
    plan = store.plan("mine")
    assert plan.study.base is None
    with pytest.raises(InputError, match="its configuration is not known and it cannot be run"):
        _ = plan.combinations[0].resolved
    (trial, *_), (attempt, *_) = store.trials("mine"), store.attempts("mine")
    assert (trial.costs, trial.training_seconds, trial.environment, trial.splits) == (None, None, None, {})
    assert (attempt.executor, attempt.started, attempt.ended, attempt.threads) == ("import", 0.0, None, 0)


def test_the_source_is_recorded_by_name_content_and_columns(import_table, store, tmp_path):
    import_table(*ROWS)
    source = store.spec("mine").source
    assert (source.kind, source.place, len(source.digest)) == ("csv", "runs.csv", 64)
    assert (source.columns.seed, source.columns.state) == ("seed", "state")
    assert str(tmp_path) not in store.spec("mine").model_dump_json()


def test_neither_the_order_of_rows_nor_of_columns_matters(import_table, store):
    import_table(*ROWS)
    before = values(store)
    order = [4, 2, 0, 1, 3]
    seed = random.randrange(10_000)
    print("seed", seed)  # noqa: T201 shown with a failure
    cells = [row.split(",") for row in random.Random(seed).sample(ROWS, len(ROWS))]
    header = ["optimizer", "lr", "seed", "acc", "state"]
    account = import_table(
        *(",".join(row[place] for place in order) for row in cells), header=",".join(header[place] for place in order)
    )
    assert account.entered.added == 0
    assert values(store) == before


def test_importing_again_changes_nothing_and_says_so(import_table, store):
    import_table(*ROWS)
    before = (store.plan("mine"), store.trials("mine"), store.attempts("mine"))
    account = import_table(*ROWS)
    assert (account.entered.added, account.entered.known) == (0, 8)
    assert (store.plan("mine"), store.trials("mine"), store.attempts("mine")) == before


def test_a_source_that_has_grown_adds_what_is_new(import_table, store):
    import_table(*ROWS)
    account = import_table(*ROWS, "lion,0.1,2,0.97,finished")
    assert (account.entered.added, account.entered.known) == (1, 8)
    assert counts(store) == {TrialStatus.COMPLETE: 9, TrialStatus.PLANNED: 6}
    assert store.plan("mine").study.design is Design.LISTED


def test_a_seed_that_one_combination_lacks_is_missing_not_dropped(import_table, store):
    import_table(*ROWS[:-1])
    missing = [trial for trial in store.trials("mine") if trial.status is TrialStatus.PLANNED]
    assert [(trial.combination, trial.seed) for trial in missing] == [(store.plan("mine").combinations[2].hash, 1)]
    findings = find(store.plan("mine"), store.trials("mine"))
    assert [finding.mean.missing for finding in findings.findings] == [(), (), (1,), ()]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [*ROWS[:-1], "sgd,0.01,1,0.89,finished"],
            "study mine: 1 of its complete trials with another acc in runs.csv (sgd · 0.01 · seed 1: 0.88, now 0.89): "
            "a complete trial keeps its numbers, so nothing was changed; import under another --name",
        ),
        (
            [*ROWS[:-1], "sgd,0.01,1,,failed"],
            "study mine: 1 of its complete trials with another acc in runs.csv (sgd · 0.01 · seed 1: 0.88, now no ",
        ),
        (
            ROWS[:-2],
            "study mine: 2 of its complete trials not in runs.csv any more (sgd · 0.01 · seed 0; sgd · 0.01 · seed 1): "
            "nothing was changed; import all runs, or those that are there now under another --name",
        ),
    ],
)
def test_a_complete_trial_keeps_its_number_for_ever(import_table, store, rows, message):
    import_table(*ROWS)
    before = (store.plan("mine"), store.trials("mine"), store.attempts("mine"))
    with pytest.raises(TrackingError, match=re.escape(message)):
        import_table(*rows)
    assert (store.plan("mine"), store.trials("mine"), store.attempts("mine")) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"direction": Direction.MINIMIZE}, "with objective maximize acc, now minimize acc is asked for"),
        ({"factors": ("optimizer", "lr", "state"), "baseline": ()}, "with factors lr, optimizer, now lr, optimizer, s"),
    ],
)
def test_a_known_study_is_not_asked_other_questions(import_table, change, message):
    import_table(*ROWS)
    with pytest.raises(TrackingError, match=message):
        import_table(*ROWS, request=replace(WANTED, state=None, **change))


def test_the_baseline_may_be_another_or_none(import_table, store):
    import_table(*ROWS, request=replace(WANTED, baseline=()))
    assert not any(combination.is_baseline for combination in store.plan("mine").combinations)
    import_table(*ROWS, request=replace(WANTED, baseline=("lr=1e-1", "optimizer=sgd")))
    assert [c.label() for c in store.plan("mine").combinations if c.is_baseline] == ["sgd · 0.1"]


def test_failed_runs_beside_a_finished_one_are_earlier_attempts(import_table, store):
    rows = ("adam,0.1,0,0.91,finished", "adam,0.1,0,0.2,crashed", "adam,0.1,0,,killed")
    import_table(*rows)
    attempts = [(attempt.number, attempt.status) for attempt in store.attempts("mine")]
    assert attempts == [(1, AttemptStatus.FAILED), (2, AttemptStatus.FAILED), (3, AttemptStatus.COMPLETE)]
    assert list(values(store).values()) == [0.91]
    import_table(*rows)
    import_table(*rows, "adam,0.1,0,,failed")
    assert len(store.attempts("mine")) == 3


def test_a_failed_run_is_missing_data_with_its_reason(import_table, store):
    import_table(*ROWS[:-1], "sgd,0.01,1,0.88,Crashed")
    (failed,) = [trial for trial in store.trials("mine") if trial.status is TrialStatus.FAILED]
    assert (failed.scores, failed.failure.message) == ({}, "crashed, says row 9")


def test_a_run_that_goes_on_ends_as_the_source_says_later(import_table, store):
    import_table("adam,0.1,0,0.5,running", "adam,0.1,1,,running")
    assert counts(store) == {TrialStatus.RUNNING: 2}
    assert import_table("adam,0.1,0,0.6,running", "adam,0.1,1,,running").entered.added == 0
    import_table("adam,0.1,0,0.91,finished", "adam,0.1,1,,failed")
    assert counts(store) == {TrialStatus.COMPLETE: 1, TrialStatus.FAILED: 1}
    import_table("adam,0.1,0,0.91,finished", "adam,0.1,1,,failed", "adam,0.1,1,0.7,finished")
    assert list(values(store).values()) == [0.91, 0.7]
    assert [(a.number, a.status.value) for a in store.attempts("mine")] == [
        (1, "complete"),
        (1, "failed"),
        (2, "complete"),
    ]


def test_a_column_that_can_only_be_a_state_is_read_as_one_unasked(import_table, store):
    unasked = replace(WANTED, state=None)
    rows = ("adam,0.1,0,0.91,finished", "adam,0.1,1,0.5,crashed")
    account = import_table(*rows, header="optimizer,lr,seed,acc,Status", request=unasked)
    assert counts(store) == {TrialStatus.COMPLETE: 1, TrialStatus.FAILED: 1}
    assert account.plan.study.source.columns.state == "Status"


@pytest.mark.parametrize("header", ["optimizer,lr,seed,acc,ending", "state,lr,seed,acc,note"])
def test_no_other_column_is_taken_for_a_state(import_table, store, header):
    request = replace(WANTED, state=None, factors=(header.split(",")[0], "lr"), baseline=())
    import_table("finished,0.1,0,0.91,finished", "finished,0.1,1,0.5,crashed", header=header, request=request)
    assert counts(store) == {TrialStatus.COMPLETE: 2}


def test_without_states_a_run_without_an_objective_has_failed_until_it_has_one(import_table, store):
    header, request = "optimizer,lr,seed,acc", replace(WANTED, state=None)
    import_table("adam,0.1,0,", "adam,0.1,1,nan", header=header, request=request)
    assert counts(store) == {TrialStatus.COMPLETE: 1, TrialStatus.FAILED: 1}
    assert [math.isnan(value) for value in values(store).values() if value is not None] == [True]
    import_table("adam,0.1,0,0.5", "adam,0.1,1,NaN", header=header, request=request)
    assert counts(store) == {TrialStatus.COMPLETE: 2}


def test_a_finished_run_without_an_objective_is_complete_and_not_finite(import_table, store):
    import_table("adam,0.1,0,,finished", "adam,0.1,1,inf,finished")
    assert counts(store) == {TrialStatus.COMPLETE: 2}
    assert [o.value for o in find(store.plan("mine"), store.trials("mine")).outcomes] == [None, None]


def test_only_runs_that_meet_the_conditions_are_read(import_table, store):
    account = import_table(*ROWS, request=replace(WANTED, conditions=("lr=.1", "state=finished")))
    assert [c.label() for c in store.plan("mine").combinations] == ["adam · 0.1", "sgd · 0.1"]
    assert account.skipped == {"other than --where asks for": 4}
    assert store.spec("mine").source.columns.conditions == {"lr": ".1", "state": "finished"}


def test_rows_that_are_no_run_of_the_study_are_left_out_and_counted(import_table):
    account = import_table(*ROWS, ",,,,finished", "adam,,0,,failed", "adam,0.1,,,running")
    assert account.skipped == {
        "without any of optimizer, lr, seed and acc": 1,
        "unfinished and without lr": 1,
        "unfinished and without seed": 1,
    }


def test_one_number_in_two_spellings_is_one_level_and_is_said(import_table, store):
    account = import_table(*ROWS, "adam,1e-1,2,0.9,finished")
    assert account.notes == ("lr: 0.1, 1e-1 are the same number, one level",)
    assert len(store.plan("mine").combinations) == 4


def test_costs_and_further_metrics_are_kept_where_they_are_asked_for(import_table, store):
    header = "optimizer,lr,seed,acc,n,time,f1"
    asked = replace(WANTED, state=None, parameters="n", training_seconds="time", metrics=("f1", "acc"))
    import_table("adam,0.1,0,0.9,24000.0,12.5,0.8", "adam,0.1,1,0.9,,,", header=header, request=asked)
    first, second = store.trials("mine")
    assert (first.costs.parameters, first.costs.macs, first.training_seconds) == (24000, None, 12.5)
    assert first.scores == {Split.UNSPECIFIED: {"acc": 0.9, "f1": 0.8}}
    assert (second.costs, second.training_seconds) == (None, None)


WRONG = {
    "two rows of one trial": (
        ["adam,0.1,0,0.9,finished", "adam,0.10,0,0.9,finished"],
        {},
        "runs.csv: row 2 and row 3 are the same trial (optimizer=adam, lr=0.1, seed 0), and nothing is counted twice",
    ),
    "a running run beside a finished one": (
        ["adam,0.1,0,0.9,finished", "adam,0.1,0,0.9,running"],
        {},
        "row 2 and row 3 are the same trial",
    ),
    "no level": (
        ["adam,,0,0.9,finished", "adam,NaN,1,0.9,finished", "adam,0.1,2,0.9,finished"],
        {},
        "runs.csv: --factor lr: row 2 and row 3 have no value: fill it in, or pick runs by --where COLUMN=VALUE",
    ),
    "no seed": (["adam,0.1,,0.9,finished"], {}, "runs.csv: --seed seed: row 2 has no value"),
    "a seed that is no number": (
        ["adam,0.1,x,0.9,finished"],
        {},
        "runs.csv: row 2: --seed seed: expected a whole number from 0, got x",
    ),
    "a negative seed": (["adam,0.1,-1,0.9,finished"], {}, "expected a whole number from 0, got -1"),
    "a seed that no database holds": (["adam,0.1,9223372036854775808,0.9,finished"], {}, "expected a whole number"),
    "half a seed": (["adam,0.1,0.5,0.9,finished"], {}, "expected a whole number from 0, got 0.5"),
    "an objective that is no number": (
        ["adam,0.1,0,good,finished"],
        {},
        "runs.csv: row 2: --maximize acc: expected a number, got good",
    ),
    "a state that nobody knows": (["adam,0.1,0,0.9,odd"], {}, "runs.csv: row 2: state: expected finished, failed or r"),
    "an unknown column": (ROWS, {"objective": "acd"}, "--maximize acd: runs.csv has no such column: did you mean acc?"),
    "a column unlike any": (
        ROWS,
        {"seed": "zzz"},
        "--seed zzz: runs.csv has no such column: it has optimizer, lr, seed, acc, state",
    ),
    "a factor that is the seed": (ROWS, {"factors": ("seed",)}, "--factor seed: is --seed too: a seed is a replicate"),
    "a factor that is measured": (ROWS, {"factors": ("acc",)}, "--factor acc: is --maximize too"),
    "a factor twice": (ROWS, {"factors": ("lr", "lr")}, "--factor lr: given twice"),
    "a factor called seed": (ROWS, {"factors": ("seed",), "seed": "lr"}, "--factor seed: that is the name of the seed"),
    "a seed that is measured": (ROWS, {"seed": "acc"}, "--seed acc: is --maximize too"),
    "no factor": (ROWS, {"factors": ()}, "--factor: expected at least one column"),
    "half a baseline": (
        ROWS,
        {"baseline": ("lr=0.1",)},
        "--baseline: a level of every factor is needed: add --baseline optimizer=...",
    ),
    "a baseline's unknown level": (
        ROWS,
        {"baseline": ("optimizer=adm",)},
        "--baseline optimizer=adm: no run has this level: did you mean adam?",
    ),
    "a baseline twice": (ROWS, {"baseline": ("lr=0.1", "lr=0.1")}, "--baseline lr=0.1: lr is given twice"),
    "a baseline without a run": (
        ROWS[:-2],
        {"baseline": ("optimizer=sgd", "lr=0.01")},
        "--baseline: no run has the combination sgd · 0.01",
    ),
    "a baseline without a value": (
        ROWS,
        {"baseline": ("lr",)},
        "--baseline lr: expected COLUMN=VALUE with one of optimizer, lr",
    ),
    "a condition on no column": (ROWS, {"conditions": ("lrr=1",)}, "--where lrr=1: expected COLUMN=VALUE with one of"),
    "conditions that exclude each other": (ROWS, {"conditions": ("lr=1", "lr=2")}, "--where lr=2: lr is given twice"),
    "conditions that nothing meets": (
        ROWS,
        {"conditions": ("lr=7",)},
        "runs.csv: no run is left to import: 8 other than --where asks for",
    ),
    "a bad name": (ROWS, {"name": "My runs"}, "did you mean my-runs?"),
    "a margin that is none": (ROWS, {"equivalence": 0.0}, "--equivalence 0: expected a positive number"),
    "a bad unit": (ROWS, {"unit": " "}, "--unit ' ': expected 1 to 16 characters"),
    "costs that depend on the seed": (
        ROWS,
        {"parameters": "seed"},
        "--parameters seed: seeds of one combination have 0 and 1",
    ),
    "costs that are no count": (
        ROWS,
        {"macs": "acc"},
        "runs.csv: row 2: --macs acc: expected a whole number, got 0.91",
    ),
    "less than no time": (
        ["adam,0.1,0,-1,finished"],
        {"training_seconds": "acc"},
        "row 2: --training-seconds acc: expected seconds, got -1",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_read_is_refused_in_one_line_and_nothing_is_entered(import_table, store, name):
    rows, change, message = WRONG[name]
    with pytest.raises(AblateError, match=re.escape(message)) as caught:
        import_table(*rows, request=replace(WANTED, **{"baseline": (), **change}))
    assert "\n" not in str(caught.value)
    assert store.study_names() == ()


def test_a_name_that_is_too_long_for_a_metric_is_refused(import_table):
    with pytest.raises(InputError, match="expected a name of at most 64 characters"):
        import_table(
            "a,1,0,0.9", header=f"optimizer,lr,seed,{'x' * 65}", request=replace(WANTED, objective="x" * 65, state=None)
        )


def test_an_equals_sign_may_stand_in_a_columns_name(store, write_table):
    path = write_table("3,0,0.9", header="a=b,seed,acc")
    asked = replace(WANTED, factors=("a=b",), baseline=("a=b=3.0",), state=None)
    assert import_runs(read_file(path), asked, store).plan.study.baseline == {"a=b": "3"}


def test_a_metric_with_a_longer_history_hides_no_objective(store, write_table):
    sheet = read_file(write_table("adam,0.1,0,0.9,0.8", header="optimizer,lr,seed,acc,f1"))
    curve = (Point(0, 0.1, 1.0), Point(7, 0.8, 2.0))
    longer = replace(sheet, history=lambda _, column: curve if column == "f1" else ())
    import_runs(longer, replace(WANTED, state=None, metrics=("f1",)), store)
    assert store.trials("mine")[0].scores == {Split.UNSPECIFIED: {"acc": 0.9, "f1": 0.8}}


def test_a_study_is_run_here_or_imported_never_both(import_table, store):
    study = StudySpec(name="here", question="Why?", factors=(), baseline={}, seeds=(0,))
    store.record_plan(Plan(study=study, combinations=()))
    with pytest.raises(TrackingError, match="study here is one that is run here: import under another --name"):
        import_table(*ROWS, request=replace(WANTED, name="here"))
    import_table(*ROWS)
    own = Plan(study=study.model_copy(update={"name": "mine"}), combinations=())
    for run in (lambda: store.record_plan(own), lambda: store.reset_failed("mine")):
        with pytest.raises(
            TrackingError, match=r"study mine was imported from runs\.csv, so nothing can be run for it"
        ):
            run()
    assert counts(store) == {TrialStatus.COMPLETE: 8}
