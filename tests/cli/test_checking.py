"""`ablate check` and matched studies as a user meets them."""

import json
import subprocess
import sys

import pytest

from ablate.cli.checking import say_idle
from ablate.cli.matching import match_costs
from ablate.cli.quantities import duration, memory, short_duration
from ablate.models import build, cost
from ablate.specs.probe import IdleSwitch
from ablate.study.load import load_plan

STUDY = """
name: tried
question: What does nothing?
model: {widths: [6], depths: [1], layer: {window: 3, heads: 2}}
data: {training_images: 40}
training: {epochs: 2, batch_size: 20, warmup_epochs: 0, learning_rate: 0.01, optimizer: sgd}
factors:
  training.learning_rate: [0.01, 1.0e+38]
  training.gradient_clip: [null, 1.0e6]
  training.epochs: [2, 3]
baseline: {training.learning_rate: 0.01, training.gradient_clip: null, training.epochs: 2}
seeds: 2
"""

MATCHED = """
name: matched
question: Which axis, at equal parameters?
model: {widths: [32, 64], depths: [1, 1], layer: {window: 3, heads: 4}}
data: {training_images: 40}
training: {epochs: 1, batch_size: 20, warmup_epochs: 0}
factors:
  model.layer.sharing: [spatial, head]
  model.layer.dynamics: [static, attention]
baseline: {model.layer.sharing: head, model.layer.dynamics: attention}
match: {cost: parameters, vary: model.widths}
seeds: 1
"""

NO_SERVER = """
from ablate.jobs import forking
def refuse(self): raise AssertionError("a fork server was started")
forking.ForkServer._start = refuse
"""


def ablate(*arguments, cwd, before="", after=""):
    code = f"{before}\nimport sys\nfrom ablate.cli import main\ntry: main()\nfinally: print({after!r} in sys.modules)"
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)]
    environment = {"COLUMNS": "80", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, capture_output=True, text=True, timeout=250, cwd=cwd, env=environment)


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """A workspace in which the small study was checked, and what that printed."""
    root = tmp_path_factory.mktemp("checked")
    (root / "tried.yaml").write_text(STUDY)
    return root, ablate("check", "tried.yaml", "--price-per-hour", "1000000", cwd=root, after="torch")


def test_combinations_that_cannot_run_are_named_with_their_reason_and_the_exit_code_is_one(checked):
    _, done = checked
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("cannot run: 1e38 · ") == 4
    assert "cannot run: 1e38 · null · 3: Diverged: the training loss is " in done.stdout
    assert done.stdout.endswith("False\n"), "torch was loaded"
    assert done.stderr == ""


def test_a_switch_that_changed_nothing_is_named_and_one_that_acts_later_is_not(checked):
    _, done = checked
    line = "training.gradient_clip: null against 1000000.0 changed nothing in the 5 steps that were probed\n"
    assert line in done.stdout
    assert done.stdout.count("changed nothing") == 1


def test_a_check_says_what_each_combination_needs_and_the_study_takes(checked):
    _, done = checked
    for word in ("parameters", "MACs", "ms/step", "memory", "trial", "(baseline)", "MiB", "side by side"):
        assert word in done.stdout
    assert "8 trials left: about " in done.stdout
    assert "core-hours" in done.stdout
    assert "at 1,000,000.00 for an hour of this machine: about " in done.stdout
    assert max(map(len, done.stdout.splitlines()[2:15])) <= 80


def test_what_was_found_is_kept_and_nothing_else_is_left(checked):
    root, _ = checked
    assert sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()) == [
        "db/runs/tried/check.json",
        "tried.yaml",
    ]
    found = json.loads((root / "db/runs/tried/check.json").read_text())
    assert len(found["combinations"]) == 8
    assert found["machine"]["processor"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing.yaml",), "nothing.yaml"),
        (("tried.yaml", "--workspace", "nowhere"), "--workspace nowhere: there is no such directory"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(tmp_path, arguments, message):
    (tmp_path / "tried.yaml").write_text(STUDY)
    done = ablate("check", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["tried.yaml"]


@pytest.fixture(scope="module")
def matched(tmp_path_factory):
    """A workspace in which the matched study was run to its end."""
    root = tmp_path_factory.mktemp("matched")
    (root / "matched.yaml").write_text(MATCHED)
    done = ablate("run", "matched.yaml", "--mlflow", "off", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def test_parameters_are_matched_within_the_tolerance_or_it_is_said_that_they_are_not(matched):
    planned = match_costs(load_plan(matched / "matched.yaml", (), None), matched)
    target = planned.combinations[-1].matched.target
    for combination in planned.combinations:
        facts = combination.configuration.data.facts
        real = cost(build(combination.configuration.model, facts), facts.height, facts.width).parameters
        assert combination.matched.reached == real
        assert combination.matched.is_met == (abs(real / target - 1) <= 0.02)
    met = {combination.label(): combination.matched.is_met for combination in planned.combinations}
    # widths that are multiples of four heads come no nearer than 2.1 % without attention's parameters
    assert met == {
        "spatial · static": True,
        "spatial · attention": True,
        "head · static": False,
        "head · attention": True,
    }


@pytest.mark.parametrize("command", [("run", "matched.yaml", "--mlflow", "off"), ("plan", "matched.yaml")])
def test_a_matched_study_is_planned_again_and_found_complete_without_a_process_that_measures(matched, command):
    done = ablate(*command, cwd=matched, before=NO_SERVER, after="torch")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("4 of 4 trials complete" if command[0] == "run" else "4 combinations × 1 seeds") in done.stdout
    assert done.stdout.endswith("False\n")


def test_a_check_in_which_all_can_run_ends_with_zero_and_a_complete_study_has_no_trial_left(matched):
    done = ablate("check", "matched.yaml", cwd=matched)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no trial is left" in done.stdout


def test_a_switch_that_did_nothing_at_some_places_is_said_with_them():
    places = tuple({"b": str(number), "c": "x"} for number in range(5))
    switch = IdleSwitch(factor="a", levels=("1", "2"), others=places[:2], is_everywhere=False)
    assert say_idle(switch, 5) == "a: 1 against 2 changed nothing in the 5 steps that were probed, at 0 · x, 1 · x"
    many = switch.model_copy(update={"others": places})
    assert say_idle(many, 5).endswith("probed, at 0 · x, 1 · x, 2 · x and 2 more")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.26, "0.3 s"), (9.94, "9.9 s"), (9.96, "10 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (273_600, "3 d 4 h")],
)
def test_durations_read_as_people_say_them(seconds, text):
    assert short_duration(seconds) == text
    assert duration(seconds) == text or seconds < 9.95


def test_memory_reads_in_the_unit_that_suits():
    assert (memory(138 * 2**20), memory(3 * 2**29)) == ("138 MiB", "1.5 GiB")
