"""What columns are called, and what levels become."""

import numpy as np
import pytest

from ablate.frames.combinations import factor_column
from ablate.frames.names import choose_names, name_apart
from ablate.specs import Factor, Level, Range, StudySpec, Tune


def study(*names, tuned=()):
    factors = tuple(Factor(name=name, levels=(Level(label="1", settings={name: 1}),)) for name in names)
    settings = {path: Range(low=1, high=2) for path in tuned}
    tune = Tune(settings=settings, trials=1) if tuned else None
    return StudySpec(name="s", question="?", factors=factors, baseline=dict.fromkeys(names, "1"), seeds=(0,), tune=tune)


def test_short_names_that_meet_are_whole_paths():
    names = choose_names(study("a.width", "b.width", "a.depth", tuned=("c.depth", "c.rate", "d.rate")))
    assert names.factors == {"a.width": "a.width", "b.width": "b.width", "a.depth": "depth"}
    assert names.settings == {"c.depth": "c.depth", "c.rate": "c.rate", "d.rate": "d.rate"}


def test_a_factor_never_takes_the_name_of_another_column():
    names = choose_names(study("training.seed", "loss", "mean", "training.status", "factor_loss"))
    assert list(names.factors.values()) == [
        "training.seed",
        "factor_loss_",
        "factor_mean",
        "training.status",
        "factor_loss",
    ]


def test_who_can_have_its_first_name_has_it():
    assert name_apart({"one": ["a", "b"], "two": ["b", "c"]}, {"a"}) == {"one": "b_", "two": "b"}


@pytest.mark.parametrize(
    ("levels", "kind", "values"),
    [
        ([3, 5], "int64", [3, 5]),
        ([1, 0.5, 1e-5], "float64", [1.0, 0.5, 1e-5]),
        ([True, False], "bool", [True, False]),
        (["b", "a"], "category", ["b", "a"]),
        ([None, 3], "category", ["null", "3"]),
        ([True, 3], "category", ["true", "3"]),
        ([[1, 2], [3]], "category", ["[1, 2]", "[3]"]),
        ([2**60 + 1, 2**60], "category", [str(2**60 + 1), str(2**60)]),
        ([2**53 + 1, 0.5], "category", [str(2**53 + 1), "0.5"]),
        ([2**70, 1], "category", [str(2**70), "1"]),
    ],
)
def test_levels_are_numbers_truths_or_names(levels, kind, values):
    from ablate.study.scalars import show

    labels = [level if isinstance(level, str) else show(level) for level in levels]
    made = tuple(Level(label=label, settings={"x": level}) for label, level in zip(labels, levels, strict=True))
    column = factor_column(Factor(name="x", levels=made), labels, is_text=False)
    assert column.dtype == kind
    assert column.tolist() == values


def test_a_level_with_a_name_of_its_own_goes_by_it():
    levels = (Level(label="2", settings={"x": 7}), Level(label="3", settings={"x": 3, "y": 1}))
    assert factor_column(Factor(name="x", levels=levels), ["3", "2"], is_text=False).tolist() == ["3", "2"]


def test_text_that_reads_as_numbers_is_numbers():
    def column(*labels):
        levels = tuple(Level(label=label, settings={"x": label}) for label in labels)
        return factor_column(Factor(name="x", levels=levels), labels, is_text=True)

    assert column("1e-3", "2").dtype == np.dtype(float)
    assert column("True", "False").tolist() == [True, False]
    assert all(column(label, "1").dtype == "category" for label in ("nan", "1e999", "x", ""))
