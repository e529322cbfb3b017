"""What is said of two runs of a trial: one sentence, each metric that differs, and what they ran on."""

import math

import pytest
from made_up import DIVERGED, IMAGES, RECORDS, THEN, again, changed, original

from ablate.reproduction.compare import compare
from ablate.specs import Costs, Split
from ablate.tracking.records import TrialStatus

IDENTICAL = "identical: all 10 numbers are equal to the bit"


def said(first, second):
    verdict = compare(first, second)
    return verdict.is_identical, verdict.sentence(), list(verdict.lines())


def test_the_same_numbers_in_the_same_place_need_one_sentence():
    assert said(original(), again()) == (True, IDENTICAL, [])


def test_the_first_difference_is_named_and_each_metric_that_differs():
    is_identical, sentence, lines = said(original(), again(changed(2, 0.5 + 1.2e-7)))
    assert not is_identical
    assert sentence == "not identical: 1 of 10 numbers differ, first at epoch 2 (train loss, by 1.2e-7)"
    assert lines[0] == "  train loss: 1 of 2 differ, first at epoch 2, by 1.2e-7 at most"
    assert "not repeatable" in lines[1]
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("now", "sentence", "line"),
    [
        (changed(0, math.nan), "(train loss, 1 then, nan now)", "train loss: 1 of 2 differ, first at epoch 1"),
        (RECORDS[:4], "(test accuracy, missing now)", "test accuracy: missing now at epoch 2"),
        (RECORDS[1:], "(train accuracy, missing now)", "train loss: missing now at epoch 1"),
    ],
)
def test_what_is_missing_or_no_number_is_said_so(now, sentence, line):
    verdict = compare(original(), again(now))
    assert sentence in verdict.sentence()
    assert f"  {line}" in list(verdict.lines())


def test_numbers_that_are_there_now_and_were_not_are_missing_then():
    verdict = compare(original(records=RECORDS[:2]), again())
    assert "6 of 10 numbers differ, first at epoch 2 (train accuracy, missing then)" in verdict.sentence()


def test_a_failure_that_comes_again_is_identical_and_another_is_not():
    first = original(TrialStatus.FAILED, RECORDS[:2])
    kept = again(RECORDS[:2], failure=DIVERGED.model_copy(update={"traceback": "elsewhere"}))
    assert said(first, kept) == (
        True,
        "identical: failed (Diverged: the training loss is nan in epoch 2) again, all 4 numbers are equal to the bit",
        [],
    )
    later = again(RECORDS[:2], failure=DIVERGED.model_copy(update={"message": "the training loss is inf in epoch 2"}))
    assert "it ended failed (Diverged: the training loss is nan in epoch 2), now failed (" in said(first, later)[1]
    is_identical, sentence, _ = said(first, again(RECORDS))
    assert not is_identical
    assert sentence.endswith("is nan in epoch 2), now complete")


def test_a_failure_before_any_number_comes_again():
    sentence = compare(original(TrialStatus.FAILED, ()), again((), failure=DIVERGED)).sentence()
    assert sentence.endswith("again, before any number was measured")


def test_a_trial_that_was_cut_short_is_compared_as_far_as_it_came():
    first = original(TrialStatus.PRUNED, RECORDS[:3], environment=None, costs=None, splits={})
    assert said(first, again()) == (
        True,
        "identical: as far as the trial came before it was cut short, all 6 numbers are equal to the bit",
        [],
    )
    is_identical, _, lines = said(first, again(changed(2, 9.0)))
    assert not is_identical
    assert lines[-1].endswith("was not recorded, so that it cannot be compared")


def test_a_run_whose_process_died_is_not_identical():
    is_identical, sentence, lines = said(original(), again(RECORDS[:1], loss="its process was ended by SIGKILL"))
    assert not is_identical
    assert sentence.endswith("it ended complete, now lost (its process was ended by SIGKILL)")
    assert lines[-1].endswith("was not recorded, so that it cannot be compared")


def test_parameters_costs_and_images_count_even_if_every_number_is_equal():
    split = IMAGES[Split.TRAIN].model_copy(update={"fingerprint": "e" * 64})
    now = again(costs=Costs(parameters=8, macs=12), splits={Split.TRAIN: split})
    is_identical, sentence, _ = said(original(), now)
    assert not is_identical
    assert sentence == (
        "not identical: all 10 numbers are equal to the bit; parameters 7, now 8; multiply-accumulates 11, now 12; "
        "images of train 40 (20+20, ffffffffffff), now 40 (20+20, eeeeeeeeeeee)"
    )


def environment(**fields):
    return again(changed(0, 9.0), environment=THEN.model_copy(update=fields))


def listed(second, first=None):
    """The lines on the environment: what decides numbers, and what does not."""
    lines = list(compare(first or original(), second).lines())
    title = "what differs besides, and decides no number:"
    place = lines.index(title) if title in lines else len(lines)
    return [line.strip() for line in lines[1:place]], [line.strip() for line in lines[place + 1 :]]


def test_packages_hardware_and_code_are_listed_then_and_now():
    hardware = {"device": "cuda", "processor": "Fast 9000", "cores": 8, "threads": 2, "gpu": "G1"}
    packages = {"torch": "2.15.0", "numpy": "2.4.0", "timm": "1.1"}
    decisive, others = listed(environment(packages=packages, hardware=hardware, code="cd" * 32))
    assert decisive == [
        "what differs in the environment:",
        "code: abababababab -> cdcdcdcdcdcd",
        "device: cpu -> cuda",
        "threads: 1 -> 2",
        "gpu: absent -> G1",
        "timm: absent -> 1.1",
        "torch: 2.14.0 -> 2.15.0",
    ]
    assert others == []


def test_a_commit_decides_nothing_where_the_code_is_known_to_be_the_same():
    moved = environment(commit="deadbeef", is_clean=False, diff="12" * 32)
    decisive, others = listed(moved)
    assert len(decisive) == 1
    assert "not repeatable" in decisive[0]
    assert others == ["commit: c0ffee0 -> deadbeef", "uncommitted changes: none -> some (121212121212)"]


def test_a_commit_decides_where_the_code_was_not_recorded():
    early = original(environment=THEN.model_copy(update={"code": None}))
    decisive, _ = listed(environment(commit="deadbeef"), early)
    assert decisive == ["what differs in the environment:", "commit: c0ffee0 -> deadbeef"]


def test_the_number_of_cores_decides_nothing_and_the_processor_nothing_beside_a_gpu():
    decisive, others = listed(environment(hardware={**THEN.hardware, "cores": 2}))
    assert "not repeatable" in decisive[0]
    assert others == ["cores: 8 -> 2"]
    on_gpu = {**THEN.hardware, "device": "cuda", "gpu": "G1"}
    first = original(environment=THEN.model_copy(update={"hardware": on_gpu}))
    decisive, others = listed(environment(hardware={**on_gpu, "processor": "Slow 1"}), first)
    assert "not repeatable" in decisive[0]
    assert others == ["processor: Fast 9000 -> Slow 1"]


def test_fewer_processes_are_a_difference():
    decisive, _ = listed(environment(), original(gpus=(2, 3)))
    assert decisive == ["what differs in the environment:", "processes: 2 -> 1"]


def test_what_differs_is_listed_even_if_the_numbers_are_the_same():
    is_identical, sentence, lines = said(
        original(), again(environment=THEN.model_copy(update={"packages": {**THEN.packages, "numpy": "2.5.0"}}))
    )
    assert (is_identical, sentence) == (True, IDENTICAL)
    assert lines == ["what differs in the environment:", "  numpy: 2.4.0 -> 2.5.0"]
