"""What a check makes of probes: findings, switches that do nothing, and how long the study will take."""

import pytest
from probed import ScriptedProber, make_check, make_probe

from ablate.errors import WorkspaceError
from ablate.preflight.check import check_study, keep_check, read_check
from ablate.preflight.estimate import count_remaining, estimate, trial_seconds
from ablate.preflight.placement import CONTEXT_BYTES, MOST_TRIALS, placement, trials_per_gpu
from ablate.preflight.switches import find_idle
from ablate.specs import (
    Choice,
    Configuration,
    DataSpec,
    Device,
    Factor,
    Failure,
    Level,
    ModelSpec,
    Range,
    Resources,
    Split,
    StudySpec,
    TrainingSpec,
    Tune,
)
from ablate.specs.probe import Checked, Machine
from ablate.study.design import plan
from ablate.tracking.records import TrialRecord, TrialStatus

GIB = 2**30
GPU = Machine(processor="a processor", cores=16, gpu="a GPU", gpus=2, gpu_memory_bytes=80 * GIB)


def factor(name, *values):
    return Factor(name=name, levels=tuple(Level(label=str(value), settings={name: value}) for value in values))


def study(*factors, seeds=(3, 4), epochs=2, **changed):
    return StudySpec(
        name="s",
        question="?",
        base=Configuration(
            model=ModelSpec(widths=(8,), depths=(1,)),
            data=DataSpec(training_images=50),
            training=TrainingSpec(epochs=epochs, warmup_epochs=0),
        ),
        factors=factors,
        baseline={item.name: item.levels[0].label for item in factors},
        seeds=seeds,
        **changed,
    )


WIDTHS = factor("model.widths", [8], [12], [13])
RATES = factor("training.learning_rate", 0.1, 0.2)


def checked(choice: Choice, fingerprint):
    probe = None if fingerprint is None else make_probe(fingerprint=fingerprint)
    return Checked(combination=str(choice), choice=choice, probe=probe)


def test_every_combination_is_probed_with_the_first_seed_and_failures_are_findings():
    planned, prober, heard = plan(study(WIDTHS)), ScriptedProber(), []
    found = check_study(planned, prober, heard.append)
    assert [seed for _, seed in prober.probed] == [3, 3, 3]
    assert [item.combination for item in found.combinations] == [item.hash for item in planned.combinations]
    assert [item.failure.message if item.failure else None for item in found.combinations] == [None, None, "thirteen"]
    assert heard == [0, 1, 2]
    assert (found.slots, found.threads) == (2, 1)


def test_a_switch_that_changed_nothing_is_found_and_one_that_did_is_not():
    found = check_study(plan(study(RATES, factor("training.epochs", 2, 3))), ScriptedProber(), lambda _: None)
    (switch,) = found.idle
    assert switch.factor == "training.learning_rate"
    assert switch.levels == ("0.1", "0.2")
    assert switch.is_everywhere
    assert switch.others == ({"training.epochs": "2"}, {"training.epochs": "3"})


def test_a_switch_is_named_where_it_does_nothing_alone():
    a, b = factor("a", 1, 2, 3), factor("b", 1, 2)
    prints = {("1", "1"): "p", ("2", "1"): "p", ("3", "1"): "q", ("1", "2"): "r", ("2", "2"): "s", ("3", "2"): "s"}
    found = find_idle([a, b], [checked({"a": x, "b": y}, text) for (x, y), text in prints.items()])
    assert [(item.factor, item.levels, item.others, item.is_everywhere) for item in found] == [
        ("a", ("1", "2"), ({"b": "1"},), False),
        ("a", ("2", "3"), ({"b": "2"},), False),
    ]


def test_combinations_that_differ_in_more_than_one_factor_or_could_not_run_are_no_pair():
    a, b = factor("a", 1, 2), factor("b", 1, 2)
    apart = [checked({"a": "1", "b": "1"}, "p"), checked({"a": "2", "b": "2"}, "p")]
    assert find_idle([a, b], apart) == ()
    failed = [checked({"a": "1", "b": "1"}, None), checked({"a": "2", "b": "1"}, None)]
    assert find_idle([a, b], failed) == ()


def test_the_seconds_of_a_trial_are_start_up_steps_validation_and_test():
    # 2 + 4 epochs x 3 steps x 0.5 + (4 x 180 validation + 540 test images) x 0.001
    assert trial_seconds(Configuration(training=TrainingSpec(epochs=4)), make_probe()) == pytest.approx(2 + 6 + 1.26)


def test_images_that_only_the_files_tell_are_those_that_the_probe_counted():
    data = DataSpec(name="folder:x", image_size=8, classes=10)
    configuration = Configuration(data=data, training=TrainingSpec(epochs=4))
    counted = make_probe(images={Split.TRAIN: 1, Split.VALIDATION: 50, Split.TEST: 300})
    assert trial_seconds(configuration, counted) == pytest.approx(2 + 6 + 0.5)
    assert trial_seconds(configuration, make_probe()) == pytest.approx(2 + 6)


