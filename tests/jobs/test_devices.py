"""Sharing out GPUs and CPU threads."""

import pytest

from ablate.errors import InputError
from ablate.jobs.devices import share_out
from ablate.specs import Resources


@pytest.mark.parametrize(
    ("resources", "gpus", "cores", "expected"),
    [
        ({}, 0, 3, [((), 1)] * 3),
        ({"workers": 2}, 0, 7, [((), 3)] * 2),
        ({"workers": 5}, 0, 3, [((), 1)] * 5),
        ({"workers": 2, "threads_per_trial": 6}, 0, 3, [((), 6)] * 2),
        ({}, 2, 12, [((0,), 6), ((1,), 6)]),
        ({"workers": 3}, 2, 12, [((0,), 4), ((1,), 4), ((0,), 4)]),
        ({"gpus_per_trial": 0}, 2, 3, [((), 1)] * 3),
        ({"gpus_per_trial": 1}, 1, 5, [((0,), 5)]),
    ],
)
def test_slots_are_gpus_or_cores_and_threads_are_divided(resources, gpus, cores, expected):
    assert list(share_out(Resources(**resources), gpus, cores)) == expected


def test_asking_for_a_gpu_that_is_not_there_is_one_clear_error():
    with pytest.raises(InputError, match=r"gpus_per_trial is 1, and no GPU is visible here"):
        share_out(Resources(gpus_per_trial=1), 0, 4)
