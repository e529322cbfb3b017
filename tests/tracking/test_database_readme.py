"""The queries that `db/README.md` shows answer what it says they do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import create_engine, text

from ablate.specs import MetricRecord, Plan, TrialResult, TrialSpec
from ablate.tracking.records import AttemptStatus
from ablate.tracking.store import Store

README = (Path(__file__).parents[2] / "db" / "README.md").read_text()


@pytest.fixture
def filled(
    url: str,
    make_plan: Callable[..., Plan],
    records: tuple[MetricRecord, ...],
    make_result: Callable[..., TrialResult],
) -> str:
    """A study called sharing: two seeds of one combination complete, one trial lost, one failed."""
    with Store.open(url) as store:
        store.record_plan(make_plan(name="sharing"))
        names = [trial.name for trial in store.trials("sharing")]
        for number, name in enumerate(names[:4]):
            store.begin_attempt("sharing", name, 1, "local", 1, (), 1_800_000_000 + number)
            store.ingest("sharing", name, 1, records, offset=7)
        store.finish_attempt("sharing", make_result(names[0]))
        store.finish_attempt("sharing", make_result(names[1]))
        store.end_attempt("sharing", names[2], 1, AttemptStatus.LOST, "died", ended=1_800_000_009)
        store.finish_attempt("sharing", make_result(names[3], status="failed", started=1_800_000_003))
        combination = store.plan("sharing").combinations[0]
        tried = TrialSpec(
            study="sharing", configuration=combination.configuration, seed=0, combination=combination.hash, tuning=1
        )
        store.record_trial("sharing", tried)
        store.begin_attempt("sharing", tried.name, 1, "local", 1, (), 1_800_000_004)
        store.ingest("sharing", tried.name, 1, records[:4], offset=7)
        store.end_attempt("sharing", tried.name, 1, AttemptStatus.PRUNED, "worse", ended=1_800_000_009)
    return url


def test_every_query_of_the_readme_answers(
    filled: str, make_plan: Callable[..., Plan], records: tuple[MetricRecord, ...]
) -> None:
    plan = make_plan(name="sharing")
    queries = re.findall(r"```sql\n(.*?)```", README, flags=re.DOTALL)
    engine = create_engine(filled)
    with engine.connect() as connection:
        means, troubles, environments, tries, levels = (connection.execute(text(query)).all() for query in queries)
    engine.dispose()
    assert [tuple(row) for row in means] == [(plan.combinations[0].label(), 2, pytest.approx(0.29))]
    assert [(row.status, row.reason) for row in troubles] == [("lost", "died"), ("failed", "Diverged: loss")]
    assert [(row.label, row.tuning, row.status) for row in tries] == [(plan.combinations[0].label(), 1, "pruned")]
    assert (tries[0].accuracy, '"epochs":7' in tries[0].training) == (records[3].values["accuracy"], True)
    assert [(row.commit, row.is_clean, row.trials) for row in environments] == [("abc", 1, 2)]
    assert len(levels) == 2 * len(plan.combinations)
    assert levels[1][:3] == (plan.combinations[0].label(), "training.epochs", "7 epochs")


def test_the_pandas_example_of_the_readme_runs(filled: str) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(example.replace("sqlite:///db/ablate.db", filled), names)
    means = names["means"]
    assert isinstance(means, pd.DataFrame)
    assert list(means.columns) == [1, 2, 3]
