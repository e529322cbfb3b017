"""The journal: whatever is cut off, what is read is whole."""

import json

import pytest

from ablate.errors import WorkspaceError
from ablate.jobs.journal import (
    METRICS,
    Journal,
    create_attempt,
    find_attempts,
    read_metrics,
    read_result,
    read_spec,
)
from ablate.specs import Configuration, Environment, JobSpec, MetricRecord, Split, TrialResult, TrialSpec

TRIAL = TrialSpec(study="s", configuration=Configuration(), seed=3)
SPEC = JobSpec(trial=TRIAL, attempt=1, threads=2)


def record(step, **values):
    return MetricRecord(step=step, split=Split.TRAIN, time=1.5 + step, values=values or {"loss": 0.25})


def result(status="complete"):
    environment = Environment(packages={"torch": "1"}, hardware={})
    return TrialResult(trial=TRIAL.name, attempt=1, status=status, started=1, ended=2, environment=environment)


def test_an_attempt_is_read_back_as_it_was_created(tmp_path):
    create_attempt(tmp_path / "trial" / "001", SPEC)
    assert read_spec(tmp_path / "trial" / "001") == SPEC
    assert find_attempts(tmp_path) == [tmp_path / "trial" / "001"]


def test_an_attempt_cannot_be_created_twice(tmp_path):
    create_attempt(tmp_path / "001", SPEC)
    with pytest.raises(FileExistsError):
        create_attempt(tmp_path / "001", SPEC)


def test_an_attempt_cut_off_while_it_is_created_is_not_found(tmp_path):
    (tmp_path / "trial" / ".001.77").mkdir(parents=True)
    (tmp_path / "trial" / ".001.77" / "spec.json").write_text("{")
    (tmp_path / "trial" / "002").mkdir()
    assert find_attempts(tmp_path) == []


def test_metrics_are_read_on_from_where_reading_stopped(tmp_path):
    journal = Journal(tmp_path)
    journal.append(record(1))
    first = read_metrics(tmp_path)
    journal.append(record(2))
    journal.append(record(3))
    second = read_metrics(tmp_path, first.offset)
    assert first.records == [record(1)]
    assert second.records == [record(2), record(3)]
    assert read_metrics(tmp_path, second.offset) == ([], second.offset)


def test_a_line_cut_short_is_left_until_it_is_whole(tmp_path):
    journal = Journal(tmp_path)
    journal.append(record(1))
    whole = (tmp_path / METRICS).read_bytes()
    line = record(2).model_dump_json().encode() + b"\n"
    for cut in range(len(line)):
        (tmp_path / METRICS).write_bytes(whole + line[:cut])
        assert read_metrics(tmp_path) == ([record(1)], len(whole))
    (tmp_path / METRICS).write_bytes(whole + line)
    assert read_metrics(tmp_path, len(whole)).records == [record(2)]


def test_a_whole_line_that_is_damaged_is_named_with_its_place(tmp_path):
    journal = Journal(tmp_path)
    journal.append(record(1))
    place = (tmp_path / METRICS).stat().st_size
    with (tmp_path / METRICS).open("a") as file:
        file.write('{"step": "soon"}\n')
    with pytest.raises(WorkspaceError, match=rf"{METRICS}: the line at byte {place} is not a metric record"):
        read_metrics(tmp_path)


def test_numbers_that_are_not_finite_survive_as_standard_json(tmp_path):
    Journal(tmp_path).append(record(1, loss=float("inf"), accuracy=float("-inf"), other=float("nan")))
    text = (tmp_path / METRICS).read_text()
    assert '"Infinity"' in text
    values = read_metrics(tmp_path).records[0].values
    assert values["loss"] == float("inf")
    assert values["accuracy"] == float("-inf")
    assert values["other"] != values["other"]


def test_there_is_no_result_until_there_is_a_whole_one(tmp_path):
    assert read_result(tmp_path) is None
    (tmp_path / ".result.json.9").write_text('{"trial": "cut')
    assert read_result(tmp_path) is None
    Journal(tmp_path).finish(result("failed"))
    assert read_result(tmp_path) == result("failed")


def test_a_result_of_the_time_before_memory_was_recorded_is_read(tmp_path):
    measured = result().model_copy(update={"peak_memory_bytes": 7})
    fields = json.loads(measured.model_dump_json())
    del fields["peak_memory_bytes"]
    (tmp_path / "result.json").write_text(json.dumps(fields))
    assert read_result(tmp_path) == result()


def test_a_damaged_result_is_one_clear_error(tmp_path):
    (tmp_path / "result.json").write_text('{"trial": 1')
    with pytest.raises(WorkspaceError, match="expected a whole TrialResult"):
        read_result(tmp_path)


def test_a_disk_that_takes_nothing_more_is_one_clear_error(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(
        WorkspaceError, match=r"cannot write .*001.*: No space left on device; mend that, and run again"
    ):
        create_attempt(tmp_path / "trial" / "001", SPEC)
    assert find_attempts(tmp_path) == []
    with pytest.raises(WorkspaceError, match=r"cannot write .*result.json"):
        Journal(tmp_path).finish(result())
    assert read_result(tmp_path) is None


def test_a_result_that_is_cut_off_before_it_is_put_in_place_is_no_result(tmp_path, monkeypatch):
    def cut(path, target):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("pathlib.Path.replace", cut)
    with pytest.raises(WorkspaceError, match="Input/output error"):
        Journal(tmp_path).finish(result())
    assert read_result(tmp_path) is None
