"""The mirror beside a run holds nothing up and says what went wrong once; `ablate mirror` brings over what is left."""

import socket
import threading
import time

import pytest
from shell import ablate

from ablate.cli.mirroring import MirrorKeeper
from ablate.errors import TrackingError

RUNS = "model,seed,accuracy\n" + "".join(f"{model},{seed},0.{seed + 5}\n" for model in "ab" for seed in range(3))


class Recorder:
    """A mirror that writes nothing: what it is asked for, and by which threads."""

    def __init__(self, work=lambda _: None):
        self.work, self.threads, self.texts = work, [], []
        self.looked_again = False

    def sync(self, study, is_over):
        self.threads.append(threading.current_thread().name)
        self.work(is_over)
        return 1

    def describe(self, study, text):
        self.texts.append(text)

    def look_again(self):
        self.looked_again = True


def keeper(mirror, said=None, text=lambda: "text"):
    return MirrorKeeper(mirror, "study", text, (said if said is not None else []).append)


def test_news_is_brought_over_in_another_thread_and_the_rest_at_the_end_in_this_one():
    mirror = Recorder()
    with keeper(mirror) as kept:
        kept.wake()
        deadline = time.monotonic() + 5
        while not mirror.threads and time.monotonic() < deadline:
            time.sleep(0.01)
        kept.finish()
    assert mirror.threads == ["mirror", threading.current_thread().name]
    assert mirror.looked_again
    assert kept.brought == 2


def test_a_mirror_that_hangs_holds_up_neither_the_run_nor_its_interruption(monkeypatch):
    monkeypatch.setattr("ablate.cli.mirroring.PARTING_SECONDS", 0.2)
    release = threading.Event()
    mirror = Recorder(lambda _: release.wait(30))
    began = time.monotonic()
    with keeper(mirror) as kept:
        for _ in range(100):
            kept.wake()
        assert time.monotonic() - began < 0.2
    assert time.monotonic() - began < 2
    release.set()


def test_two_threads_never_write_at_once(monkeypatch):
    monkeypatch.setattr("ablate.cli.mirroring.PATIENCE_SECONDS", 0.2)
    release = threading.Event()
    mirror = Recorder(lambda _: release.wait(30))
    with keeper(mirror) as kept:
        kept.wake()
        while not mirror.threads:
            time.sleep(0.01)
        kept.finish()
        assert mirror.threads == ["mirror"]
        release.set()


def test_a_long_catching_up_ends_when_the_run_does():
    def work(is_over):
        while not is_over():
            time.sleep(0.01)
            if threading.current_thread() is threading.main_thread():
                return

    began = time.monotonic()
    with keeper(Recorder(work)) as kept:
        kept.wake()
        kept.finish()
    assert time.monotonic() - began < 5


def test_a_mirror_that_fails_is_said_once_in_the_threads_of_the_run():
    said = []

    def fail(_):
        raise TrackingError("away")

    mirror = Recorder(fail)
    with keeper(mirror, said) as kept:
        for count in (1, 2):
            kept.wake()
            while len(mirror.threads) < count:
                time.sleep(0.01)
        kept.finish()
    assert said == ["away"]


def test_the_text_above_the_runs_is_brought_up_to_date_now_and_then_and_may_fail(monkeypatch):
    monkeypatch.setattr("ablate.cli.mirroring.DESCRIBE_SECONDS", 0.0)
    said, mirror = [], Recorder()
    with keeper(mirror, said) as kept:
        kept.wake()
        while not mirror.texts:
            time.sleep(0.01)
    assert mirror.texts[0] == "text"
    assert said == []


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Where runs were imported: nothing is trained."""
    place = tmp_path_factory.mktemp("workspace")
    (place / "runs.csv").write_text(RUNS)
    command = "import runs.csv --name mine --factor model --seed seed --maximize accuracy --baseline model=a"
    done = ablate(*command.split(), cwd=place)
    assert done.returncode == 0, done.stderr
    return place


def test_ablate_mirror_says_how_far_behind_each_study_was_and_is_safe_to_repeat(workspace):
    for behind in ("6 runs", "0 runs"):
        done = ablate("mirror", "mine", cwd=workspace)
        assert (done.returncode, done.stderr, done.stdout) == (0, "", f"mine: {behind} behind, now up to date\n")


def test_ablate_mirror_says_in_one_line_that_mlflow_is_away(workspace):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = ablate("mirror", "--mlflow", f"http://ann:secret@{address}", cwd=workspace)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: MLflow at http://{address} cannot be written to")
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"), [(("nine",), "no study nine"), (("mine", "--mlflow", "off"), "--mlflow off: expected")]
)
def test_ablate_mirror_refuses_what_it_cannot_do(workspace, arguments, said):
    done = ablate("mirror", *arguments, cwd=workspace)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
