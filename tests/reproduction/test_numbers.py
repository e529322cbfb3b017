"""Numbers of two runs side by side: to the bit, with what is no number, and with what is missing."""

import math

import pytest

from ablate.reproduction.numbers import compare_numbers, first_deviation
from ablate.specs import MetricRecord, Split


def records(split=Split.TRAIN, name="loss", values=(), first=1):
    return [
        MetricRecord(step=step, split=split, time=float(step), values={name: value})
        for step, value in enumerate(values, first)
    ]


def test_times_and_the_order_of_lines_do_not_matter():
    then = records(values=(0.1, 0.2)) + records(Split.TEST, "accuracy", (0.5,))
    now = [record.model_copy(update={"time": 99.0}) for record in reversed(then)]
    curves = compare_numbers(then, now)
    assert [(curve.split, curve.metric, curve.steps, curve.deviations) for curve in curves] == [
        (Split.TRAIN, "loss", 2, ()),
        (Split.TEST, "accuracy", 1, ()),
    ]
    assert first_deviation(curves) is None


def test_the_last_bit_counts():
    then, now = 0.1, math.nextafter(0.1, 1.0)
    (curve,) = compare_numbers(records(values=(0.5, then)), records(values=(0.5, now)))
    assert [item.step for item in curve.deviations] == [2]
    assert curve.largest_gap == now - then > 0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308])
def test_what_is_no_ordinary_number_equals_itself(value):
    (curve,) = compare_numbers(records(values=(value,)), records(values=(value,)))
    assert (curve.steps, curve.deviations) == (1, ())


def test_a_zero_without_its_sign_is_the_same_number_as_sqlite_keeps_none():
    (curve,) = compare_numbers(records(values=(0.0,)), records(values=(-0.0,)))
    assert curve.deviations == ()


@pytest.mark.parametrize(("then", "now"), [(math.nan, 0.5), (0.5, math.nan), (math.inf, 0.5), (math.inf, -math.inf)])
def test_a_number_against_none_differs_without_bound(then, now):
    (curve,) = compare_numbers(records(values=(then,)), records(values=(now,)))
    assert curve.largest_gap == math.inf


def test_what_is_missing_is_named_by_step_and_side():
    (curve,) = compare_numbers(records(values=(0.5, 0.25, 0.125)), records(values=(0.25, 0.125, 0.1), first=2))
    assert curve.steps == 4
    assert [(item.step, item.then, item.now) for item in curve.deviations] == [(1, 0.5, None), (4, None, 0.1)]
    assert curve.largest_gap is None


def test_a_metric_that_only_one_run_has_is_missing_at_every_step():
    curves = compare_numbers(records(values=(0.5,)), records(values=(0.5,)) + records(name="accuracy", values=(0.1,)))
    assert [(curve.metric, len(curve.deviations)) for curve in curves] == [("accuracy", 1), ("loss", 0)]


def test_the_first_deviation_goes_by_step_and_then_by_the_order_of_measuring():
    then = records(Split.TEST, values=(1.0,)) + records(Split.VALIDATION, values=(1.0, 1.0))
    then += records(Split.TRAIN, values=(1.0, 1.0))
    now = records(Split.TEST, values=(2.0,), first=3) + records(Split.VALIDATION, values=(1.0, 2.0))
    now += records(Split.TRAIN, values=(1.0, 2.0))
    then = [item.model_copy(update={"step": 3}) if item.split is Split.TEST else item for item in then]
    curve, deviation = first_deviation(compare_numbers(then, now))
    assert (curve.split, deviation.step) == (Split.TRAIN, 2)


def test_a_line_that_repeats_a_step_means_the_later_one():
    (curve,) = compare_numbers(records(values=(0.5,)), records(values=(0.7,)) + records(values=(0.5,)))
    assert curve.deviations == ()


def test_two_runs_without_any_number_have_no_curves():
    assert compare_numbers([], []) == ()
