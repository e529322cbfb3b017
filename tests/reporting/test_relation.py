"""The graph of one-switch steps as text for Mermaid."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from ablate.reporting.inference import find
from ablate.reporting.numerals import choose_scale
from ablate.reporting.relation import mermaid
from ablate.specs import Factor, Level, Split

Maker = Callable[..., Any]
VALUES = (0.90, 0.95, 0.90, 0.93)
SHOWN = """graph LR
  n0["spatial · 3<br/>90.0 ± 0.1 %"]
  n1["spatial · 5<br/>95.0 ± 0.1 %"]
  n2["head · 3<br/>90.0 ± 0.1 %"]
  n3["head · 5<br/>93.0 ± 0.1 %"]
  n0 ===|"sharing spatial → head<br/>0.0 (−0.2 to +0.2) pp"| n2
  n3 ==>|"sharing head → spatial<br/>+2.0 (+1.8 to +2.2) pp"| n1
  n0 ==>|"window 3 → 5<br/>+5.0 (+4.8 to +5.2) pp"| n1
  n2 ==>|"window 3 → 5<br/>+3.0 (+2.8 to +3.2) pp"| n3
  linkStyle 1,2,3 stroke:#0072B2,stroke-width:3px
  linkStyle 0 stroke:#009E73,stroke-width:3px
  classDef baseline stroke:#E69F00,stroke-width:4px
  class n3 baseline
"""


def text_of(store: Any) -> str | None:
    findings = find(store.study_plan, store.records)
    return mermaid(findings, choose_scale(findings.study.objective, [found.mean for found in findings.findings]))


def small(synthetic: Maker, **objective: Any) -> Any:
    """Two factors of two levels; every combination has its own ripple over eight seeds."""
    factors = {"model.layer.sharing": ["spatial", "head"], "model.layer.window": [3, 5]}
    store = synthetic(factors, seeds=8, objective={"metric": "accuracy", **objective})
    rows = {combination.hash: row for row, combination in enumerate(store.study_plan.combinations)}
    for place, trial in enumerate(store.records):
        row = rows[trial.combination]
        ripple = 0.003 * ((trial.seed >> (row % 3)) % 2 - 0.5)
        store = store.with_trial(place, scores={Split.TEST: {"accuracy": VALUES[row] + ripple}})
    return store


def labelled(synthetic: Maker, labels: list[str]) -> Any:
    """One factor whose levels have these labels."""
    store = synthetic({"training.batch_size": [8 * (place + 1) for place in range(len(labels))]}, seeds=3)
    plan = store.study_plan
    factor = Factor(name="a|b", levels=tuple(Level(label=label, settings={"x": label}) for label in labels))
    combinations = tuple(
        combination.model_copy(update={"choice": {"a|b": label}})
        for combination, label in zip(plan.combinations, labels, strict=True)
    )
    study = plan.study.model_copy(update={"factors": (factor,), "baseline": {"a|b": labels[-1]}})
    update = {"study": study, "combinations": combinations}
    return type(store)(plan.model_copy(update=update), store.records)


def test_nodes_have_means_edges_effects_and_arrows_point_to_the_better_end(synthetic: Maker) -> None:
    assert text_of(small(synthetic, equivalence=0.005)) == SHOWN


def test_where_less_is_better_arrows_turn_round_and_what_they_bring_with_them(synthetic: Maker) -> None:
    text = text_of(small(synthetic, equivalence=0.005, direction="minimize"))
    assert text is not None
    assert '  n1 ==>|"sharing spatial → head<br/>−2.0 (−2.2 to −1.8) pp"| n3\n' in text
    assert '  n1 ==>|"window 5 → 3<br/>−5.0 (−5.2 to −4.8) pp"| n0\n' in text


def test_undecided_steps_are_dotted_and_steps_without_data_say_so(synthetic: Maker) -> None:
    text = text_of(small(synthetic).without_results(range(8)))
    assert text is not None
    assert 'n0["spatial · 3<br/>no data"]' in text
    assert '  n0 -.-|"sharing spatial → head<br/>no data"| n2\n' in text
    assert "  linkStyle 0,2 stroke:#808080,stroke-width:1.5px\n" in text


@pytest.mark.parametrize(
    ("label", "escaped"),
    [
        ('say "so"', "say #34;so#34;"),
        ("[a] {b} (c)", "#91;a#93; #123;b#125; #40;c#41;"),
        ("a|b", "a#124;b"),
        ("#35; &amp;", "#35;35#59; #38;amp#59;"),
        ("<b>x</b>", "#60;b#62;x#60;#47;b#62;"),
        ("1. one", "1#46; one"),
        ("- one", "#45; one"),
        ("_a_ **b** `c`", "#95;a#95; #42;#42;b#42;#42; #96;c#96;"),
        ("%%{init: {}}%%", "#37;#37;#123;init#58; #123;#125;#125;#37;#37;"),
        ("$$x$$", "#36; #36;x#36; #36;"),
        ("two\n lines", "two lines"),
        ("a\u202eb", "ab"),
        ("µ · 漢字 “x” → é", "µ · 漢字 “x” → é"),
        ("position_bias 0.5 I-D-DW", "position_bias 0.5 I-D-DW"),
        ("end", "end"),
    ],
)
def test_labels_cannot_speak_to_mermaid_markdown_or_html(synthetic: Maker, label: str, escaped: str) -> None:
    text = text_of(labelled(synthetic, [label, "plain"]))
    assert text is not None
    assert f'  n0["{escaped}<br/>' in text
    assert f'|"a#124;b {escaped} → plain<br/>' in text


def test_long_labels_are_cut_and_still_differ(synthetic: Maker) -> None:
    text = text_of(labelled(synthetic, [f"{'x' * 60} {number} {'y' * 60}" for number in range(4)]))
    assert text is not None
    nodes = re.findall(r'\["(.*?)<br/>', text)
    assert len(set(nodes)) == 4
    assert max(map(len, nodes)) <= 24
    assert max(map(len, text.splitlines())) < 140


def test_there_is_no_graph_without_a_step_or_beyond_what_can_be_read(synthetic: Maker) -> None:
    assert text_of(synthetic({"model.layer.window": [3]}, seeds=2)) is None
    heads, windows = [1, 2, 4, 8, 16], [3, 5, 7, 9, 11]
    assert text_of(synthetic({"model.layer.heads": heads, "model.layer.window": windows}, seeds=2)) is None
    assert text_of(labelled(synthetic, [f"level {number}" for number in range(12)])) is None
    assert text_of(labelled(synthetic, [f"level {number}" for number in range(11)])) is not None
