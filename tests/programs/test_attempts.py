"""One attempt at a trial of a program: its journal, its failure, and what the next attempt finds in its directory."""

import logging

import pytest

from ablate.jobs.files import CHECKPOINTS
from ablate.jobs.journal import create_attempt, read_metrics, read_result
from ablate.jobs.worker import run_attempt
from ablate.specs import Configuration, JobSpec, ProgramSpec, Scored, Split, TrialSpec
from ablate.training import Stopped

WANTED = Scored(metric="accuracy", split=Split.TEST)


def attempt(root, name, number=1, seed=3, threads=1, **settings):
    program = ProgramSpec(python=f"own_code:{name}")
    trial = TrialSpec(study="s", configuration=Configuration(program=program, settings=settings), seed=seed)
    directory = root / f"{number:03d}"
    create_attempt(directory, JobSpec(trial=trial, attempt=number, threads=threads, scored=WANTED))
    return directory


def numbers(directory):
    return [(record.step, record.split.value, record.values) for record in read_metrics(directory).records]


def stop_after(records, directory):
    return lambda: len(read_metrics(directory).records) >= records


def test_a_complete_attempt_has_its_numbers_its_seconds_its_code_and_no_costs(tmp_path):
    directory = attempt(tmp_path, "plain", score=0.5)
    run_attempt(directory)
    result = read_result(directory)
    assert (result.status, result.failure, result.splits) == ("complete", None, {})
    assert (result.costs.parameters, result.costs.macs) == (None, None)
    assert 0 <= result.training_seconds < 5
    assert numbers(directory)[-1] == (2, "test", {"accuracy": 0.53})
    built_in = attempt(tmp_path / "other", "goes_on", steps=1, pause=0, dies_after=0)
    run_attempt(built_in)
    assert read_result(built_in).environment.code == result.environment.code, "both programs lie in one module"


@pytest.mark.parametrize(
    ("name", "kind", "message", "is_infrastructure"),
    [
        ("fails", "ValueError", "the learning rate is too large", False),
        ("has_no_memory", "OutOfMemory", "memory ran out in the program (MemoryError)", True),
        ("swallows", "Diverged", "loss on validation is nan at step 1", False),
        ("says_nothing", "ProgramError", "the program ended without accuracy on test", False),
        ("leaves", "ProgramError", "the program left by sys.exit(3)", False),
        ("absent", "ProgramError", "program: own_code has no function absent", False),
    ],
)
def test_what_goes_wrong_is_the_trials_failure_with_its_kind(tmp_path, name, kind, message, is_infrastructure):
    directory = attempt(tmp_path, name)
    run_attempt(directory)
    failure = read_result(directory).failure
    assert (failure.kind, failure.is_infrastructure) == (kind, is_infrastructure)
    assert failure.message.startswith(message)
    assert ("own_code.py" in failure.traceback) == (kind in ("ValueError", "OutOfMemory"))


def test_broken_off_the_next_attempt_goes_on_from_what_was_kept_to_the_same_numbers(tmp_path, caplog):
    settings = {"steps": 6, "pause": 0, "dies_after": 0}
    undisturbed = attempt(tmp_path / "undisturbed", "goes_on", **settings)
    run_attempt(undisturbed)
    first = attempt(tmp_path / "trial", "goes_on", **settings)
    with pytest.raises(Stopped):
        run_attempt(first, stop_after(3, first))
    second = attempt(tmp_path / "trial", "goes_on", 2, **settings)
    with caplog.at_level(logging.INFO, "ablate"), pytest.raises(Stopped):
        run_attempt(second, stop_after(5, second))
    assert "the program's directory is handed on from attempt 1" in caplog.text
    assert not (first / CHECKPOINTS).exists(), "only one attempt has it"
    third = attempt(tmp_path / "trial", "goes_on", 3, **settings)
    run_attempt(third)
    assert numbers(third) == numbers(undisturbed)
    assert read_result(third).training_seconds is None, "what earlier attempts spent is not known"
    assert not list(tmp_path.glob(f"*/*/{CHECKPOINTS}"))


def test_what_was_kept_elsewhere_is_passed_over_and_said(tmp_path, caplog):
    settings = {"steps": 6, "pause": 0, "dies_after": 0}
    first = attempt(tmp_path, "goes_on", **settings)
    with pytest.raises(Stopped):
        run_attempt(first, stop_after(3, first))
    second = attempt(tmp_path, "goes_on", 2, threads=2, **settings)
    with caplog.at_level(logging.WARNING, "ablate"):
        run_attempt(second)
    assert "what attempt 1 kept is passed over: made with threads 1, here 2" in caplog.text
    assert read_result(second).training_seconds is not None


def test_a_program_that_forgets_what_it_reported_before_is_told_so(tmp_path):
    first = attempt(tmp_path, "forgets")
    with pytest.raises(Stopped):
        run_attempt(first, stop_after(1, first))
    second = attempt(tmp_path, "forgets", 2)
    run_attempt(second)
    assert "reports the steps before it again" in read_result(second).failure.message


def test_draws_that_the_program_does_not_seed_follow_the_trials_seed(tmp_path):
    found = []
    for place, seed in (("a", 1), ("b", 2), ("c", 1)):
        directory = attempt(tmp_path / place, "draws", seed=seed)
        run_attempt(directory)
        found.append(numbers(directory)[0][2])
    assert found[0] == found[2]
    assert all(found[0][name] != found[1][name] for name in ("python", "numpy", "torch"))
