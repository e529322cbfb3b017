"""A server of MLflow that is killed, that hangs, that wants a password: everything arrives, once, and nothing leaks."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from mlflow import MlflowClient

from ablate.errors import TrackingError
from ablate.specs import MetricRecord, TrialResult
from ablate.tracking import mlflow_reach
from ablate.tracking.mlflow import Mirror
from ablate.tracking.mlflow_page import ui_command
from ablate.tracking.records import AttemptStatus
from ablate.tracking.store import Store
from ablate.workspace import Workspace

STUDY = "windows"
STARTED = 1_800_000_000.25
PASSWORD = "s3cret%2Fword"
SECRETS = (PASSWORD, "s3cret/word")

Points = dict[str, list[tuple[int, float, int]]]


class Server:
    """An MLflow in a process group of its own, at the same port whenever it is started."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.command = ui_command(f"sqlite:///{folder / 'mlflow.db'}", folder / "artifacts", self.port)
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "server.txt").open("ab") as output:
            self.process = subprocess.Popen(
                self.command.arguments,
                env={**os.environ, **self.command.environment},
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError((self.folder / "server.txt").read_text())

    def kill(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"))
    made.start()
    yield made
    made.kill()


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what the mirror sets is undone after the test."""
    for name, value in mlflow_reach.SETTINGS.items():
        monkeypatch.setenv(name, value)


def complete(store: Store, trial: str, records: tuple[MetricRecord, ...], result: TrialResult) -> None:
    store.begin_attempt(STUDY, trial, result.attempt, "local", threads=2, gpus=(), started=STARTED)
    store.ingest(STUDY, trial, result.attempt, records, offset=700)
    store.finish_attempt(STUDY, result)


def in_database(store: Store) -> dict[str, tuple[str, dict[str, str], str, Points]]:
    """By trial: attempt, params, state and every point, as MLflow ought to show them."""
    newest = {record.trial: record for record in store.attempts(STUDY)}
    labels = {c.hash: tuple(c.choice.values()) for c in store.plan(STUDY).combinations}
    states = {"complete": "FINISHED", "failed": "FAILED", "lost": "KILLED", "running": "RUNNING"}
    found = {}
    for trial in store.trials(STUDY):
        if trial.name not in newest:
            continue
        attempt = newest[trial.name]
        window, epochs = labels[trial.combination]
        points: Points = {}
        for record in store.metric_records(STUDY, trial.name, attempt.number):
            for name, value in record.values.items():
                points.setdefault(f"{record.split}/{name}", []).append((record.step, value, round(record.time * 1000)))
        params = {"window": window, "epochs": epochs, "seed": str(trial.seed)}
        found[trial.name] = (str(attempt.number), params, states[attempt.status], points)
    return found


def in_mlflow(client: MlflowClient) -> dict[str, tuple[str, dict[str, str], str, Points]]:
    experiment = client.get_experiment_by_name(STUDY)
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) == len({run.data.tags["ablate.trial"] for run in runs}), "a trial with two runs"
    found = {}
    for run in runs:
        keys = [key for key in run.data.metrics if "/" in key]
        history = {key: client.get_metric_history(run.info.run_id, key) for key in keys}
        points = {key: [(m.step, m.value, m.timestamp) for m in line] for key, line in history.items()}
        tags = run.data.tags
        found[tags["ablate.trial"]] = (tags["ablate.attempt"], run.data.params, run.info.status, points)
    return found


def test_a_server_killed_in_mid_study_ends_with_everything_exactly_once(
    server: Server,
    store: Store,
    tmp_path: Path,
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [trial.name for trial in store.trials(STUDY)]
    place = Workspace(tmp_path)
    mirror, client = Mirror(store, server.url, place), MlflowClient(server.url)
    directory = place.attempt_directory(STUDY, names[0], 1)
    directory.mkdir(parents=True)
    (directory / "spec.json").write_text("{}")
    for name in names[:2]:
        complete(store, name, records, make_result(name))
    for name in names[2:4]:
        store.begin_attempt(STUDY, name, 1, "local", threads=2, gpus=(), started=STARTED)
        store.ingest(STUDY, name, 1, records[:3], offset=300)
    assert mirror.sync(STUDY) == 4
    assert in_mlflow(client) == in_database(store)

    for name in names[4:7]:
        complete(store, name, records, make_result(name))
    write, calls = MlflowClient.log_batch, []

    def dying(self: MlflowClient, *arguments: object, **options: object) -> None:
        write(self, *arguments, **options)  # type: ignore[arg-type]
        calls.append(arguments)
        if len(calls) == 2:
            server.kill()

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_batch", dying)
        for patience in (15.0, 0.5):
            began = time.monotonic()
            with pytest.raises(TrackingError, match="cannot be written to"):
                mirror.sync(STUDY)
            assert time.monotonic() - began < patience
    store.ingest(STUDY, names[2], 1, records, offset=700)
    store.finish_attempt(STUDY, make_result(names[2]))
    store.end_attempt(STUDY, names[3], 1, AttemptStatus.LOST, "killed", ended=STARTED + 5)
    complete(store, names[3], records, make_result(names[3], 2))
    store.begin_attempt(STUDY, names[7], 1, "local", threads=2, gpus=(), started=STARTED)
    store.finish_attempt(STUDY, make_result(names[7], status="failed"))

    server.start()
    mirror.look_again()
    assert mirror.sync(STUDY) == 5  # of the three that were under way, one had been recorded as done
    assert in_mlflow(client) == in_database(store)
    assert Mirror(store, server.url, place).sync(STUDY) == 0
    (run,) = client.search_runs(["1"], f"tags.`ablate.trial` = '{names[0]}'")
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["spec.json"]


def test_a_server_that_hangs_is_given_up_within_the_stated_patience_and_then_left_alone(
    store: Store, trial: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    store.begin_attempt(STUDY, trial, 1, "local", threads=2, gpus=(), started=STARTED)
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        mirror = Mirror(store, f"http://127.0.0.1:{hanging.getsockname()[1]}", Workspace(tmp_path))
        began = time.monotonic()
        with pytest.raises(TrackingError, match="cannot be written to"):
            mirror.sync(STUDY)
        took = time.monotonic() - began
        assert 2.0 <= took < 8.0
        assert mirror._reach._away is not None
        left_alone = mirror._reach._away[0] - time.monotonic()
        assert left_alone > 15 * took, "more than a twentieth of the time would be spent on waiting"


class Refusal(BaseHTTPRequestHandler):
    """Asks for other credentials, and repeats in its answer what it was given."""

    seen: list[str]
    echo: str

    def do_GET(self) -> None:
        said = self.headers.get("Authorization", "")
        type(self).seen.append(said)
        words = base64.b64decode(said.split()[-1]).decode() if said.startswith("Basic") else said
        body = json.dumps({"error_code": "PERMISSION_DENIED", "message": f"no entry with {words} {self.echo}"}).encode()
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None: ...


@pytest.mark.parametrize("way", ["url", "password", "token"])
def test_credentials_arrive_and_are_never_shown(
    store: Store,
    trial: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    way: str,
) -> None:
    Refusal.seen, Refusal.echo = [], PASSWORD if way == "url" else ""
    refusing = HTTPServer(("127.0.0.1", 0), Refusal)
    threading.Thread(target=refusing.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{refusing.server_port}"
    expected = "Basic " + base64.b64encode(b"ann:s3cret/word").decode()
    if way == "password":
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ann")
        monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "s3cret/word")
    elif way == "token":
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cret/word")
        expected = "Bearer s3cret/word"
    store.begin_attempt(STUDY, trial, 1, "local", threads=2, gpus=(), started=STARTED)
    address = f"http://ann:{PASSWORD}@{host}" if way == "url" else f"http://{host}"
    try:
        with pytest.raises(TrackingError, match=rf"MLflow at http://{host} cannot be written to") as caught:
            Mirror(store, address, Workspace(tmp_path)).sync(STUDY)
    finally:
        refusing.shutdown()
        refusing.server_close()
    assert set(Refusal.seen) == {expected}
    printed = capfd.readouterr()
    shown = str(caught.value) + caplog.text + printed.out + printed.err
    if way == "url":
        assert "no entry with" in shown
    assert not any(secret in shown for secret in SECRETS), shown
