"""Numbers as people read them."""

from __future__ import annotations

import pytest

from ablate.reporting.numerals import choose_scale, count_text, p_text, plural, seconds_text
from ablate.specs import Direction, Metric, Objective, Split
from ablate.stats import Comparison, Interval, MeanEstimate

LOSS = Objective(metric=Metric.LOSS, direction=Direction.MINIMIZE)


def mean(value: float, half_width: float) -> MeanEstimate:
    return MeanEstimate(value, Interval(value - half_width, value + half_width), 5, ())


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (None, "–"),
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (24_912, "24.9 k"),
        (999_499, "999 k"),
        (999_501, "1.00 M"),
        (1_534_000, "1.53 M"),
        (98_765_432_109, "98.8 G"),
        (2.5e15, "2500 T"),
    ],
)
def test_a_count_has_three_digits_and_a_unit(count: float | None, expected: str) -> None:
    assert count_text(count) == expected


@pytest.mark.parametrize(
    ("p_value", "expected"), [(None, "–"), (0.0002, "<0.001"), (0.0123, "0.012"), (0.099, "0.099"), (1.0, "1.00")]
)
def test_a_p_value_has_as_many_digits_as_matter(p_value: float | None, expected: str) -> None:
    assert p_text(p_value) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(None, "–"), (8.26, "8.3 s"), (99.96, "100 s"), (245.4, "245 s")])
def test_seconds_have_about_three_digits(seconds: float | None, expected: str) -> None:
    assert seconds_text(seconds) == expected


def test_accuracy_is_shown_in_percent_and_loss_in_nats() -> None:
    estimate = mean(0.9641, 0.0052)
    assert choose_scale(Objective(), [estimate]).mean(estimate) == "96.4 ± 0.5 %"
    assert choose_scale(LOSS, [estimate]).mean(estimate) == "0.964 ± 0.005 nats"
    assert choose_scale(Objective(), []).axis == "test accuracy (%)"


def test_narrow_intervals_get_a_further_digit_and_never_read_as_zero() -> None:
    scale = choose_scale(Objective(), [mean(0.96, 0.02), mean(0.96413, 0.0003)])
    assert scale.mean(mean(0.96413, 0.0003)) == "96.41 ± 0.03 %"
    assert scale.mean(mean(0.96413, 0.00001)) == "96.41 ± <0.01 %"


def test_a_mean_without_interval_shows_none() -> None:
    scale = choose_scale(Objective(), [])
    assert scale.mean(MeanEstimate(0.9641, None, 1, ())) == "96.4 %"
    assert scale.mean(MeanEstimate(None, None, 0, (0,))) == "–"


def test_a_difference_has_a_true_minus_and_zero_no_sign() -> None:
    scale = choose_scale(Objective(), [])
    assert scale.difference(Comparison(-0.012, Interval(-0.0244, 0.0004), 0.1, 5, ())) == "−1.2 (−2.4 to 0.0)"
    assert scale.difference(Comparison(0.012, None, None, 1, ())) == "+1.2"
    assert scale.difference(Comparison(None, None, None, 0, ())) == "–"
    assert scale.signed(-0.0001) == "0.0"


def test_a_plural_follows_its_count() -> None:
    assert (plural(1, "seed"), plural(0, "seed"), plural(2, "study", "studies")) == ("1 seed", "0 seeds", "2 studies")


def imported(name: str = "acc", unit: str | None = None) -> Objective:
    return Objective(metric=name, split=Split.UNSPECIFIED, unit=unit)


@pytest.mark.parametrize(
    ("value", "half_width", "expected"),
    [
        (0.9641, 0.0052, "0.964 ± 0.005"),
        (96.41, 0.52, "96.4 ± 0.5"),
        (123_456.7, 300.0, "123457 ± 300"),
        (0.9641, 1e-12, "0.964100 ± <0.000001"),
        (0.0123, 0.0004, "0.0123 ± 0.0004"),
        (1.234e-4, 3e-6, "1.23 ± 0.03 ×10⁻⁴"),
        (-2.5e9, 1e8, "−2.50 ± 0.10 ×10⁹"),
        (0.0, 0.02, "0.00 ± 0.02"),
        (1e-320, 1e-321, "0.00000 ± <0.00001 ×10⁻³⁰⁰"),
    ],
)
def test_an_imported_number_is_shown_as_in_its_source(value: float, half_width: float, expected: str) -> None:
    estimate = mean(value, half_width)
    assert choose_scale(imported(), [estimate]).mean(estimate) == expected


def test_an_imported_metric_keeps_its_name_and_is_not_taken_for_ours() -> None:
    scale = choose_scale(imported("accuracy"), [mean(0.9, 0.01)])
    assert (scale.name, scale.title, scale.axis, scale.difference_unit) == ("accuracy",) * 4
    assert scale.number(0.9) == "0.900"
    assert choose_scale(imported("mIoU"), []).title == "mIoU"


def test_a_given_unit_is_shown_and_differences_of_percents_are_points() -> None:
    percent, nats = (choose_scale(imported(unit=unit), [mean(96.4, 0.5)]) for unit in ("%", "nats"))
    assert (percent.mean(mean(96.4, 0.5)), percent.difference_unit) == ("96.4 ± 0.5 %", "pp")
    assert (nats.axis, nats.difference_unit) == ("acc (nats)", "nats")


def test_without_any_result_an_imported_metric_has_a_scale_all_the_same() -> None:
    assert choose_scale(imported(), []).number(0.25) == "0.25"
