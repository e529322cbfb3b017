"""The values that a setting can take between small and large."""

from fractions import Fraction

import pytest

from ablate.errors import InputError
from ablate.specs import Configuration, LayerSpec, ModelSpec
from ablate.study.ladder import MOST_SCALE, create_ladder


def configuration(widths=(6, 12), heads=2, sharing="head", **model):
    layer = LayerSpec(sharing=sharing, dynamics="static", heads=heads, window=3)
    return Configuration(model=ModelSpec(widths=widths, depths=(1,) * len(widths), layer=layer, **model))


def test_widths_stay_multiples_of_the_heads_that_share_them():
    ladder = create_ladder(configuration(widths=(8, 24), heads=4), "model.widths")
    assert all(first % 4 == 0 == second % 4 and first >= 4 for first, second in ladder.values)
    assert ladder.values[ladder.own] == [8, 24]
    assert all(ladder.at(rung) is not None for rung in range(len(ladder.values)))


def test_heads_of_each_stage_count_where_they_are_given():
    ladder = create_ladder(configuration(widths=(8, 30), heads_per_stage=(4, 5)), "model.widths")
    assert all(first % 4 == 0 == second % 5 for first, second in ladder.values)


def test_widths_grow_by_one_where_no_heads_share_them():
    ladder = create_ladder(configuration(widths=(7,), heads=3, sharing="spatial"), "model.widths")
    assert ladder.values == tuple([width] for width in range(1, 7 * MOST_SCALE + 1))


def test_every_rung_is_the_own_widths_times_one_factor_as_near_as_whole_numbers_allow():
    base, step = (6, 10, 22), 2
    ladder = create_ladder(configuration(widths=base), "model.widths")
    for row in ladder.values:
        above_least = [place for place in range(3) if row[place] > step]
        low = max((Fraction(row[place] - step // 2, base[place]) for place in above_least), default=Fraction(0))
        high = min(Fraction(row[place] + step // 2, base[place]) for place in range(3))
        assert low <= high, f"no factor of {base} rounds to {row}"


def test_rungs_grow_and_none_is_twice_there():
    ladder = create_ladder(configuration(widths=(6, 12)), "model.widths")
    assert list(ladder.scales) == sorted(set(ladder.scales))
    assert [*ladder.values[0]] == [2, 2]
    assert [*ladder.values[-1]] == [6 * MOST_SCALE, 12 * MOST_SCALE]


def test_a_number_that_is_not_whole_grows_by_a_hundredth_of_its_leading_digit():
    ladder = create_ladder(configuration(mlp_ratio=2.0), "model.mlp_ratio")
    assert ladder.values[ladder.own - 1 : ladder.own + 2] == (1.99, 2.0, 2.01)
    assert ladder.values[0] == pytest.approx(2 / MOST_SCALE, abs=0.01)
    uneven = create_ladder(configuration(mlp_ratio=1 / 3), "model.mlp_ratio")
    assert uneven.values[uneven.own] == 1 / 3


def test_a_single_whole_number_grows_by_one():
    ladder = create_ladder(configuration(), "model.layer.reduction")
    assert ladder.values == tuple(range(1, 4 * MOST_SCALE + 1))


def test_values_that_the_configuration_refuses_are_passed_over():
    ladder = create_ladder(configuration(widths=(12, 24), heads=2), "model.layer.heads")
    usable = [value for rung, value in enumerate(ladder.values) if ladder.at(rung) is not None]
    assert usable == [1, 2, 3, 4, 6, 12]
    five = ladder.values.index(5)
    assert ladder.values[ladder.usable(five, -1, len(ladder.values))] == 4
    assert ladder.usable(five, five - 1, five + 1) is None


@pytest.mark.parametrize(
    "setting", ["training.optimizer", "model.layer.shift", "training.gradient_clip", "model.drop_path"]
)
def test_what_holds_no_positive_number_is_refused_by_name(setting):
    with pytest.raises(InputError, match=f"match.vary {setting} is .*expected a positive number"):
        create_ladder(configuration(), setting)


@pytest.mark.parametrize("setting", ["model.width", "model.widths.x", "model"])
def test_what_is_no_setting_is_refused_by_name(setting):
    with pytest.raises(InputError, match=f"match.vary {setting}"):
        create_ladder(configuration(), setting)
