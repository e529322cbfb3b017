"""The frames of a study: typed, tidy, whole, and the report's own numbers."""

import made_up_study
import numpy as np
import pandas as pd
import pytest

import ablate
from ablate.frames.names import COMPARISON
from ablate.importing import Request, import_runs, read_file
from ablate.reporting.inference import find
from ablate.reporting.record import combination_records, record, switch_record
from ablate.reporting.sheets import flat_combination
from ablate.specs import Direction, Measures, Split
from ablate.tracking.store import Store


def test_every_planned_trial_is_a_row_in_the_order_of_the_plan(results):
    trials = results.trials
    assert list(trials["seed"]) == [0, 1, 2] * 8
    assert list(trials["hash"]) == [c.hash for c in results.plan.combinations for _ in range(3)]
    assert list(trials["status"][:4]) == ["complete", "failed", "planned", "complete"]
    assert list(trials["trial"][:2]) == [f"{trials['hash'][0]}-s0", f"{trials['hash'][0]}-s1"]


def test_factors_are_numbers_truths_and_names_in_the_order_of_their_levels(results):
    for frame in (results.trials, results.curves, results.comparisons):
        kinds = frame.dtypes
        assert list(frame.columns[:5]) == ["sharing", "bias", "learning_rate", "combination", "hash"]
        assert (kinds["bias"], kinds["learning_rate"]) == (np.dtype(bool), np.dtype(float))
        assert list(frame["sharing"].cat.categories) == ["spatial", "head"]
        assert list(frame["combination"].cat.categories) == [c.label() for c in results.plan.combinations]
    assert list(results.trials["learning_rate"][::3]) == [0.001, 0.01] * 4
    assert list(results.trials["bias"][::6]) == [False, True] * 2


def test_what_is_missing_is_a_row_with_nothing_in_it(results):
    trials = results.trials
    assert list(trials["test_accuracy"].isna()) == [place in (1, 2) for place in range(24)]
    assert list(trials["attempts"][:4]) == [1, 1, 0, 1]
    assert trials["failure"][1] == "Diverged: =1+1, loss is nan"
    assert trials["failure"].isna().sum() == 23
    for column in ("parameters", "macs", "peak_memory_bytes", "accepted_attempt"):
        assert trials[column].dtype == "Int64"
        assert list(trials[column].isna()[:4]) == [False, True, True, False]
    assert trials["macs"][23] == 2**40 + 23
    assert trials["commit"].isna().sum() == 2


def test_measures_are_numbers_truths_and_names_where_they_are_known(results):
    trials = results.trials
    assert {name: str(trials[name].dtype) for name in Measures.model_fields} == {
        **dict.fromkeys(Measures.model_fields, "float64"),
        **dict.fromkeys(("inference_batch", "micro_batch", "micro_batch_planned", "memory_halvings"), "Int64"),
        "energy_source": "str",
        "has_batch_norm": "boolean",
    }
    assert list(trials["training_images_per_second"].isna()[:4]) == [False, True, True, False]
    assert (trials["inference_batch"][0], trials["energy_source"][0]) == (64, "nvml")
    assert not trials["has_batch_norm"][0]
    assert trials["micro_batch"].isna().all()


def test_numbers_are_those_that_were_measured_to_the_bit(results):
    assert results.objective == "test_accuracy"
    for place in (0, 3, 23):
        row = results.trials.iloc[place]
        assert row["test_accuracy"] == made_up_study.value(place, Split.TEST, made_up_study.EPOCHS)
        assert row["validation_accuracy"] == made_up_study.value(place, Split.VALIDATION, made_up_study.EPOCHS)
        assert row["training_seconds"] == 1.5 + place


def test_curves_have_a_row_for_every_trial_split_and_step_and_a_column_for_every_metric(results):
    curves = results.curves
    assert len(curves) == 22 * 7
    assert not curves.duplicated(["hash", "seed", "split", "step"]).any()
    assert list(curves["split"].cat.categories) == ["train", "validation", "test"]
    last = results.plan.combinations[-1].hash
    for split, step in ((Split.TRAIN, 2), (Split.VALIDATION, 3), (Split.TEST, 3)):
        which = (curves["hash"] == last) & (curves["seed"] == 2) & (curves["split"] == split) & (curves["step"] == step)
        assert curves.loc[which, "accuracy"].item() == made_up_study.value(23, split, step)
        assert curves.loc[which, "loss"].item() == 1 / (step + 1)


