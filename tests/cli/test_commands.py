"""The commands as a user types them: what they print, and what they tell the shell."""

import hashlib
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from importlib import metadata
from pathlib import Path

import pytest
from shell import ablate

from ablate.tracking.store import Store
from ablate.workspace import Workspace

STUDY = """
name: small
question: Which is better?
model: {widths: [6], depths: [1], layer: {window: 3, heads: 2}}
data: {training_images: 40}
training: {epochs: 2, batch_size: 20, warmup_epochs: 0, learning_rate: 0.01}
factors:
  model.layer.sharing: [spatial, head]
  training.learning_rate: [0.01, 0.02]
baseline: {model.layer.sharing: head, training.learning_rate: 0.01}
seeds: 2
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A workspace in which the small study was run once, and what that run printed."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "small.yaml").write_text(STUDY)
    done = ablate("run", "small.yaml", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    return root, done


def test_run_ends_with_a_report_and_says_where_it_is(place):
    root, done = place
    assert "8 trials to run" in done.stdout
    assert "[8/8] complete" in done.stdout
    assert done.stdout.endswith("8 of 8 trials complete\nreport: reports/small/report.md\n")
    assert done.stderr == ""
    assert "Which is better?" in (root / "reports/small/report.md").read_text()


def test_run_leaves_everything_inside_the_workspace(place):
    root, _ = place
    assert sorted(path.name for path in root.iterdir()) == ["db", "reports", "small.yaml"]
    assert Path(Workspace(root).root / "db" / "mlflow.db").exists()


def test_a_second_run_changes_nothing_and_starts_no_job(place):
    root, _ = place
    journals = sorted((root / "db" / "runs").rglob("*"))
    report = (root / "reports/small/report.md").stat().st_mtime_ns
    done = ablate("run", "small.yaml", cwd=root)
    assert done.returncode == 0
    assert "trials to run" not in done.stdout
    assert "8 of 8 trials complete" in done.stdout
    assert sorted((root / "db" / "runs").rglob("*")) == journals
    assert (root / "reports/small/report.md").stat().st_mtime_ns == report


def test_the_report_that_a_killed_run_owes_is_written_by_the_next(place):
    root, _ = place
    report, owed = root / "reports/small/report.md", Workspace(root).report_due("small")
    assert not owed.exists()
    owed.touch()
    text = report.read_text()
    report.write_text("of some trials only")
    assert ablate("run", "small.yaml", cwd=root).returncode == 0
    assert report.read_text() == text
    assert not owed.exists()


def test_power_says_how_many_seeds_would_decide(place):
    root, _ = place
    done = ablate("power", "small", cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3 comparisons can be decided with 7 seeds or more")
    assert "the study plans 2: too few" in done.stdout
    assert "spatial · 0.02" in done.stdout
    (root / "other.yaml").write_text(STUDY.replace("name: small", "name: other").replace("seeds: 2", "seeds: 9"))
    unrun = ablate("power", "other.yaml", cwd=root)
    assert "the study plans 9: enough." in unrun.stdout
    assert "No trial has run yet" in unrun.stdout
    unknown = ablate("power", "smal", cwd=root)
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "did you mean small?" in unknown.stderr
    (root / "other.yaml").unlink()


def test_report_writes_the_same_bytes_again(place):
    root, _ = place
    directory = root / "reports" / "small"
    before = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    done = ablate("report", "small", cwd=root)
    assert done.returncode == 0
    assert {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()} == before


def test_what_the_report_claims_is_in_the_database_once_however_often_it_is_written(place):
    root, _ = place
    with Store.open(Workspace(root).database_url) as store:
        (kept,) = store.reports("small")
    content = (root / "reports/small/report.json").read_bytes()
    assert kept.claims.digest == hashlib.sha256(content).hexdigest()
    assert len(kept.claims.comparisons) == 3 + 4
    assert kept.claims.answer in (root / "reports/small/report.md").read_text()


def test_status_counts_trials_by_name_and_by_file(place):
    root, _ = place
    for study in ("small", "small.yaml"):
        done = ablate("status", study, cwd=root)
        assert done.returncode == 0
        assert "8 of 8 trials complete" in done.stdout
    assert ablate("status", cwd=root).stdout == "small: 8 of 8 trials complete\n"


def test_an_unknown_study_is_named_with_the_nearest_one(place):
    root, _ = place
    done = ablate("status", "smal", cwd=root)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "small" in done.stderr
    assert done.stderr.count("\n") == 1


def test_plan_shows_every_combination_with_its_costs_and_runs_nothing(tmp_path):
    (tmp_path / "small.yaml").write_text(STUDY)
    done = ablate("plan", "small.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert "4 combinations × 2 seeds = 8 trials" in done.stdout
    assert "parameters" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_a_failing_combination_is_said_with_its_reason_and_the_exit_code_is_one(tmp_path):
    text = STUDY.replace("[0.01, 0.02]", "[0.01, 1e30]").replace("epochs: 2", "epochs: 3, optimizer: sgd")
    (tmp_path / "small.yaml").write_text(text)
    done = ablate("run", "small.yaml", "--mlflow", "off", cwd=tmp_path)
    assert done.returncode == 1
    assert "failed: spatial · 1e30 · seed 0: Diverged: the training loss is" in done.stdout
    assert "4 of 8 trials complete, 4 failed" in done.stdout
    status = ablate("status", "small", cwd=tmp_path)
    assert status.returncode == 1
    assert "Diverged: the training loss is" in status.stdout
    assert "Diverged" in (tmp_path / "reports/small/report.md").read_text()
    retried = ablate("retry", "--failed", "small.yaml", "--mlflow", "off", "--system-metrics", cwd=tmp_path)
    assert retried.returncode == 1
    assert "4 failed trials will run again" in retried.stdout
    assert len(list((tmp_path / "db" / "runs").glob("*/*/002"))) == 4
    sampled = {path.parent.name for path in (tmp_path / "db" / "runs").glob("*/*/*/system.jsonl")}
    assert sampled == {"002"}, "only those that were asked to are sampled"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "nothing.yaml"), "nothing.yaml"),
        (("run", "small.yaml", "--workspace", "nowhere"), "--workspace nowhere: there is no such directory"),
        (("run", "small.yaml", "--set", "data.training_image=9"), "training_images"),
        (("run", "small.yaml", "--database", "sqlite:///small.yaml"), "small.yaml"),
        (("status", "--database", "nonsense"), "nonsense"),
        (("ui",), "no db/mlflow.db yet: run a study first"),
        (("report", "small"), "no database yet; run a study first"),
        (("status",), "no database yet; run a study first"),
        (("retry", "--failed", "small.yaml"), "no database yet; run a study first"),
    ],
)
def test_bad_input_is_one_line_exit_code_two_and_nothing_half_made(tmp_path, arguments, message):
    (tmp_path / "small.yaml").write_text(STUDY)
    done = ablate(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_who_interrupts_a_command_does_not_wait_for_the_end_of_the_interpreter():
    code = "import atexit; from ablate.cli.application import Exit, leave; atexit.register(print, 'late'); "
    code += "print('said'); leave(Exit.INTERRUPTED)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (130, "said\n")


def test_the_version_is_that_of_the_distribution():
    assert ablate("--version").stdout == f"ablate {metadata.version('ablate-studies')}\n"


def test_help_loads_no_torch_and_nothing_else_that_is_slow():
    code = (
        "import sys; from ablate.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'mlflow', 'optuna', 'pandas', 'matplotlib', 'sqlalchemy', 'pydantic', 'scipy'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.endswith("loaded: []\n")


def test_orchestration_loads_no_torch():
    code = "import sys, ablate.orchestrate, ablate.cli.running; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ui_serves_this_machine_alone_and_ends_with_all_its_processes(place, number):
    root, _ = place
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-c", "from ablate.cli import main; main()", "ui", "--port", str(port)]
    with (root / "ui.txt").open("w") as output:
        process = subprocess.Popen(command, cwd=root, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 90
        page = ""
        while not page and time.monotonic() < deadline:
            try:
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read().decode()
            except OSError:
                time.sleep(0.3)
        assert "mlflow" in page.lower(), (root / "ui.txt").read_text()
    finally:
        process.send_signal(number)
        assert process.wait(timeout=30) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "something still serves"
    (root / "ui.txt").unlink()
