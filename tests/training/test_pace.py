"""Checkpoints come as often as they are worth, and no more often."""

import pytest

from ablate.training.pace import Pace


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def write(pace, clock, seconds):
    with pace.writing():
        clock.now += seconds


def test_what_is_over_in_a_second_writes_none():
    clock = Clock()
    pace = Pace(payload_bytes=1000, clock=clock)
    clock.now += 0.99
    assert not pace.is_due(within_epoch=False)
    clock.now += 0.02
    assert pace.is_due(within_epoch=False)


def test_a_large_model_waits_longer_for_its_first():
    clock = Clock()
    pace = Pace(payload_bytes=2_000_000_000, clock=clock)
    clock.now += 900
    assert not pace.is_due(within_epoch=False)
    clock.now += 110
    assert pace.is_due(within_epoch=False)


@pytest.mark.parametrize("cost", [0.01, 0.3, 7.0])
def test_at_most_a_fiftieth_of_the_time_goes_into_checkpoints(cost):
    clock = Clock()
    pace, spent, began = Pace(payload_bytes=1000, clock=clock), 0.0, clock.now
    while clock.now - began < 10_000:
        clock.now += 0.13  # an epoch
        if pace.is_due(within_epoch=False):
            write(pace, clock, cost)
            spent += cost
    first = cost  # its time was not yet known
    assert 0.01 < (spent - first) / (clock.now - began) <= 0.02


def test_within_an_epoch_minutes_pass_between_them():
    clock = Clock()
    pace = Pace(payload_bytes=1000, clock=clock)
    write(pace, clock, 0.01)
    clock.now += 119
    assert not pace.is_due(within_epoch=True)
    assert pace.is_due(within_epoch=False)
    clock.now += 2
    assert pace.is_due(within_epoch=True)
    write(pace, clock, 5)
    clock.now += 249
    assert not pace.is_due(within_epoch=True)


def test_a_checkpoint_that_takes_long_is_not_cheap():
    clock = Clock()
    pace = Pace(payload_bytes=1000, clock=clock)
    assert pace.is_cheap
    write(pace, clock, 1.5)
    assert not pace.is_cheap
