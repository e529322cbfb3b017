"""The questions that `db/README.md` asks are answered, in SQL and in pandas alike, with what is there."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
from sqlalchemy import create_engine, text

from ablate.specs import Environment, MetricRecord, Plan, Resumption, Split, SplitRecord, TrialResult, TrialSpec
from ablate.tracking.claims import Claim, ClaimedVerdict, ClaimKind, Claims
from ablate.tracking.records import Artifact, ArtifactKind, AttemptStatus
from ablate.tracking.store import Store

README = (Path(__file__).parents[2] / "db" / "README.md").read_text()
STUDY = "sharing"
START = 1_800_000_000.0

USUAL = Environment(
    packages={"torch": "2.15.0"},
    hardware={"device": "cpu", "processor": "a"},
    commit="abc",
    is_clean=False,
    diff="d" * 64,
    code="c" * 64,
    system="an OS",
)
OTHER = USUAL.model_copy(update={"hardware": {"device": "cuda", "processor": "b", "gpu": "H100"}, "driver": "570.1"})
SPECIFICATION = Artifact(path="db/runs/x/001/spec.json", kind=ArtifactKind.SPEC, bytes=7, sha256="e" * 64)


class Question(NamedTuple):
    """A heading of the README, and how it is answered."""

    words: str
    sql: str
    python: str


def questions() -> Iterator[Question]:
    for section in README.split("\n### ")[1:]:
        blocks = dict(re.findall(r"```(sql|python)\n(.*?)```", section, flags=re.DOTALL))
        yield Question(section.partition("\n")[0], blocks["sql"], blocks["python"])


def as_reported(plan: Plan, n: int, verdict: ClaimedVerdict) -> Claims:
    numbers = {"difference": 0.01 * n, "low": None, "high": None, "sign_flip_p": 0.5**n, "adjusted_p": 0.5**n}
    claim = Claim(
        kind=ClaimKind.BASELINE,
        factor=None,
        combination=plan.combinations[1].hash,
        baseline=plan.combinations[0].hash,
        n=n,
        seeds=(0, 4)[:n],
        verdict=verdict,
        margin=None,
        **numbers,
    )
    switch = claim.model_copy(update={"kind": ClaimKind.SWITCH, "factor": "training.epochs"})
    return Claims(
        digest=str(n) * 64,
        question="?",
        metric="accuracy",
        split=Split.TEST,
        direction="maximize",
        family=1,
        planned=12,
        complete=n,
        answer="!",
        comparisons=(claim, switch),
    )


@pytest.fixture
def filled(
    url: str,
    make_plan: Callable[..., Plan],
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> str:
    """A study called sharing, of which there is something to say in answer to every question."""

    def shifted(by: float) -> list[MetricRecord]:
        return [
            record.model_copy(update={"values": {name: value + by for name, value in record.values.items()}})
            for record in records
        ]

    with Store.open(url) as store:
        plan = make_plan(name=STUDY)
        store.record_plan(plan)
        store.record_code_diff("d" * 64, "+ changed\n", is_cut=False)
        names = [trial.name for trial in store.trials(STUDY)]

        def run(name: str, attempt: int, by: float, environment: Environment, **told: object) -> None:
            store.begin_attempt(STUDY, name, attempt, "local", 1, (), START + attempt)
            store.ingest(STUDY, name, attempt, shifted(by), offset=7)
            result = make_result(name, attempt).model_copy(update={"environment": environment, **told})
            store.finish_attempt(STUDY, result, [SPECIFICATION])

        run(names[0], 1, 0.0, USUAL)
        store.begin_attempt(STUDY, names[1], 1, "local", 1, (), START)
        checkpoint = Artifact(path="c", kind=ArtifactKind.CHECKPOINT, bytes=9, sha256=None)
        store.end_attempt(STUDY, names[1], 1, AttemptStatus.LOST, "died", START + 1, [checkpoint])
        elsewhere = {Split.TEST: SplitRecord(images=7, images_per_class=(3, 4), fingerprint="h")}
        run(names[1], 2, 0.1, OTHER, splits=elsewhere, resumed=Resumption(attempt=1, step=12))
        run(names[2], 1, 0.3, USUAL, training_seconds=3.0)
        store.begin_attempt(STUDY, names[3], 1, "local", 1, (), START)
        store.finish_attempt(STUDY, make_result(names[3], status="failed").model_copy(update={"environment": USUAL}))
        store.begin_attempt(STUDY, names[4], 1, "local", 1, (), START)
        store.end_attempt(STUDY, names[4], 1, AttemptStatus.LOST, "gone", START + 1, [checkpoint])
        combination = plan.combinations[0]
        for number in (1, 2):
            tried = TrialSpec(
                study=STUDY,
                configuration=combination.configuration,
                seed=0,
                combination=combination.hash,
                tuning=number,
            )
            store.record_trial(STUDY, tried)
            store.begin_attempt(STUDY, tried.name, 1, "local", 1, (), START)
            store.ingest(STUDY, tried.name, 1, shifted(number / 100)[:4], offset=7)
            store.end_attempt(STUDY, tried.name, 1, AttemptStatus.PRUNED, "worse", START + 1)
        store.record_report(STUDY, as_reported(plan, 1, ClaimedVerdict.UNDECIDED), START + 0.5, "0.1.0")
        store.record_report(STUDY, as_reported(plan, 2, ClaimedVerdict.BETTER), START + 86_400.25, "0.2.0")
    return url


def plain(value: Any) -> Any:
    """A value as both ways of asking have it: no matter which kind of nothing, of truth or of number."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return float(f"{float(value):.9g}")


def rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    if "written" in frame:
        moments = pd.to_datetime(frame.written, utc=True)
        frame = frame.assign(written=moments.astype(object))
    return [tuple(plain(value) for value in row) for row in frame.astype(object).to_numpy().tolist()]


@pytest.fixture
def answers(filled: str) -> dict[str, list[tuple[Any, ...]]]:
    """What SQL answers to each question; pandas answered the same."""
    names: dict[str, Any] = {}
    (prelude,) = re.findall(r"```python\n(import.*?)```", README, flags=re.DOTALL)
    exec(prelude.replace("sqlite:///db/ablate.db", filled), names)
    engine = create_engine(filled)
    found = {}
    with engine.connect() as connection:
        for question in questions():
            by_sql = pd.read_sql(text(question.sql), connection)
            exec(question.python, names)
            by_pandas = names["answer"]
            assert list(by_pandas.columns) == list(by_sql.columns), question.words
            assert rows(by_pandas) == rows(by_sql), question.words
            found[question.words] = rows(by_sql)
    engine.dispose()
    names["database"].dispose()
    return found


def test_every_question_is_answered_alike_in_sql_and_in_pandas_with_what_is_there(
    answers: dict[str, list[tuple[Any, ...]]], make_plan: Callable[..., Plan]
) -> None:
    plan = make_plan(name=STUDY)
    labels = [combination.label() for combination in plan.combinations]
    trials = [f"{combination.hash}-s{seed}" for combination in plan.combinations for seed in (0, 4)]
    lost = sorted([(trials[1], 1, "died", 2, "complete", 1, 12), (trials[4], 1, "gone", None, None, None, None)])
    expected: dict[str, list[tuple[Any, ...]]] = {
        "What is the mean of each combination over its seeds?": [(labels[1], 1, 0.59), (labels[0], 2, 0.34)],
        "Which trials failed, and why?": [(trials[3], 1, "Diverged", "loss", 0)],
        "Which attempts were lost, and where did their trials go on?": lost,
        "With which code did a trial run, and what did that have beyond its commit?": [
            (trials[0], "abc", 0, "c" * 64, "+ changed\n", 0)
        ],
        "Which trials ran on another machine than most?": [(trials[1], "cuda", "b", "H100", "570.1", "an OS", 1)],
        "How does a combination learn, over its seeds?": [
            (step, 2, 0.1 * step + 0.06, 0.1 * step + 0.01, 0.1 * step + 0.11) for step in (1, 2, 3)
        ],
        "Were trials scored or trained on different images?": [("test", "g", 7, 2), ("test", "h", 7, 1)],
        "What does accuracy cost?": [
            (labels[1], 0.59, 4_321, 98_765_432_109, 5e9, 3 / 59),
            (labels[0], 0.34, 4_321, 98_765_432_109, 5e9, 8.125 / 34),
        ],
        "What was claimed of each combination, and when?": [
            (labels[1], "2027-01-15T08:00:00.500000+00:00", "0.1.0", 1, 0.01, None, None, 0.5, "undecided"),
            (labels[1], "2027-01-16T08:00:00.250000+00:00", "0.2.0", 2, 0.02, None, None, 0.25, "better"),
        ],
        "Which seeds are missing?": [
            (labels[1], 4, "failed"),
            *((label, seed, "planned") for label in labels[2:] for seed in (0, 4)),
        ],
        "How much room does each study take on the disk?": [
            ("sharing", "checkpoint", 1, 9),
            ("sharing", "spec", 3, 21),
        ],
        "What did tuning try, and what did each try come to?": [
            (labels[0], 2, "pruned", 0.002, 0.23),
            (labels[0], 1, "pruned", 0.002, 0.22),
        ],
    }
    levels = answers.pop("Which level does every combination take of every factor?")
    assert list(answers) == list(expected)
    for words, found in answers.items():
        assert found == [tuple(plain(value) for value in row) for row in expected[words]], words
    assert len(levels) == 2 * len(plan.combinations)
    assert levels[1] == (labels[0], "training.epochs", "7 epochs")
