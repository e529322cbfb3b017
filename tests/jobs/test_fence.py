"""An attempt that was given up, or followed by another, can bring no result, whenever it wakes up."""

import fcntl
import itertools
import threading

import pytest

from ablate.errors import Superseded, WorkspaceError
from ablate.jobs import fence, lease
from ablate.jobs.journal import (
    METRICS,
    RESULT,
    Journal,
    accepted_result,
    create_attempt,
    list_attempts,
    read_result,
)
from ablate.specs import Configuration, Environment, JobSpec, MetricRecord, Split, TrialResult, TrialSpec

TRIAL = TrialSpec(study="s", configuration=Configuration(), seed=3)
RECORD = MetricRecord(step=1, split=Split.TRAIN, time=1.5, values={"loss": 0.25})


def result(number, status="complete"):
    environment = Environment(packages={"torch": "1"}, hardware={})
    return TrialResult(trial=TRIAL.name, attempt=number, status=status, started=1, ended=2, environment=environment)


def create(root, number):
    directory = root / TRIAL.name / f"{number:03d}"
    create_attempt(directory, JobSpec(trial=TRIAL, attempt=number))
    return directory


def everything(directory):
    return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_a_fence_only_rises(tmp_path):
    heights = []
    for number in (2, 1, 12, 9, 10_000):
        fence.raise_fence(tmp_path, number)
        heights.append(fence.fence_of(tmp_path))
    assert heights == [2, 2, 12, 12, 10_000]


def test_a_fence_that_was_cut_off_while_it_was_written_is_none_and_can_be_raised(tmp_path):
    (tmp_path / fence.FENCE).touch()
    assert fence.fence_of(tmp_path) == 0
    fence.raise_fence(tmp_path, 3)
    assert fence.fence_of(tmp_path) == 3


def test_a_fence_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / fence.FENCE).mkdir()
    with pytest.raises(WorkspaceError, match=r"cannot write .*fence: Is a directory"):
        fence.raise_fence(tmp_path, 2)


def test_an_attempt_that_another_followed_writes_nothing_more(tmp_path):
    first = create(tmp_path, 1)
    Journal(first).append(RECORD)
    second = create(tmp_path, 2)
    before = everything(first)
    for write in (lambda j: j.append(RECORD), lambda j: j.finish(result(1)), lambda j: j.require_current()):
        with pytest.raises(Superseded, match=r"001: this attempt was given up \(lost: superseded by attempt 2\)"):
            write(Journal(first))
    assert everything(first) == before
    Journal(second).append(RECORD)
    Journal(second).finish(result(2))
    assert accepted_result(second) == result(2)


def test_the_fence_alone_bars_where_the_mark_was_lost(tmp_path):
    first = create(tmp_path, 1)
    create(tmp_path, 2)
    (first / fence.MARK).unlink()
    with pytest.raises(Superseded, match="attempt 2 of this trial came after this one"):
        Journal(first).append(RECORD)
    with lease.hold(first) as is_mine:
        assert not is_mine


def test_the_fence_is_up_before_the_successor_appears(tmp_path, monkeypatch):
    create(tmp_path, 1)
    seen = []
    rename = type(tmp_path).rename

    def look_and_rename(path, target):
        seen.append((fence.fence_of(tmp_path / TRIAL.name), list_attempts(tmp_path)[TRIAL.name]))
        return rename(path, target)

    monkeypatch.setattr(type(tmp_path), "rename", look_and_rename)
    create(tmp_path, 2)
    assert seen == [(2, [1])]


def test_earlier_attempts_that_ended_by_their_own_word_are_not_marked(tmp_path):
    failed, stopped = create(tmp_path, 1), create(tmp_path, 2)
    Journal(stopped).append(RECORD)
    assert lease.abandon(stopped, "by request", lease.Ending.STOPPED)
    (failed / fence.MARK).unlink()  # as if attempt 1 had failed before 2 began
    (failed / RESULT).write_text(result(1, "failed").model_dump_json())
    create(tmp_path, 3)
    assert accepted_result(failed) == result(1, "failed")
    assert lease.abandonment(stopped) == (lease.Ending.STOPPED, "by request")


def test_a_result_that_slips_in_after_the_look_at_the_fence_is_not_counted(tmp_path, monkeypatch):
    first = create(tmp_path, 1)
    replace = type(tmp_path).replace

    def give_up_and_replace(path, target):
        if target.name == RESULT:
            assert lease.abandon(first, "it hung", force=True)
            create(tmp_path, 2)
        return replace(path, target)

    monkeypatch.setattr(type(tmp_path), "replace", give_up_and_replace)
    Journal(first).finish(result(1))
    assert read_result(first) == result(1)
    assert accepted_result(first) is None
    assert lease.abandonment(first) == (lease.Ending.LOST, "it hung")


def test_every_order_of_job_and_orchestrator_counts_exactly_one_attempt(tmp_path):
    """The job looks, then puts its result in place; the orchestrator looks for a result, marks, begins another."""
    steps = ["job looks", "job commits", "give up", "begin another"]
    for number, order in enumerate(itertools.permutations(steps)):
        if order.index("job looks") > order.index("job commits") or order.index("give up") > order.index(
            "begin another"
        ):
            continue
        root = tmp_path / str(number)
        first, may_write, is_given_up = create(root, 1), False, False
        for step in order:
            if step == "job looks":
                may_write = not raises_superseded(Journal(first))
            elif step == "job commits" and may_write:
                (first / RESULT).write_text(result(1).model_dump_json())
            elif step == "give up":
                is_given_up = lease.abandon(first, "it hung", force=True)
            elif step == "begin another" and is_given_up:
                Journal(create(root, 2)).finish(result(2))
        counted = [accepted_result(root / TRIAL.name / f"{n:03d}") for n in list_attempts(root)[TRIAL.name]]
        assert [item.attempt for item in counted if item] == [2 if is_given_up else 1], order


def raises_superseded(journal):
    try:
        journal.require_current()
    except Superseded:
        return True
    return False


def test_a_mark_made_without_words_by_an_earlier_version_bars_no_less(tmp_path):
    directory = create(tmp_path, 1)
    (directory / fence.MARK).touch()
    assert lease.abandonment(directory) == (lease.Ending.LOST, "")
    with pytest.raises(Superseded, match="no reason was given"):
        Journal(directory).append(RECORD)
    assert not (directory / METRICS).exists()


def test_listing_gives_every_trial_with_its_attempts_in_order_and_nothing_else(tmp_path):
    for trial, names in {"b-s1": ["010", "002", ".003.77"], "a-s0": ["001", "fence"], "empty": []}.items():
        for name in names:
            (tmp_path / trial / name).mkdir(parents=True)
        (tmp_path / trial).mkdir(exist_ok=True)
    (tmp_path / "run.lock").touch()
    assert list(list_attempts(tmp_path).items()) == [("a-s0", [1]), ("b-s1", [2, 10])]
    assert list_attempts(tmp_path / "nowhere") == {}


def test_raising_waits_while_another_process_raises_so_that_the_higher_stays(tmp_path):
    fence.raise_fence(tmp_path, 1)
    with (tmp_path / fence.FENCE).open("r+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        ours = threading.Thread(target=fence.raise_fence, args=(tmp_path, 5))
        ours.start()
        ours.join(0.2)
        assert ours.is_alive()
        other.write("000000007")
        other.flush()
    ours.join(30)
    assert fence.fence_of(tmp_path) == 7