def test_curves_plot_in_one_line(results, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    pytest.importorskip("matplotlib").use("Agg")
    validation = results.curves.query("split == 'validation'")
    axes = validation.pivot_table("accuracy", "step", "sharing", observed=True).plot()
    assert [line.get_label() for line in axes.lines] == ["spatial", "head"]
    assert len(axes.lines[0].get_ydata()) == made_up_study.EPOCHS
    results.trials.plot.scatter("parameters", "test_accuracy")  # with some of both missing


def test_comparisons_and_switches_are_what_the_report_says(results, place):
    with Store.open(f"sqlite:///{place / 'db' / 'ablate.db'}") as store:
        said = record(find(store.plan("small"), store.trials("small")), answer="", confounds=[])
    assert list(results.comparisons["hash"]) == [row["hash"] for row in said["combinations"]]
    for row, own in zip(said["combinations"], results.comparisons.to_dict("records"), strict=True):
        assert own["mean"] == row["mean"]
        if row["comparison"] is None:
            assert own["is_baseline"]
            assert pd.isna(own["verdict"])
            continue
        names = {"difference": "difference", "low": "difference_low", "adjusted_p": "adjusted_p", "n": "pairs"}
        found = {name: None if pd.isna(own[column]) else own[column] for name, column in names.items()}
        assert found == {name: row["comparison"][name] for name in names}
        assert own["verdict"] == row["comparison"]["verdict"]
    assert len(results.switches) == len(said["switches"]) == 12
    for row, own in zip(said["switches"], results.switches.to_dict("records"), strict=True):
        assert f"model.layer.{own['factor']}" == row["factor"] or f"training.{own['factor']}" == row["factor"]
        assert (own["start"], own["end"], own["difference"]) == (row["start"], row["end"], row["difference"])
        assert own["verdict"] == row["verdict"]


def test_every_field_of_the_report_has_its_column(results):
    rows = [flat_combination(row) for row in combination_records(results.findings)]
    assert {name for row in rows for name in row} == {*COMPARISON, "hash"}
    fields = {name for switch in results.findings.switches for name in switch_record(switch)} - {"seeds"}
    assert fields == set(results.switches.columns) - {"start_combination", "end_combination"}


def test_a_study_that_never_ran_has_all_its_columns(results, tmp_path):
    made_up_study.make(tmp_path, skipped=tuple(range(24)))
    blank = ablate.load("small", tmp_path)
    assert len(blank.trials) == 24
    assert blank.trials["test_accuracy"].isna().all()
    assert blank.curves.empty
    assert "accuracy" in blank.curves
    assert list(blank.comparisons.columns) == list(results.comparisons.columns)
    assert (blank.comparisons["verdict"].dropna() == "undecided").all()
    kinds = results.trials.dtypes
    assert all(kinds[name] == kind for name, kind in blank.trials.dtypes.items())


def test_tuning_trials_stand_apart_from_replicates(results, tmp_path):
    made_up_study.make(tmp_path, made_up_study.STUDY + made_up_study.TUNE)
    tuned = ablate.load("small", tmp_path)
    assert len(tuned.trials) == 24
    assert list(tuned.tuning["hash"]) == [combination.hash for combination in tuned.plan.combinations]
    assert list(tuned.tuning["tuning"]) == [1] * 8
    assert tuned.tuning["weight_decay"].dtype == np.dtype(float)
    assert tuned.tuning["validation_accuracy"][3] == made_up_study.value(3, Split.VALIDATION, made_up_study.EPOCHS)
    assert len(tuned.curves) == 24 * 7
    assert results.tuning.empty


def test_imported_runs_are_typed_and_no_column_hides_another(tmp_path):
    table = ["status,hash,lr,seed,accuracy,step,ünï"]
    table += [
        f"{'x' if n % 2 else '=y'},{n // 2 % 2},{lr},{n // 4},0.{n}5,{n},1e-3" for lr in ("0.1", "1") for n in range(8)
    ]
    (tmp_path / "runs.csv").write_text("\n".join(table))
    request = Request(
        name="mine",
        factors=("status", "hash", "lr"),
        seed="seed",
        objective="accuracy",
        direction=Direction.MAXIMIZE,
        metrics=("step", "ünï"),
    )
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        import_runs(read_file(tmp_path / "runs.csv"), request, store)
    results = ablate.load("mine", database=f"sqlite:///{tmp_path / 'a.db'}")
    trials = results.trials
    assert list(trials.columns[:3]) == ["factor_status", "factor_hash", "lr"]
    assert list(trials["factor_status"].cat.categories) == ["=y", "x"]
    assert (trials["factor_hash"].dtype, trials["lr"].dtype) == (np.dtype("int64"), np.dtype(float))
    assert (trials["status"] == "complete").all()
    assert results.objective == "accuracy"
    assert {"metric_step", "ünï"} <= set(trials.columns)
    assert set(trials["metric_step"]) == {float(n) for n in range(8)}
    assert trials.columns.is_unique
    assert len(results.curves) == 16
