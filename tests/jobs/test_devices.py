"""Sharing out GPUs and CPU threads."""

import pytest

from ablate.errors import InputError
from ablate.jobs.devices import left_idle, share_out, visible_names
from ablate.specs import Resources


@pytest.mark.parametrize(
    ("resources", "gpus", "cores", "expected"),
    [
        ({}, 0, 3, [((), 1)] * 3),
        ({"workers": 2}, 0, 7, [((), 3)] * 2),
        ({"workers": 5}, 0, 3, [((), 1)] * 5),
        ({"workers": 2, "threads_per_trial": 6}, 0, 3, [((), 6)] * 2),
        ({}, 2, 12, [((0,), 6), ((1,), 6)]),
        ({"workers": 1}, 2, 12, [((0,), 12)]),
        ({"workers": 3}, 2, 12, [((0,), 4), ((1,), 4), ((0,), 4)]),
        ({"gpus_per_trial": 0}, 2, 3, [((), 1)] * 3),
        ({"gpus_per_trial": 1}, 1, 5, [((0,), 5)]),
        ({"gpus_per_trial": 0.5}, 2, 12, [((0,), 3), ((1,), 3), ((0,), 3), ((1,), 3)]),
        ({"gpus_per_trial": 1 / 3}, 1, 6, [((0,), 2)] * 3),
        ({"gpus_per_trial": 0.3}, 1, 6, [((0,), 2)] * 3),
        ({"gpus_per_trial": 0.5, "workers": 3}, 2, 12, [((0,), 4), ((1,), 4), ((0,), 4)]),
        ({"gpus_per_trial": 2}, 5, 12, [((0, 1), 3), ((2, 3), 3)]),
        ({"gpus_per_trial": 2, "workers": 1}, 5, 12, [((0, 1), 6)]),
        ({"gpus_per_trial": 4, "threads_per_trial": 6}, 4, 64, [((0, 1, 2, 3), 1)]),
        ({"gpus_per_trial": 2, "threads_per_trial": 6}, 2, 64, [((0, 1), 3)]),
    ],
)
def test_slots_are_gpus_or_cores_and_threads_are_divided_among_processes(resources, gpus, cores, expected):
    slots = share_out(Resources(**resources), gpus, cores)
    assert [(slot.gpus, slot.threads) for slot in slots] == expected
    assert all(slot.processes == max(1, len(slot.gpus)) for slot in slots)


@pytest.mark.parametrize(
    ("resources", "gpus", "cores", "expected"),
    [
        ({"processes": 2}, 0, 7, [((), 1, 2)] * 3),
        ({"processes": 2, "workers": 1}, 0, 7, [((), 3, 2)]),
        ({"processes": 4}, 0, 2, [((), 1, 4)]),
        ({"processes": 2, "threads_per_trial": 6, "workers": 1}, 0, 2, [((), 3, 2)]),
        ({"processes": 2}, 5, 12, [((0, 1), 3, 2), ((2, 3), 3, 2)]),
        ({"processes": 2, "gpus_per_trial": 2}, 2, 12, [((0, 1), 6, 2)]),
        ({"processes": 3, "gpus_per_trial": 0}, 2, 6, [((), 1, 3)] * 2),
        ({"processes": 1}, 2, 12, [((0,), 6, 1), ((1,), 6, 1)]),
        ({"processes": 1, "gpus_per_trial": 0.5}, 1, 12, [((0,), 6, 1)] * 2),
    ],
)
def test_processes_that_train_together_are_counted_with_their_threads(resources, gpus, cores, expected):
    assert list(share_out(Resources(**resources), gpus, cores)) == expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, [((0,), 2), ((1,), 2)] * 3),
        ({"workers": 3}, [((0,), 4), ((1,), 4), ((0,), 4)]),
        ({"gpus_per_trial": 1}, [((0,), 6), ((1,), 6)]),
        ({"gpus_per_trial": 0.5}, [((0,), 3), ((1,), 3)] * 2),
        ({"gpus_per_trial": 0, "workers": 1}, [((), 12)]),
    ],
)
def test_room_for_several_trials_on_a_gpu_is_used_only_where_the_study_leaves_it_open(resources, expected):
    slots = share_out(Resources(**resources), 2, 12, trials_per_gpu=3)
    assert [(slot.gpus, slot.threads) for slot in slots] == expected


