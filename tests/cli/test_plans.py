"""What `ablate plan` prints of designs, rules, matching and tuning."""

import subprocess
import sys
from pathlib import Path

import pytest

from ablate.cli.plans import print_plan
from ablate.specs import Cost, Costs, Matched, Plan
from ablate.study.load import load_plan

STUDY = """\
question: Why?
model: {layer: {heads: 4}}
factors:
  model.layer.sharing: [spatial, head]
  model.layer.heads: [4, 8]
  model.layer.window: [3, 5]
baseline: {model.layer.sharing: head, model.layer.heads: 4, model.layer.window: 3}
seeds: 3
"""


@pytest.fixture
def printed(tmp_path, monkeypatch, capsys):
    """Prints the plan of a study, changed by `change`, with made-up costs; answers its lines."""
    monkeypatch.setenv("COLUMNS", "120")

    def _printed(text: str, change=lambda plan: plan) -> list[str]:
        file = tmp_path / "study.yaml"
        file.write_text(text)
        costs = Costs(parameters=1_234_567, macs=89)
        print_plan(change(load_plan(file)), lambda _: costs)
        return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    return _printed


def match_all(plan: Plan) -> Plan:
    matched = [
        Matched(
            cost=Cost.PARAMETERS, target=1000, reached=1000 + 30 * n, setting="model.widths", value=[8, 16 + n],
            is_met=30 * n <= 20,
        )
        for n in range(len(plan.combinations))
    ]  # fmt: skip
    pairs = zip(plan.combinations, matched, strict=True)
    return plan.model_copy(update={"combinations": tuple(c.model_copy(update={"matched": m}) for c, m in pairs)})


def test_what_rules_removed_and_overrides_set_is_listed(printed):
    lines = printed(
        STUDY + "when: {model.layer.heads: {model.layer.sharing: head}}\n"
        "exclude: [{model.layer.heads: 8, model.layer.window: 5}]\n"
        "overrides: [{where: {model.layer.window: 5}, set: {training.epochs: 40, model.widths: [16, 32]}}]\n"
    )
    assert "head 4 3 1,234,567 89 baseline" in lines
    assert "excluded 2 by {model.layer.heads: 8, model.layer.window: 5}" in lines
    assert "excluded 1: model.layer.heads varies only when {model.layer.sharing: head}" in lines
    assert "override in 2 where {model.layer.window: 5}: training.epochs = 40, model.widths = 16, 32" in lines
    assert lines[-1] == "5 combinations × 3 seeds = 15 trials"


def test_the_recipe_is_said(printed):
    assert "recipe: small-images, with what the study sets itself" in printed(STUDY + "recipe: small-images\n")
    assert not any("recipe" in line for line in printed(STUDY))


def test_choices_of_one_configuration_are_listed_as_the_same(printed):
    lines = printed(STUDY)
    assert "same configuration, run once: spatial · 8 · 5 = spatial · 4 · 5" in lines
    assert lines[-1] == "6 combinations × 3 seeds = 18 trials"


def test_the_alias_structure_of_a_fraction_is_listed(printed):
    lines = printed(STUDY + "design: fraction\nfraction: 1/2\n")
    start = lines.index("design: fraction 1/2 of the factorial")
    assert lines[start + 1 : start + 3] == [
        "resolution III: main effects are aliased with two-factor interactions",
        "sharing = −heads × window",
    ]


def test_a_combination_that_does_not_meet_the_cost_stands_out(printed):
    lines = printed(STUDY + "design: one-factor\nmatch: {cost: parameters}\n", match_all)
    assert "sharing heads window parameters MACs matched widths" in lines
    assert "head 4 3 1,234,567 89 8, 16: +0.0 % baseline" in lines
    assert "head 4 5 1,234,567 89 8, 19: +9.0 % NOT MET" in lines
    assert "equal parameters by model.widths: 1,000, the baseline, within 2 %: NOT MET by 3 of 4 combinations" in lines


def test_the_budget_of_tuning_is_counted(printed):
    lines = printed(STUDY + "design: one-factor\ntune: {training.learning_rate: [1e-3, 2e-3], trials: 8}\n")
    assert lines[-1] == "before them 32 tuning trials, 8 for each combination, of training.learning_rate"


def test_a_design_too_large_to_run_is_listed_in_part_without_loading_torch(tmp_path):
    levels = list(range(1, 1001))
    (tmp_path / "large.yaml").write_text(
        "question: Why?\n"
        f"factors: {{data.split_seed: {levels}, training.batch_size: {levels}, training.warmup_epochs: [30, 3]}}\n"
        "baseline: {data.split_seed: 1, training.batch_size: 1, training.warmup_epochs: 3}\nseeds: 3\n"
    )
    code = (
        "import sys; from ablate.cli.main import app;"
        "app(['plan', 'large.yaml'], standalone_mode=False); print('torch' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    *_, count, total, loaded = done.stdout.splitlines()
    assert count == "... the first 100 of 2,000,000, without costs"
    assert total.startswith(
        "2,000,000 combinations × 3 seeds = 6,000,000 trials, before those of the same configuration"
    )
    assert loaded == "False False"
    assert "cannot be run" in done.stdout
    assert len([line for line in done.stdout.splitlines() if line.strip().startswith("1 ")]) == 100
    assert list(Path(tmp_path).iterdir()) == [tmp_path / "large.yaml"]
