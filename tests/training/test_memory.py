"""What is counted as memory: what was taken at the peak, by this work alone, and None where nobody can tell."""

import mmap
import sys

import pytest
import torch

from ablate.specs import Configuration, DataSpec, Device, LayerSpec, ModelSpec, TrainingSpec, TrialSpec
from ablate.training import memory, train
from ablate.training.memory import MemoryMeter

MIB = 2**20

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds")


def take(mebibytes):
    """Memory that is touched, so that the process holds it."""
    return torch.ones(mebibytes * MIB, dtype=torch.uint8)


def taken(work):
    meter = MemoryMeter(Device.CPU)
    work()
    return meter.peak().memory_bytes / MIB


class Nothing:
    def append(self, record):
        pass


def trained(batch_size):
    model = ModelSpec(widths=(48,), depths=(2,), layer=LayerSpec(sharing="spatial", dynamics="static"))
    recipe = TrainingSpec(epochs=1, batch_size=batch_size, warmup_epochs=0)
    configuration = Configuration(model=model, data=DataSpec(training_images=800), training=recipe)
    return train(TrialSpec(study="s", configuration=configuration, seed=0), Nothing())


def test_the_peak_counts_and_not_what_is_left():
    assert taken(lambda: take(100)) == pytest.approx(100, abs=15)


def test_what_was_taken_before_does_not_count():
    take(200)
    kept = take(50)
    assert taken(lambda: take(20)) == pytest.approx(20, abs=15)
    assert len(kept) == 50 * MIB


def test_work_in_memory_that_was_freed_before_counts_again():
    def in_small_pieces():
        return [bytearray(50_000) for _ in range(1_500)]  # the C library keeps such when they are freed

    last = in_small_pieces()[-1]
    assert taken(in_small_pieces) == pytest.approx(72, abs=15)
    assert len(last) == 50_000


def test_a_file_that_is_looked_into_does_not_count(tmp_path):
    path = tmp_path / "library"
    path.write_bytes(b"x" * (100 * MIB))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
        seen = []
        assert taken(lambda: seen.append(pages[:: mmap.PAGESIZE])) < 15
        assert len(seen[0]) == 100 * MIB // mmap.PAGESIZE


def test_where_the_system_tells_nothing_there_is_no_peak_and_training_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "STATUS", tmp_path / "missing")
    monkeypatch.setattr(memory, "CLEAR", tmp_path / "missing" / "too")
    assert MemoryMeter(Device.CPU).peak() is None
    outcome = trained(batch_size=800)
    assert outcome.peak_memory_bytes is None
    assert outcome.training_seconds > 0


def test_where_the_system_tells_less_than_linux_there_is_no_peak(tmp_path, monkeypatch):
    (tmp_path / "status").write_text("Name:\tpython\nVmRSS:\t  900 kB\nVmHWM:\t 1000 kB\n")
    monkeypatch.setattr(memory, "STATUS", tmp_path / "status")
    assert MemoryMeter(Device.CPU).peak() is None


def test_a_peak_that_may_be_of_earlier_work_is_not_told(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "CLEAR", tmp_path / "missing" / "clear_refs")
    take(300)
    meter = MemoryMeter(Device.CPU)
    take(20)
    assert meter.peak() is None
    take(600)
    assert meter.peak().memory_bytes / MIB == pytest.approx(600, abs=40)  # the C library may hold some more


def test_on_a_gpu_the_peak_is_what_torch_counted_since_the_beginning(monkeypatch):
    counts = {"allocated": 900, "reserved": 1000}  # of earlier work
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: counts.update(allocated=10, reserved=20))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: counts["allocated"])
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda: counts["reserved"])
    meter = MemoryMeter(Device.CUDA)
    counts.update(allocated=70, reserved=80)
    assert meter.peak() == (70, 80)


def test_every_training_of_one_process_is_measured_by_itself():
    large, small, again = (trained(batch_size).peak_memory_bytes for batch_size in (800, 20, 800))
    assert 0 < small < large / 1.5
    assert small < again / 1.5
    assert again == pytest.approx(large, rel=0.3)