@pytest.mark.parametrize(
    ("resources", "gpus", "message"),
    [
        ({"gpus_per_trial": 1}, 0, r"gpus_per_trial is 1, and no GPU is visible here: set it to 0 or auto"),
        ({"gpus_per_trial": 0.25}, 0, r"gpus_per_trial is 0.25, and no GPU is visible here"),
        ({"gpus_per_trial": 3}, 2, r"gpus_per_trial is 3, and 2 GPUs are visible here: lower it"),
        ({"gpus_per_trial": 2}, 1, r"gpus_per_trial is 2, and 1 GPU is visible here"),
        ({"gpus_per_trial": 1.5}, 4, r"gpus_per_trial is 1.5: expected a whole number, or a fraction below 1"),
        (
            {"gpus_per_trial": 1, "workers": 5},
            2,
            r"workers is 5, but with gpus_per_trial 1 there is room for 2 on the 2 visible GPUs: lower workers, or "
            r"set gpus_per_trial to auto or to a fraction such as 0.333",
        ),
        ({"gpus_per_trial": 2, "workers": 2}, 3, r"workers is 2, but with gpus_per_trial 2 there is room for 1"),
        ({"gpus_per_trial": 0.5, "workers": 3}, 1, r"there is room for 2 on the 1 visible GPU: lower workers"),
        ({"gpus_per_trial": 0.5, "processes": 2}, 1, r"processes is 2, and gpus_per_trial 0.5: each process has a GPU"),
        ({"gpus_per_trial": 3, "processes": 2}, 4, r"processes is 2, and gpus_per_trial 3"),
        ({"processes": 3}, 2, r"gpus_per_trial is 3, and 2 GPUs are visible here"),
    ],
)
def test_what_cannot_be_had_is_one_clear_error(resources, gpus, message):
    with pytest.raises(InputError, match=message):
        share_out(Resources(**resources), gpus, 4)


def test_the_fraction_that_an_error_proposes_is_accepted():
    for gpus in (1, 2, 3, 7):
        for workers in range(gpus + 1, 4 * gpus):
            with pytest.raises(InputError) as error:
                share_out(Resources(gpus_per_trial=1, workers=workers), gpus, 4)
            proposed = float(str(error.value).rpartition(" ")[2])
            assert len(share_out(Resources(gpus_per_trial=proposed, workers=workers), gpus, 4)) == workers


def test_every_slot_of_several_gpus_has_them_for_itself_and_the_rest_is_named():
    for gpus in range(1, 9):
        for each in range(1, gpus + 1):
            slots = share_out(Resources(gpus_per_trial=each), gpus, 4)
            used = [gpu for slot in slots for gpu in slot.gpus]
            assert len(used) == len(set(used))
            assert sorted(used) + list(left_idle(slots, gpus)) == list(range(gpus))
            assert len(left_idle(slots, gpus)) == gpus % each


def test_gpus_are_not_called_idle_where_the_study_computes_on_the_cpu():
    assert left_idle(share_out(Resources(gpus_per_trial=0), 2, 4), 2) == ()
    assert left_idle(share_out(Resources(workers=1), 2, 4), 2) == (1,)


@pytest.mark.parametrize(
    ("gpus", "visible", "expected"),
    [
        ((0, 2), None, "0,2"),
        ((1,), "4,7", "7"),
        ((0, 1), "GPU-8932f937, GPU-d64a2c1e", "GPU-8932f937,GPU-d64a2c1e"),
        ((1,), "MIG-11c29e81,MIG-7b54f4a5", "MIG-7b54f4a5"),
        ((), "4,7", ""),
        ((), "", ""),
        ((), None, ""),
    ],
)
def test_a_job_sees_its_own_gpus_by_the_names_they_have_here(gpus, visible, expected):
    assert visible_names(gpus, visible) == expected
