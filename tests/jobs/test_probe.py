"""Probing in processes of their own: what one of them cannot do is its failure, and the others go on."""

import os
import signal
import subprocess
import sys

import pytest

from ablate.errors import InputError
from ablate.jobs.devices import share_out, usable_cores
from ablate.jobs.probe import LocalProber
from ablate.specs import Configuration, DataSpec, Failure, LayerSpec, ModelSpec, Resources, TrainingSpec


def configuration(heads=2, widths=(6,), **training):
    layer = LayerSpec(sharing="head", heads=heads)
    recipe = {"epochs": 2, "batch_size": 20, "warmup_epochs": 0, **training}
    return Configuration(
        model=ModelSpec(widths=widths, depths=(1,) * len(widths), layer=layer),
        data=DataSpec(training_images=40),
        training=TrainingSpec(**recipe),
    )


@pytest.fixture(scope="module")
def prober():
    with LocalProber(Resources(workers=2)) as prober:
        yield prober


def test_the_slots_are_those_of_a_run(prober):
    assert prober.slots == share_out(Resources(workers=2), 0, usable_cores())
    assert prober.machine.cores == len(os.sched_getaffinity(0))
    assert prober.machine.name


def test_answers_come_in_the_order_of_the_questions_and_each_is_heard_once(prober):
    heard = []
    answers = prober.probe([configuration(widths=(w,)) for w in (6, 8, 4)], 0, heard.append)
    assert [answer.costs for answer in answers] == prober.costs([configuration(widths=(w,)) for w in (6, 8, 4)])
    assert sorted(heard) == [0, 1, 2]


def test_an_error_is_the_finding_of_that_one(prober):
    good, refused, diverging = (
        configuration(),
        configuration(heads=4),
        configuration(learning_rate=1e38, optimizer="sgd"),
    )
    answers = prober.probe([refused, good, diverging], 0)
    assert answers[0].kind == "InputError"
    assert answers[0].message == "heads 4 does not divide 6 channels: use one of 1, 2, 3, 6"
    assert answers[1].fingerprint == prober.probe([good], 0)[0].fingerprint
    assert answers[2].kind == "Diverged"


def test_a_cost_that_cannot_be_counted_is_the_finding_of_that_one(prober):
    refused, counted = prober.costs([configuration(heads=4), configuration()])
    assert isinstance(refused, Failure)
    assert counted.parameters > 0


def test_a_process_that_is_killed_is_the_finding_of_that_one(prober, monkeypatch):
    submit = prober._executor.submit

    def submit_and_kill_the_first(directory):
        submit(directory)
        job = prober._executor._running[directory]
        while directory.name == "0" and job.process is None:
            job.advance()
        if directory.name == "0":
            os.kill(job.process, signal.SIGKILL)

    monkeypatch.setattr(prober._executor, "submit", submit_and_kill_the_first)
    killed, good = prober.probe([configuration(), configuration()], 0)
    assert killed.kind == "Killed"
    assert killed.message == "its process was ended by SIGKILL: the machine may have run out of memory"
    assert good.steps > 0


def test_more_than_the_memory_that_there_is_is_said_to_be_that(prober):
    (answer,) = prober.probe([configuration(heads=1, widths=(1_000_000,))], 0)
    assert answer.kind in {"OutOfMemory", "Killed"}


def test_latencies_are_seconds(prober):
    narrow, wide = prober.latencies([configuration(), configuration(widths=(512,))])
    assert 0 < narrow < wide < 10


def test_more_gpus_than_there_are_is_refused():
    with LocalProber(Resources(gpus_per_trial=64)) as prober, pytest.raises(InputError, match="gpus_per_trial is 64"):
        prober.probe([configuration()], 0)


def test_the_process_that_asks_loads_no_torch_and_starts_nothing_unasked():
    code = """
import sys
from ablate.jobs.probe import LocalProber
from ablate.specs import Configuration, Resources
with LocalProber(Resources()) as prober:
    print(prober._executor._server._running)
    prober.costs([Configuration()])
    server = prober._executor._server._running[0]
    print(server.poll(), "torch" in sys.modules)
print(server.poll() is None)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout == "None\nNone False\nFalse\n", done.stderr
