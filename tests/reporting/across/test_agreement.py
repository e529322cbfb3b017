"""What verdicts of several studies come to."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest

from ablate.reporting.across.agreement import Agreement, judge, rank_agreements
from ablate.reporting.across.sentences import in_short
from ablate.stats import Verdict

Maker = Callable[..., Any]
SHARING, WINDOW = "model.layer.sharing", "model.layer.window"


class Later(StrEnum):
    """A claim that verdicts do not know yet."""

    EQUIVALENT = "equivalent"


BETTER, WORSE, OPEN, SAME = Verdict.BETTER, Verdict.WORSE, Verdict.UNDECIDED, Later.EQUIVALENT


def with_verdicts(alignment: Any, *verdicts: Any) -> Any:
    """The first row with these verdicts, study by study."""
    first, *rest = alignment.rows
    findings = tuple(replace(one, verdict=verdict) for one, verdict in zip(first.findings, verdicts, strict=True))
    return replace(alignment, rows=(replace(first, findings=findings), *rest))


def judged(alignment: Any) -> list[Agreement | None]:
    return [judge(alignment, row) for row in alignment.shared]


@pytest.fixture
def three(synthetic: Maker, together: Maker) -> Any:
    stores = [synthetic({WINDOW: [3, 5]}, seeds=3, name=name, random_seed=n) for n, name in enumerate("abc")]
    return together(*stores).aligned()


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((BETTER, BETTER, BETTER), Agreement.AGREE),
        ((WORSE, WORSE, WORSE), Agreement.AGREE),
        ((SAME, SAME, SAME), Agreement.AGREE),
        ((BETTER, WORSE, BETTER), Agreement.CONTRADICT),
        ((BETTER, OPEN, WORSE), Agreement.CONTRADICT),
        ((BETTER, SAME, WORSE), Agreement.CONTRADICT),
        ((BETTER, BETTER, OPEN), Agreement.OPEN),
        ((OPEN, OPEN, OPEN), Agreement.OPEN),
        ((BETTER, SAME, OPEN), Agreement.OPEN),
        ((BETTER, SAME, BETTER), Agreement.DIFFER),
        ((None, WORSE, WORSE), Agreement.AGREE),
        ((None, None, BETTER), None),
        ((None, None, None), None),
    ],
)
def test_verdicts_come_to_one_word_in_whatever_order_the_studies_are_named(
    three: Any, verdicts: tuple[Any, ...], expected: Agreement | None
) -> None:
    for order in itertools.permutations(verdicts):
        assert judged(with_verdicts(three, *order)) == [expected, None]


def test_verdicts_against_different_baselines_are_not_put_together(synthetic: Maker, together: Maker) -> None:
    one = synthetic({WINDOW: [3, 5, 7]}, seeds=3, name="one", baseline={WINDOW: "5"})
    other = synthetic({WINDOW: [3, 5, 7]}, seeds=3, name="other", baseline={WINDOW: "7"})
    alignment = together(one, other).aligned()
    assert judged(with_verdicts(alignment, BETTER, WORSE)) == [None, None, None]
    assert "Their baselines differ, so their verdicts answer different questions" in in_short(alignment)


def test_a_baseline_that_the_other_study_does_not_have_is_a_different_one(synthetic: Maker, together: Maker) -> None:
    one = synthetic({WINDOW: [3, 5, 7]}, seeds=3, name="one", baseline={WINDOW: "7"})
    other = synthetic({WINDOW: [3, 5, 9]}, seeds=3, name="other", baseline={WINDOW: "9"})
    assert judged(with_verdicts(together(one, other).aligned(), BETTER, BETTER)) == [None, None]


def test_in_short_counts_agreements_with_what_they_claim_and_names_contradictions(
    synthetic: Maker, together: Maker, scored: Maker
) -> None:
    factors = {WINDOW: [3, 5, 7, 9, 11]}
    wobble = (0.0, 0.001, -0.001, 0.002, 0.0005, 0.0015, -0.002, 0.0007, -0.0003, 0.0011)
    level = {
        "one": {"3": 0.99, "5": 0.8, "7": 0.99, "9": 0.99, "11": 0.9},
        "other": {"3": 0.99, "5": 0.8, "7": 0.8, "9": 0.9, "11": 0.9},
    }
    stores = [
        scored(
            synthetic(factors, seeds=len(wobble), name=name),
            {
                label: [value + (shift if n else 0) + 0.0001 * n * int(label) for n, shift in enumerate(wobble)]
                for label, value in found.items()
            },
        )
        for name, found in level.items()
    ]
    stores[1] = stores[1].without_results(range(31, 40))
    said = in_short(together(*stores).aligned())
    assert said == (
        "`one` and `other` share 5 combinations. Of 4 comparisons with one and the same baseline (`11`), 2 agree "
        "(1 better, 1 worse), 1 contradicts and 1 is open. Contradictory: `7` (better in `one`, worse in `other`)."
    )


def test_the_order_of_means_is_described_by_tau_b_of_the_common_combinations(
    synthetic: Maker, together: Maker, scored: Maker
) -> None:
    factors = {WINDOW: [3, 5, 7, 9, 11]}
    one = scored(synthetic(factors, seeds=1, name="one"), {"3": [0.1], "5": [0.2], "7": [0.3], "9": [0.4], "11": [0.5]})
    other = scored(
        synthetic(factors, seeds=1, name="other"), {"3": [0.1], "5": [0.1], "7": [0.4], "9": [0.3], "11": [0.9]}
    )
    (rank,) = rank_agreements(together(one, other).aligned())
    # 8 pairs in the same order, 1 reversed, 1 tied in one study: (8 - 1) / sqrt(10 · 9)
    assert rank.tau == pytest.approx(7 / 90**0.5)
    assert rank.combinations == 5
    (reverse,) = rank_agreements(together(other, one).aligned())
    assert reverse.tau == pytest.approx(rank.tau)


def test_tau_is_not_taken_of_fewer_than_four_and_not_defined_where_all_means_are_equal(
    synthetic: Maker, together: Maker, scored: Maker
) -> None:
    four = {WINDOW: [3, 5, 7, 9]}
    one = synthetic(four, seeds=3, name="one")
    # Equal means, although these sums differ in their last bit.
    flat = {label: [0.1, 0.2, 0.3] if label != "5" else [0.3, 0.2, 0.1] for label in ("3", "5", "7", "9")}
    other = scored(synthetic(four, seeds=3, name="other"), flat)
    (rank,) = rank_agreements(together(one, other).aligned())
    assert rank.tau is None
    assert rank_agreements(together(one, other.without_results([0, 1, 2])).aligned()) == ()
