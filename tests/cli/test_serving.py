"""`ablate ui` in a browser: the study is found, its seeds folded by combination, and a curve is drawn."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from browser import CHROMIUM, Page
from shell import ablate

from ablate.specs import Configuration, Environment, Factor, Level, MetricRecord, Split, StudySpec, TrialResult
from ablate.study.design import plan
from ablate.tracking.store import Store
from ablate.workspace import Workspace

FACTOR = "training.learning_rate"
STARTED = 1_800_000_000.0
EPOCHS = 5


def fill(store):
    """A study of two combinations and two seeds, as if it had run."""
    levels = tuple(Level(label=label, settings={FACTOR: rate}) for label, rate in (("slow", 0.001), ("fast", 0.01)))
    study = StudySpec(
        name="seen",
        question="Is this question to be seen?",
        factors=(Factor(name=FACTOR, levels=levels),),
        base=Configuration(),
        baseline={FACTOR: "slow"},
        seeds=(0, 1),
    )
    store.record_plan(plan(study))
    for number, trial in enumerate(store.trials("seen")):
        store.begin_attempt("seen", trial.name, 1, "local", threads=1, gpus=(), started=STARTED)
        lines = [
            MetricRecord(
                step=s, split=split, time=STARTED + s, values={"accuracy": s / 10 + number / 100, "loss": 1 / s}
            )
            for s in range(1, EPOCHS + 1)
            for split in (Split.VALIDATION, Split.TEST)
        ]
        store.ingest("seen", trial.name, 1, lines, offset=1)
        result = TrialResult(
            trial=trial.name,
            attempt=1,
            status="complete",
            started=STARTED,
            ended=STARTED + EPOCHS,
            environment=Environment(packages={}, hardware={}, commit=None, is_clean=None),
        )
        store.finish_attempt("seen", result)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    place = Workspace(tmp_path_factory.mktemp("workspace"))
    with Store.open(place.database_url) as store:
        fill(store)
    return place


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(workspace, port, *options):
    arguments = ["ui", "seen", "--port", str(port), *options]
    command = [sys.executable, "-W", "ignore", "-c", "from ablate.cli import main; main()", *arguments]
    with (workspace.root / "ui.txt").open("w") as output:
        return subprocess.Popen(command, cwd=workspace.root, stdout=output, stderr=output)


def said(workspace, wanted, seconds=60):
    """What the command has printed, once it holds `wanted`."""
    deadline = time.monotonic() + seconds
    while wanted not in (text := (workspace.root / "ui.txt").read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return text


def processes_of(port):
    """Living processes that were started for this port."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (directory / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(port).encode() in arguments:
            found.append(arguments)
    return found


@pytest.fixture(scope="module")
def page_address(workspace):
    """Where `ablate ui seen` says that the study is; ends by Ctrl-C, and with it all its processes."""
    port = free_port()
    process = start(workspace, port)
    try:
        text = said(workspace, "MLflow at")
        assert "MLflow at" in text, text
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
            except OSError:
                time.sleep(0.2)
            else:
                break
        yield text.split("MLflow at ")[1].split()[0]
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)
    assert code == 0
    assert processes_of(port) == []


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here: the pages are looked at where there is one")
def test_a_browser_finds_the_study_its_runs_by_combination_and_a_curve(page_address, workspace):
    with Page(workspace.root / "browser") as page:
        page.open(page_address)
        assert page.wait_for("document.body.innerText.includes('Group: fast')"), page.text()
        seen = page.text()
        assert "seen" in seen
        assert "Is this question to be seen?" in seen
        assert "Group: slow" in seen
        assert "fast · seed 1" in seen
        assert "5 matching runs" not in seen  # no report was written, so that there are only trials
        curve = (
            "[...document.querySelectorAll('.js-plotly-plot')].some(plot => (plot.data || []).some("
            f"line => line.x && line.x.length === {EPOCHS} && line.y.some(value => value > 0.5)))"
        )
        assert page.wait_for(curve), page.text()
        assert page.wait_for("document.body.innerText.includes('fast (test/accuracy)')"), page.text()


@pytest.mark.skipif(not CHROMIUM, reason="no chromium here: the pages are looked at where there is one")
def test_the_list_of_experiments_names_the_study(page_address, workspace):
    with Page(workspace.root / "browser") as page:
        page.open(page_address.partition("/#/")[0] + "/#/experiments")
        assert page.wait_for("[...document.querySelectorAll('a')].some(link => link.innerText.trim() === 'seen')"), (
            page.text()
        )


def test_ui_ends_with_all_its_processes_also_while_it_starts_and_warns_of_an_open_address(workspace):
    port = free_port()
    process = start(workspace, port, "--host", "0.0.0.0")
    text = said(workspace, "warning")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0, text
    assert f"MLflow at http://127.0.0.1:{port}/#/experiments/" in text
    assert "it asks for no password" in text
    assert processes_of(port) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("nine",), "no study nine"),
        (("--host", "192.0.2.1"), "on 192.0.2.1 (Cannot assign requested address)"),
        (("--mlflow", "http://ann:secret@host:5000"), "MLflow runs at http://host:5000 already"),
    ],
)
def test_ui_says_in_one_line_what_it_cannot_do(workspace, options, message):
    done = ablate("ui", *options, "--port", free_port(), cwd=workspace.root)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stderr


def test_ui_says_in_one_line_that_its_port_is_taken(workspace):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = ablate("ui", "--port", port, cwd=workspace.root)
    assert done.returncode == 2
    assert done.stderr == f"error: port {port} on 127.0.0.1 is in use: give another with --port\n"
