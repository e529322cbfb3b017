"""The journal: whatever is cut off, what is read is whole."""

import json

import pytest

from ablate.errors import WorkspaceError
from ablate.jobs.journal import (
    METRICS,
    Journal,
    create_attempt,
    find_attempts,
    lost_value,
    read_metrics,
    read_result,
    read_spec,
)
from ablate.specs import (
    Configuration,
    EnergySource,
    Environment,
    JobSpec,
    Measures,
    MetricRecord,
    Split,
    TrialResult,
    TrialSpec,
)

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
    assert read_metrics(tmp_path, second.offset) == ([], second.offset, [])


def test_a_line_cut_short_is_left_until_it_is_whole(tmp_path):
    journal = Journal(tmp_path)
    journal.append(record(1))
    whole = (tmp_path / METRICS).read_bytes()
    line = record(2).model_dump_json().encode() + b"\n"
    for cut in range(len(line)):
        (tmp_path / METRICS).write_bytes(whole + line[:cut])
        assert read_metrics(tmp_path) == ([record(1)], len(whole), [])
    (tmp_path / METRICS).write_bytes(whole + line)
    assert read_metrics(tmp_path, len(whole)).records == [record(2)]


DAMAGES = {
    b'{"step": "soon"}': "is not a MetricRecord",
    b'{"step": 2, "split": "test", "ti': "is not a MetricRecord",
    b"\0\0\0\0": "is not a MetricRecord",
    b"\xff\xfe\r\xfd": "is not a MetricRecord",
    b"": "is not a MetricRecord",
    b'{"step": 9223372036854775808, "split": "test", "time": 1.0, "values": {}}': "a step or a time that cannot be",
    b'{"step": 1, "split": "test", "time": "NaN", "values": {}}': "a step or a time that cannot be",
    b'{"step": 1, "split": "test", "time": 1.0, "values": {"a\\u0000": 1.0}}': "holds a NUL",
    b'{"step": 1, "split": "test", "time": 1.0, "values": {"' + b"a" * 65 + b'": 1.0}}': "longer than 64 characters",
}


@pytest.mark.parametrize("line", DAMAGES)
def test_a_damaged_line_is_named_with_its_place_and_loses_only_itself(tmp_path, line):
    journal = Journal(tmp_path)
    journal.append(record(1))
    place = (tmp_path / METRICS).stat().st_size
    with (tmp_path / METRICS).open("ab") as file:
        file.write(line + b"\n")
    journal.append(record(2))
    for offset, records in ((0, [record(1), record(2)]), (place, [record(2)])):
        read = read_metrics(tmp_path, offset)
        assert read.records == records
        assert read.offset == (tmp_path / METRICS).stat().st_size
        (damaged,) = read.damaged
        assert str(damaged).startswith(f"{tmp_path / METRICS}:2: ")
        assert DAMAGES[line] in damaged.what
        assert "\n" not in str(damaged)


def test_what_nobody_will_end_any_more_and_what_is_no_longer_there_is_damage(tmp_path):
    Journal(tmp_path).append(record(1))
    size = (tmp_path / METRICS).stat().st_size
    with (tmp_path / METRICS).open("a") as file:
        file.write('{"step"')
    assert read_metrics(tmp_path).damaged == []
    over = read_metrics(tmp_path, is_over=True)
    assert [(line.line, over.offset) for line in over.damaged] == [(2, size + 7)]
    assert read_metrics(tmp_path, up_to=size) == ([record(1)], size, [])
    shorter = read_metrics(tmp_path, up_to=size + 99, is_over=True)
    assert [line.line for line in shorter.damaged] == [2, 2]
    assert f"was read up to byte {size + 99} before" in shorter.damaged[1].what


def test_a_value_is_lost_only_if_no_line_after_the_damage_holds_one(tmp_path):
    journal, split = Journal(tmp_path), record(1).split

    def damage():
        with (tmp_path / METRICS).open("a") as file:
            file.write("?\n")

    assert not lost_value(tmp_path, split, "loss")
    assert lost_value(tmp_path, split, "loss", up_to=1)
    damage()
    assert lost_value(tmp_path, split, "loss")
    journal.append(record(1))
    assert not lost_value(tmp_path, split, "loss")
    assert lost_value(tmp_path, split, "perplexity")
    damage()
    assert lost_value(tmp_path, split, "loss")
    journal.append(record(2))
    with (tmp_path / METRICS).open("a") as file:
        file.write('{"step": 3')
    assert lost_value(tmp_path, split, "loss")


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


def test_a_result_and_a_spec_of_the_time_before_measures_are_read(tmp_path):
    measured = result().model_copy(update={"measures": Measures(memory_halvings=1, energy_source=EnergySource.RAPL)})
    Journal(tmp_path).finish(measured)
    assert read_result(tmp_path) == measured
    fields = json.loads(measured.model_dump_json())
    del fields["measures"]
    (tmp_path / "result.json").write_text(json.dumps(fields))
    assert read_result(tmp_path) == result()
    spec = json.loads(SPEC.model_dump_json())
    del spec["is_alone"]
    assert JobSpec.model_validate(spec) == SPEC


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
