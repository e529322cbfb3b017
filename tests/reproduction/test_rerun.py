"""Running again with what is there, no further than was asked for, in a directory that does not stay."""

import pytest
from filelock import FileLock
from made_up import RECORDS, THEN, TRIAL, original

from ablate.errors import InputError
from ablate.jobs.executor import Ended, Slot
from ablate.jobs.journal import Journal, read_spec
from ablate.reproduction.rerun import equip, resources_for, run_again
from ablate.reproduction.scratch import keep_journal, require_fresh, scratch
from ablate.specs import TrialResult
from ablate.tracking.records import TrialStatus
from ablate.workspace import Workspace

DIED = "its process was ended by SIGKILL"


class Told:
    """An executor whose job writes one record at a time, and then ends in a result, a death or an interruption."""

    name, notes = "told", ()

    def __init__(self, slots=(), end="result"):
        self.slots, self.end, self.left, self.is_stopped = slots, end, list(RECORDS), False

    def submit(self, directory):
        self.directory, self.spec = directory, read_spec(directory)

    def wait(self, timeout_seconds):
        if self.left:
            Journal(self.directory).append(self.left.pop(0))
            return []
        if self.end == "interruption":
            raise KeyboardInterrupt
        if self.end == "death":
            return [Ended(self.directory, DIED)]
        result = TrialResult(trial=TRIAL.name, attempt=1, status="complete", started=1.0, ended=2.0, environment=THEN)
        Journal(self.directory).finish(result)
        return [Ended(self.directory, None)]

    def cancel(self, directory):
        raise AssertionError

    def stop(self, grace_seconds):
        self.is_stopped = True


def run(tmp_path, executor, first=None):
    heard = []
    rerun = run_again(first or original(), tmp_path / TRIAL.name / "001", executor, Slot((), 3), heard.append)
    assert executor.is_stopped
    assert tuple(heard) == rerun.records
    return rerun


def test_the_job_is_the_stored_trial_with_the_slot_that_was_found(tmp_path):
    executor = Told()
    rerun = run(tmp_path, executor)
    assert (rerun.records, rerun.loss) == (RECORDS, None)
    assert rerun.result.status == "complete"
    spec = executor.spec
    assert (spec.trial, spec.threads, spec.gpus, spec.processes) == (TRIAL, 3, (), 1)


def test_a_trial_that_was_cut_short_is_run_no_further_than_it_came(tmp_path):
    executor = Told()
    rerun = run(tmp_path, executor, original(TrialStatus.PRUNED, RECORDS[:2]))
    assert (rerun.records, rerun.result, rerun.loss) == (RECORDS[:2], None, None)
    assert len(executor.left) == len(RECORDS) - 2


def test_a_job_that_dies_leaves_its_numbers_and_the_reason(tmp_path):
    rerun = run(tmp_path, Told(end="death"))
    assert (rerun.records, rerun.result, rerun.loss) == (RECORDS, None, DIED)


def test_an_interruption_stops_the_job_and_passes_on(tmp_path):
    executor = Told(end="interruption")
    with pytest.raises(KeyboardInterrupt):
        run_again(original(), tmp_path / TRIAL.name / "001", executor, Slot((), 1))
    assert executor.is_stopped


@pytest.mark.parametrize(
    ("gpus", "visible", "taken", "note"),
    [
        ((), (), (), None),
        ((3,), (0, 1), (0,), None),
        ((2, 3), (0, 1, 2), (0, 1), None),
        ((2, 3), (0,), (0,), "the trial ran on 2 GPUs; now it runs on 1 of them"),
        ((3,), (), (), "the trial ran on 1 GPU; now it runs on the CPU, for none is visible here"),
    ],
)
def test_a_trial_gets_what_it_had_as_far_as_it_is_there(gpus, visible, taken, note):
    then = original(gpus=gpus)
    assert resources_for(then.attempt).gpus_per_trial == ("auto" if gpus else 0)
    executor = Told(slots=tuple(Slot((gpu,), 8) for gpu in visible) or (Slot((), 8),))
    slot, notes = equip(then, executor)
    assert slot == Slot(taken, 1, max(1, len(taken)))
    assert notes == (() if note is None else (note,))


@pytest.mark.parametrize("error", [None, KeyboardInterrupt, ValueError])
def test_nothing_is_left_of_a_scratch_directory_whatever_ends_it(tmp_path, error):
    try:
        with scratch(Workspace(tmp_path)) as directory:
            assert directory.is_dir()
            assert directory.is_relative_to(tmp_path / "db" / "scratch")
            (directory / "inner").mkdir()
            if error is not None:
                raise error
    except (KeyboardInterrupt, ValueError):
        pass
    assert list(tmp_path.iterdir()) == []


def test_remainders_of_killed_processes_are_swept_and_living_ones_are_left_alone(tmp_path):
    place = Workspace(tmp_path).scratch
    for name in ("dead", "alive"):
        (place / name / "inner").mkdir(parents=True)
    with FileLock(place / "alive" / "lock"), scratch(Workspace(tmp_path)) as mine:
        assert sorted(place.iterdir()) == sorted([mine, place / "alive"])
    assert list(place.iterdir()) == [place / "alive"]
    assert (place / "alive" / "inner").is_dir()


def test_a_journal_is_kept_only_where_nothing_is_touched(tmp_path):
    workspace = Workspace(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    (tmp_path / "empty").mkdir()
    for refused in ("full", "full/file", "db/runs/tested/x", "db/scratch/x"):
        with pytest.raises(InputError, match=f"--keep .*{refused}: "):
            require_fresh(tmp_path / refused, workspace)
    for fine in ("empty", "new/inner"):
        require_fresh(tmp_path / fine, workspace)
    attempt = tmp_path / "attempt"
    (attempt / "checkpoint").mkdir(parents=True)
    for name in ("metrics.jsonl", "lease"):
        (attempt / name).touch()
    keep_journal(attempt, tmp_path / "new" / "inner")
    assert [path.name for path in (tmp_path / "new" / "inner").iterdir()] == ["metrics.jsonl"]
