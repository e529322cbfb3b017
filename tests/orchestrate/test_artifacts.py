"""What attempts leave on the disk is listed when they end, and what the code has beyond its commit is kept once."""

import hashlib
import os
from pathlib import Path

import pytest
from scripted import complete, die, fail, run_out_of_memory, write_metrics
from sqlalchemy import create_engine, text

from ablate.jobs.code import CodeDiff
from ablate.jobs.files import CHECKPOINTS
from ablate.orchestrate import artifacts, run
from ablate.orchestrate.artifacts import list_artifacts
from ablate.tracking.records import ArtifactKind, AttemptStatus

JOURNAL = ["metrics.jsonl", "result.json", "spec.json"]


def left(bench, trial, number):
    """The names of the files that the store lists of an attempt."""
    return [artifact.path.rpartition("/")[2] for artifact in bench.store.artifacts("tested", trial, number)]


def first_trial(bench):
    return bench.store.trials("tested")[0].name


def put_checkpoint(directory):
    (directory / CHECKPOINTS).mkdir()
    (directory / CHECKPOINTS / "000012.pt").write_bytes(b"bits")


def test_a_complete_attempt_left_its_journal_which_is_found_by_path_and_digest(bench):
    bench.run()
    trial = first_trial(bench)
    listed = bench.store.artifacts("tested", trial, 1)
    assert left(bench, trial, 1) == JOURNAL
    for artifact in listed:
        assert not Path(artifact.path).is_absolute()
        content = (bench.workspace.root / artifact.path).read_bytes()
        assert (artifact.bytes, artifact.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert [artifact.kind for artifact in listed] == [ArtifactKind.METRICS, ArtifactKind.RESULT, ArtifactKind.SPEC]


def test_a_lost_attempt_has_its_mark_and_its_checkpoints_until_the_trial_is_over(bench):
    seen = []

    def script(directory):
        if directory.name == "001" and not seen:
            seen.append(directory)
            put_checkpoint(directory)
            return die(directory)
        if directory.parent == seen[0].parent:
            seen.append(left(bench, directory.parent.name, 1))
        return complete(directory)

    bench.run(script)
    assert seen[1] == ["abandoned", "000012.pt", "metrics.jsonl", "spec.json"]
    assert left(bench, seen[0].parent.name, 1) == ["abandoned", "metrics.jsonl", "spec.json"]
    assert left(bench, seen[0].parent.name, 2) == JOURNAL


def test_a_failure_of_the_machine_keeps_its_checkpoints_and_one_that_decides_the_trial_none(bench, make_study):
    def script(directory):
        put_checkpoint(directory)
        return run_out_of_memory(directory) if directory.name == "001" else fail(directory)

    bench.run(script, make_study(seeds=1, windows=(3,)))
    trial = first_trial(bench)
    assert [attempt.status for attempt in bench.store.attempts("tested")[:2]] == [AttemptStatus.FAILED] * 2
    assert (left(bench, trial, 1), left(bench, trial, 2)) == (JOURNAL, JOURNAL)


def test_a_database_made_anew_lists_the_same_files(bench):
    bench.run()
    trial = first_trial(bench)
    before = bench.store.artifacts("tested", trial, 1)
    bench.lose_database()
    bench.run()
    assert bench.store.artifacts("tested", trial, 1) == before != ()


def test_listing_passes_over_what_is_not_the_attempts_own(tmp_path, monkeypatch):
    monkeypatch.setattr(artifacts, "MOST_HASHED_BYTES", 3)
    for name in ("lease", "holder", ".result.json.7", "secret"):
        (tmp_path / name).touch()
    attempt = tmp_path / "attempt"
    (attempt / "predictions").mkdir(parents=True)
    put_checkpoint(attempt)
    for name in ("lease", "holder", ".result.json.7"):
        (attempt / name).touch()
    (attempt / "log.txt").write_text("long")
    (attempt / "predictions" / "result.json").write_text("{}")
    (attempt / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(attempt / "pipe")
    listed = list_artifacts(attempt, "ü", "t", 7)
    assert [(artifact.path, artifact.kind, artifact.bytes, artifact.sha256 is None) for artifact in listed] == [
        ("db/runs/ü/t/007/checkpoint/000012.pt", ArtifactKind.CHECKPOINT, 4, True),
        ("db/runs/ü/t/007/log.txt", ArtifactKind.LOG, 4, True),
        ("db/runs/ü/t/007/predictions/result.json", ArtifactKind.OTHER, 2, False),
    ]
    assert list_artifacts(tmp_path / "gone", "ü", "t", 8) == ()


@pytest.mark.parametrize("difference", [None, CodeDiff("d" * 64, "+ a change\0\n", is_cut=False)])
def test_what_the_code_has_beyond_its_commit_is_kept_by_the_run(bench, monkeypatch, difference):
    monkeypatch.setattr(run, "identify_diff", lambda: difference)
    bench.run(write_metrics_and_end)
    bench.store.record_code_diff("d" * 64, "another text of the same digest", is_cut=True)
    engine = create_engine(bench.workspace.database_url)
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT text, is_cut FROM code_diffs")).all()
    engine.dispose()
    expected = ("+ a change\\0\n", 0) if difference else ("another text of the same digest", 1)
    assert [tuple(row) for row in kept] == [expected]


def write_metrics_and_end(directory):
    write_metrics(directory, epochs=1)
    return complete(directory)
