"""What a job takes of its machine is sampled where it was asked for, truly, and nowhere else."""

import subprocess
import sys
import threading
import time

import psutil
import pytest
import torch

from ablate.jobs import sampling
from ablate.jobs.fence import bar_predecessors
from ablate.jobs.files import SYSTEM
from ablate.jobs.journal import Journal, create_attempt, read_metrics, read_result
from ablate.jobs.sampling import sampled
from ablate.jobs.worker import run_attempt
from ablate.specs import Configuration, DataSpec, JobSpec, LayerSpec, ModelSpec, SystemRecord, TrainingSpec, TrialSpec

MODEL = ModelSpec(widths=(5,), depths=(1,), drop_path=0.2, layer=LayerSpec(sharing="spatial", dynamics="static"))
RECIPE = TrainingSpec(epochs=3, batch_size=20, warmup_epochs=0)
TRIAL = TrialSpec(
    study="s", configuration=Configuration(model=MODEL, data=DataSpec(training_images=40), training=RECIPE), seed=2
)
PROCESSOR, MEMORY = "process_cpu_utilization_percentage", "process_memory_usage_megabytes"


@pytest.fixture
def begin(tmp_path):
    """The journal and specification of an attempt that has its directory."""

    def begin(name="trial", **fields):
        spec, directory = JobSpec(trial=TRIAL, attempt=1, **fields), tmp_path / name / "001"
        create_attempt(directory, spec)
        return Journal(directory), spec

    return begin


def samples(journal):
    return [SystemRecord.model_validate_json(line) for line in (journal.directory / SYSTEM).read_text().splitlines()]


def test_an_attempt_that_is_sampled_finds_the_same_numbers(begin):
    journals = [begin("plain")[0], begin("watched", sample_seconds=0.01)[0]]
    for journal in journals:
        run_attempt(journal.directory)
        assert read_result(journal.directory).status == "complete"
    plain, watched = (
        [(record.step, record.split, record.values) for record in read_metrics(journal.directory).records]
        for journal in journals
    )
    assert plain == watched
    assert not (journals[0].directory / SYSTEM).exists()
    assert len(samples(journals[1])) > 1


def test_the_specification_of_an_earlier_version_asks_for_nothing(begin):
    _, spec = begin()
    assert JobSpec.model_validate(spec.model_dump(exclude={"sample_seconds"})) == spec
    assert spec.sample_seconds is None


def test_where_nobody_asked_no_thread_is_started(begin):
    threads = threading.active_count()
    with sampled(*begin()):
        assert threading.active_count() == threads


def test_samples_are_of_this_process_and_its_children_with_real_times(begin):
    journal, spec = begin(sample_seconds=0.3)
    began = time.time()
    own = psutil.Process().memory_info().rss / 1e6
    busy = "import time; held = bytearray(60_000_000); end = time.monotonic() + 30\nwhile time.monotonic() < end: pass"
    with sampled(journal, spec), subprocess.Popen([sys.executable, "-c", busy]) as child:
        time.sleep(1.0)
        child.kill()
    found = samples(journal)
    assert [sample.step for sample in found] == list(range(len(found)))
    assert all(began <= sample.time <= time.time() for sample in found)
    assert [sample.time for sample in found] == sorted(sample.time for sample in found)
    assert {frozenset(sample.values) for sample in found} == {frozenset({PROCESSOR, MEMORY})}
    assert max(sample.values[PROCESSOR] for sample in found) > 10
    assert own * 0.8 < found[-1].values[MEMORY] < max(sample.values[MEMORY] for sample in found) - 50


def test_a_job_that_is_over_before_the_first_sample_has_one(begin):
    journal, spec = begin(sample_seconds=1000.0)
    began = time.monotonic()
    with sampled(journal, spec):
        pass
    assert time.monotonic() - began < 3
    assert len(samples(journal)) == 1


def test_an_attempt_that_was_given_up_writes_no_sample(begin):
    journal, spec = begin(sample_seconds=0.01)
    bar_predecessors(journal.directory.with_name("002"))
    with sampled(journal, spec):
        time.sleep(0.1)
    assert not (journal.directory / SYSTEM).exists()


def test_a_disk_that_takes_no_samples_ends_the_sampling_and_not_the_job(begin, caplog):
    journal, _ = begin(sample_seconds=0.01)
    (journal.directory / SYSTEM).mkdir()
    run_attempt(journal.directory)
    assert read_result(journal.directory).status == "complete"
    assert caplog.text.count("no further samples of the machine") == 1


def test_on_a_gpu_what_torch_tells_of_it_is_sampled_too(begin, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _: 3_000_000)
    monkeypatch.setattr(torch.cuda, "utilization", lambda _: 87)
    journal, spec = begin(gpus=(2,), sample_seconds=0.01)
    with sampled(journal, spec):
        pass
    values = samples(journal)[-1].values
    assert values["gpu_2_memory_usage_megabytes"] == 3.0
    assert values["gpu_2_utilization_percentage"] == 87.0

    def without_the_library(_):
        raise ModuleNotFoundError("nvidia-ml-py does not seem to be installed")

    monkeypatch.setattr(torch.cuda, "utilization", without_the_library)
    assert sampling._gpu(2) == {"gpu_2_memory_usage_megabytes": 3.0}
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    assert sampling._gpu(2) == {}
