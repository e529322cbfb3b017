"""A database server that goes away in the middle of a study costs nothing: every trial once, and the same rows."""

import random
import sys
import threading

import pytest
from cutting_proxy import CuttingProxy
from scripted import ScriptedExecutor, complete, fail
from sqlalchemy import create_engine, make_url, select

from ablate.errors import TrackingError
from ablate.jobs.journal import read_spec
from ablate.tracking.connection import connect
from ablate.tracking.store import Store
from ablate.tracking.tables import Table

OUTCOME = (8, 4, 0, True, False, ())


def script(directory):
    """Every third seed fails."""
    return fail(directory) if read_spec(directory).trial.seed == 2 else complete(directory)


def rows(url):
    """Every row of every table, without the numbers that only tell rows apart: a write that was undone leaves gaps."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted(
                (
                    {name: value for name, value in row._mapping.items() if name != "id" and not name.endswith("_id")}
                    for row in connection.execute(select(table))
                ),
                key=repr,
            )
            for table in Table.metadata.sorted_tables
        }
    engine.dispose()
    return found


@pytest.fixture
def undisturbed(make_bench, sqlite_url):
    """What the study leaves in a database on which nothing happens."""
    bench = make_bench("undisturbed", sqlite_url)
    assert bench.run(script)[0] == OUTCOME
    return rows(sqlite_url)


def assert_run_once(outcome, executor, url, undisturbed):
    assert outcome == OUTCOME
    assert len(executor.seen) == len({directory.parent for directory in executor.seen}) == 12
    found = rows(url)
    for table, expected in undisturbed.items():
        assert found[table] == expected, table


def test_a_study_on_a_server_leaves_the_rows_that_it_leaves_in_a_file(make_bench, postgres_url, undisturbed):
    outcome, executor, _ = make_bench("server", postgres_url).run(script)
    assert_run_once(outcome, executor, postgres_url, undisturbed)


def test_a_server_that_is_restarted_again_and_again_during_a_study_costs_nothing(
    make_bench, postgres, postgres_url, undisturbed
):
    bench = make_bench("server", postgres_url)
    restarts, is_over = [], threading.Event()

    def restart():
        """Three times, at moments that nobody has chosen."""
        while not is_over.is_set() and len(restarts) < 3:
            postgres.restart(away_seconds=0.1)
            restarts.append(len(executor.seen))
            is_over.wait(0.15)

    thread = threading.Thread(target=restart)
    executor = ScriptedExecutor(lambda directory: (thread.ident or thread.start(), script(directory))[1])
    try:
        outcome, _, _ = bench.run(executor=executor)
    finally:
        is_over.set()
        thread.join()
    assert restarts
    assert_run_once(outcome, executor, postgres_url, undisturbed)


def test_connections_that_break_at_any_commit_cost_nothing(make_bench, postgres, postgres_url, undisturbed):
    seed = random.randrange(10_000)
    sys.stdout.write(f"seed {seed}\n")
    rng = random.Random(seed)
    proxy = CuttingProxy(postgres.port, lambda _: rng.choice(("pass",) * 6 + ("lose", "doubt")))
    try:
        through = make_url(postgres_url).set(port=proxy.port).render_as_string(hide_password=False)
        outcome, executor, _ = make_bench("server", through).run(script)
    finally:
        proxy.close()
    assert proxy.lost
    assert proxy.in_doubt
    assert_run_once(outcome, executor, postgres_url, undisturbed)


@pytest.mark.parametrize("fate", ["lose", "doubt"])
def test_what_a_write_answers_does_not_depend_on_whether_its_answer_was_lost(
    make_bench, make_study, postgres, postgres_url, fate
):
    """Whether a plan was news decides whether a report is due, and the number of trials to retry is told."""
    from ablate.study.design import plan

    fates = iter((fate, "pass", "pass", fate, "pass"))
    bench = make_bench("direct", postgres_url)
    proxy = CuttingProxy(postgres.port, lambda _: next(fates, "pass"))
    engine = connect(make_url(postgres_url).set(port=proxy.port).render_as_string(hide_password=False))
    try:
        with Store(engine) as store:
            assert store.record_plan(plan(make_study()))
            assert not store.record_plan(plan(make_study()))
            bench.run(fail)
            assert store.reset_failed("tested") == 12
            assert store.reset_failed("tested") == 0
    finally:
        proxy.close()
    assert proxy.lost + proxy.in_doubt == 2


def test_a_server_that_stays_away_is_named_and_the_next_run_goes_on(make_bench, postgres, postgres_url, undisturbed):
    bench = make_bench("server", postgres_url)
    bench.store._patience_seconds = 0.3

    def stop(directory):
        postgres.stop()
        return script(directory)

    try:
        with pytest.raises(TrackingError, match=r"was not to be had for 0\.3 s .*: end the program that holds it, or"):
            bench.run(stop)
    finally:
        postgres.start()
    outcome, _, _ = bench.run(script)
    assert outcome == OUTCOME
    for table in ("trials", "metrics", "combinations"):
        assert rows(postgres_url)[table] == undisturbed[table], table