def test_the_estimate_is_that_of_slots_that_take_the_next_trial_as_they_are_free():
    planned = plan(study(RATES, seeds=(0, 1, 2)))
    none = {"seconds_per_step": 0.0, "seconds_per_image": 0.0}
    check = make_check(planned, [make_probe(startup_seconds=s, **none) for s in (10, 4)], slots=2, threads=3)
    left = estimate(planned, check, count_remaining(planned, ()))
    # slots: 10 + 10 | 10 + 4 + 4 seconds, and another 4 where there is room first
    assert (left.trials, left.wall_seconds) == (6, 22)
    assert left.device_hours == pytest.approx((30 + 12) * 3 / 3600)
    assert left.device is Device.CPU


def test_gpu_hours_count_each_gpu_once_however_many_trials_share_it():
    planned = plan(study(RATES, seeds=(0, 1)))
    probe = make_probe(startup_seconds=3600, seconds_per_step=0.0, seconds_per_image=0.0)
    left = estimate(planned, make_check(planned, [probe] * 2, GPU, slots=4), count_remaining(planned, ()))
    assert (left.wall_seconds, left.device_hours, left.device) == (3600, 2, Device.CUDA)


def test_what_cannot_run_counts_nothing():
    planned = plan(study(RATES, seeds=(0, 1)))
    check = make_check(planned, [make_probe(), Failure(kind="InputError", message="no")])
    assert estimate(planned, check, count_remaining(planned, ())).trials == 2


def record(planned, place, seed, status, tuning=0):
    name = f"{place}-{seed}-{tuning}"
    return TrialRecord(
        name=name, combination=planned.combinations[place].hash, seed=seed, status=status, attempts=1, tuning=tuning
    )


def test_only_trials_that_are_not_over_are_left():
    planned = plan(study(RATES))
    records = [
        record(planned, 0, 3, TrialStatus.COMPLETE),
        record(planned, 0, 4, TrialStatus.FAILED),
        record(planned, 1, 3, TrialStatus.RUNNING),
        record(planned, 1, 99, TrialStatus.COMPLETE),
    ]
    assert [count_remaining(planned, records)[item.hash] for item in planned.combinations] == [0, 2]


def test_tuning_trials_are_left_too():
    tune = Tune(settings={"training.weight_decay": Range(low=0.0, high=0.1)}, trials=5)
    planned = plan(study(RATES, tune=tune))
    records = [
        record(planned, 0, 0, TrialStatus.COMPLETE, tuning=1),
        record(planned, 0, 0, TrialStatus.PRUNED, tuning=2),
        record(planned, 1, 0, TrialStatus.PLANNED, tuning=1),
    ]
    assert [count_remaining(planned, records)[item.hash] for item in planned.combinations] == [5, 7]


def test_trials_share_a_gpu_by_the_largest_of_them_with_a_margin_and_a_context_each():
    planned = plan(study(RATES))
    check = make_check(planned, [make_probe(reserved_bytes=4 * GIB), make_probe(reserved_bytes=8 * GIB)], GPU)
    each = 8 * GIB * 1.25 + CONTEXT_BYTES
    assert trials_per_gpu(check, 80 * GIB, cores=16) == 7 == int(80 * GIB / each)
    assert trials_per_gpu(check, int(each * 2), cores=16) == 2
    assert trials_per_gpu(check, int(each * 2) - 1, cores=16) == 1
    assert trials_per_gpu(check, GIB, cores=16) == 1
    assert trials_per_gpu(check, 80 * GIB, cores=3) == 3
    assert trials_per_gpu(check, 8000 * GIB, cores=64) == MOST_TRIALS
    nothing = make_check(planned, [Failure(kind="OutOfMemory", message="no")] * 2, GPU)
    assert trials_per_gpu(nothing, 80 * GIB, cores=16) == 1
    untold = make_check(planned, [make_probe(memory_bytes=None, reserved_bytes=None)] * 2, GPU)
    assert trials_per_gpu(untold, 80 * GIB, cores=16) == 1


def test_a_run_places_several_trials_on_a_gpu_after_a_check_of_all_its_combinations_alone():
    planned = plan(study(RATES))
    probes = [make_probe(reserved_bytes=8 * GIB)] * 2
    check = make_check(planned, probes, GPU)
    assert placement(planned, check) == 7
    assert placement(planned, None) == 1
    assert placement(planned, make_check(planned, probes)) == 1
    assert placement(planned, make_check(planned, [probes[0], Failure(kind="Killed", message="no")], GPU)) == 1
    assert placement(plan(study(factor("training.learning_rate", 0.1, 0.2, 0.3))), check) == 1
    fixed = study(RATES, resources=Resources(gpus_per_trial=1))
    assert placement(plan(fixed), check) == 1
    few_cores = GPU.model_copy(update={"cores": 6})
    assert placement(planned, make_check(planned, probes, few_cores)) == 3


def test_a_check_is_kept_and_read_back(tmp_path):
    path = tmp_path / "runs" / "s" / "check.json"
    assert read_check(path) is None
    check = check_study(plan(study(WIDTHS)), ScriptedProber(), lambda _: None)
    keep_check(path, check)
    assert read_check(path) == check
    path.write_text("{}")
    with pytest.raises(WorkspaceError, match=r"check.json: expected what a check found.*remove it, and check again"):
        read_check(path)
