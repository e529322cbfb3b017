"""How many seeds a study needs, said before and after it has run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ablate.reporting import power_lines, summary_lines
from ablate.reporting.inference import find
from ablate.reporting.numerals import choose_scale
from ablate.reporting.tables import ranks_table, seeds_needed_table

Maker = Callable[..., Any]
SMALL = {"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}


def scaled(store: Any) -> tuple[Any, Any]:
    findings = find(store.plan("synthetic"), store.trials("synthetic"))
    return findings, choose_scale(findings.study.objective, [finding.mean for finding in findings.findings])


def test_the_fewest_seeds_and_every_comparison_are_told(synthetic: Maker) -> None:
    lines = power_lines(synthetic(SMALL, seeds=5), "synthetic")
    assert lines[0].startswith("3 comparisons can be decided with 7 seeds or more")
    assert lines[0].endswith("the study plans 5: too few, however large the differences are.")
    assert [line.split("  ")[0] for line in lines[3:6]] == ["spatial · 3", "spatial · 5", "head · 3"]
    assert all(int(line.split()[-1]) >= 7 for line in lines[3:6])


def test_the_terminal_says_after_a_run_where_seeds_are_too_few(synthetic: Maker) -> None:
    few, enough = (summary_lines(synthetic(SMALL, seeds=seeds), "synthetic") for seeds in (6, 7))
    assert few[-1] == power_lines(synthetic(SMALL, seeds=6), "synthetic")[0]
    assert not any("seeds or more" in line for line in enough)


def test_without_two_seeds_nothing_is_known_of_the_spread(synthetic: Maker) -> None:
    assert power_lines(synthetic(SMALL, seeds=1), "synthetic")[-1].startswith("No comparison has two seeds yet")
    assert power_lines(synthetic({"model.layer.window": [3]}), "synthetic") == [
        "The study plans no comparison: it has no baseline, or nothing beside it."
    ]


def test_the_page_asks_only_of_what_is_undecided(synthetic: Maker) -> None:
    findings, scale = scaled(synthetic())
    table = seeds_needed_table(findings, scale)
    assert table is not None
    assert [row[0] for row in table.rows] == ["head · static · 5", "head · se · 5"]
    with_margin, scale = scaled(synthetic(objective={"metric": "accuracy", "equivalence": 0.03}))
    table = seeds_needed_table(with_margin, scale, all_rows=True)
    assert table is not None
    assert table.header[-1] == "if it is 3.0 pp"
    assert {row[-1] for row in table.rows} == {"9"}


def test_a_difference_that_no_study_could_show_needs_more_than_a_thousand_seeds(synthetic: Maker) -> None:
    findings, scale = scaled(synthetic(SMALL, seeds=10, spread=0.2, random_seed=20))
    table = seeds_needed_table(findings, scale)
    assert table is not None
    assert "more than 1,000" in {row[-1] for row in table.rows}


def test_ranks_show_the_first_places_and_count_the_rest(synthetic: Maker) -> None:
    table = ranks_table(*scaled(synthetic()), most=4)
    assert table is not None
    assert [row[:2] for row in table.rows[:2]] == [("1", "spatial · static · 3"), ("2", "spatial · se · 3")]
    assert len(table.rows) == 4
    assert ranks_table(*scaled(synthetic({"model.layer.window": [3]}))) is None
    assert ranks_table(*scaled(synthetic(seeds=2))) is None
