"""The lease: held while a process lives, free when it is dead, barred for ever once given up."""

import multiprocessing
import os
import signal

import pytest

from ablate.jobs import lease


def hold_until_told(directory, pipe):
    with lease.hold(directory) as is_mine:
        pipe.send(is_mine)
        pipe.recv()


@pytest.fixture
def other(tmp_path):
    """Another process that holds `tmp_path`, until it is killed."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=hold_until_told, args=(tmp_path, there))
    process.start()
    assert here.recv() is True
    yield process
    if process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()


def test_a_living_holder_keeps_the_attempt_and_is_known(tmp_path, other, monkeypatch):
    monkeypatch.setattr(lease, "PATIENCE_SECONDS", 0.05)
    assert lease.is_held(tmp_path)
    assert lease.holder(tmp_path) == other.pid
    assert lease.abandon(tmp_path) is False
    with lease.hold(tmp_path) as is_mine:
        assert not is_mine


def test_a_killed_holder_leaves_the_attempt_free(tmp_path, other):
    os.kill(other.pid, signal.SIGKILL)
    other.join()
    assert not lease.is_held(tmp_path)
    assert lease.holder(tmp_path) is None
    assert lease.abandon(tmp_path)


def test_an_attempt_that_was_given_up_can_never_be_held_again(tmp_path):
    assert lease.abandon(tmp_path)
    with lease.hold(tmp_path) as is_mine:
        assert not is_mine
    assert lease.is_abandoned(tmp_path)


def test_a_living_holder_does_not_keep_an_attempt_that_is_given_up_by_force(tmp_path, other):
    assert lease.abandon(tmp_path, "no sign of\nlife", lease.Ending.STOPPED, force=True)
    assert lease.is_held(tmp_path)
    assert lease.abandonment(tmp_path) == (lease.Ending.STOPPED, "no sign of life")


def test_an_attempt_with_a_result_is_not_given_up_even_by_force(tmp_path):
    (tmp_path / "result.json").write_text("{}")
    assert not lease.abandon(tmp_path, force=True)
    assert lease.abandonment(tmp_path) is None


def test_the_first_word_on_how_an_attempt_was_given_up_stays(tmp_path):
    assert lease.abandon(tmp_path, "it did badly", lease.Ending.PRUNED)
    assert lease.abandon(tmp_path, "its process is gone")
    assert lease.abandonment(tmp_path) == (lease.Ending.PRUNED, "it did badly")


def test_an_attempt_with_a_result_is_neither_given_up_nor_held_again(tmp_path):
    (tmp_path / "result.json").write_text("{}")
    assert not lease.abandon(tmp_path)
    assert not lease.is_abandoned(tmp_path)
    with lease.hold(tmp_path) as is_mine:
        assert not is_mine


def test_an_error_inside_frees_the_attempt(tmp_path):
    with pytest.raises(ZeroDivisionError), lease.hold(tmp_path):
        raise ZeroDivisionError
    assert not lease.is_held(tmp_path)


def test_who_looks_at_any_moment_sees_a_whole_process_id_or_none(tmp_path, monkeypatch):
    seen = []
    replace = type(tmp_path).replace

    def look_and_replace(path, target):
        seen.append(lease.holder(tmp_path))
        return replace(path, target)

    monkeypatch.setattr(type(tmp_path), "replace", look_and_replace)
    with lease.hold(tmp_path):
        seen.append(lease.holder(tmp_path))
    assert seen == [None, os.getpid()]
