"""Energy is told where hardware counts it and the job is alone there; a gap makes the whole unknown."""

import os
import sys
from types import SimpleNamespace

import pytest
import torch

from ablate.specs import Device, EnergySource
from ablate.training import energy
from ablate.training.energy import EnergyMeter, Gauge, find_energy_meter, gpu_gauges, processor_gauges
from ablate.training.progress import Progress, Stopwatch

CORES = os.cpu_count() or 1


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


def meter_of(readings, wraps_at=None, clock=None):
    """One gauge that says these joules, one after another."""
    said = iter(readings)
    return EnergyMeter(EnergySource.RAPL, [Gauge(lambda: next(said), wraps_at)], clock or Clock())


def package(powercap, number, microjoules, name="package-0", wraps_at=262_143_000_000):
    zone = powercap / f"intel-rapl:{number}"
    zone.mkdir(parents=True)
    for file, text in (("name", name), ("energy_uj", microjoules), ("max_energy_range_uj", wraps_at)):
        (zone / file).write_text(f"{text}\n")
    return zone


class Nvml:
    """As `pynvml` is; GPUs by their identity, each with millijoules and the processes that compute on it."""

    class NVMLError(Exception):
        pass

    def __init__(self, gpus):
        self.gpus = gpus

    def nvmlInit(self):  # noqa: N802
        pass

    def nvmlDeviceGetHandleByUUID(self, identity):  # noqa: N802
        if identity not in self.gpus:
            raise self.NVMLError(identity)
        return identity

    def nvmlDeviceGetComputeRunningProcesses(self, handle):  # noqa: N802
        return self.gpus[handle]["processes"]

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):  # noqa: N802
        if self.gpus[handle]["millijoules"] is None:
            raise self.NVMLError("not supported")
        return self.gpus[handle]["millijoules"]


@pytest.fixture
def nvml(monkeypatch):
    fake = Nvml({f"GPU-{name}": {"millijoules": 7_000_000, "processes": ["ours"]} for name in ("a", "b")})
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda place: SimpleNamespace(uuid="ab"[place]))
    return fake


def test_what_grew_between_start_and_stop_counts_and_nothing_before():
    meter = meter_of([100.0, 103.5, 200.0, 201.0])
    meter.start()
    assert meter.stop() == 3.5
    meter.start()
    assert meter.stop() == 1.0


def test_a_counter_that_begins_anew_goes_on_counting_as_often_as_it_does():
    clock = Clock()
    meter = meter_of([90.0, 10.0, 5.0], wraps_at=100.0, clock=clock)
    meter.start()
    meter.keep_up()  # too early to look
    clock.seconds = 31.0
    meter.keep_up()
    assert meter.stop() == 20.0 + 95.0


@pytest.mark.parametrize("readings", [[1.0, None, 3.0], [None, 1.0, 2.0], [5.0, 1.0, 9.0]])
def test_a_reading_that_fails_or_goes_back_makes_all_of_it_unknown(readings):
    clock = Clock()
    meter = meter_of(readings, clock=clock)
    meter.start()
    clock.seconds = 31.0
    meter.keep_up()
    assert meter.stop() is None


def test_every_package_of_the_processor_counts_once_and_its_parts_do_not(tmp_path):
    package(tmp_path, 0, 5_000_000)
    package(tmp_path, 1, 7_000_000, "package-1")
    package(tmp_path, 2, 1_000_000, "psys")
    package(tmp_path, "0:0", 2_000_000, "core")
    gauges = processor_gauges(tmp_path)
    assert [gauge.read() for gauge in gauges] == [5.0, 7.0]
    assert {gauge.wraps_at for gauge in gauges} == {262_143.0}


@pytest.mark.parametrize("text", ["", "many", "-3"])
def test_packages_of_which_one_cannot_be_read_do_not_count(tmp_path, text):
    package(tmp_path, 0, 5_000_000)
    package(tmp_path, 1, text, "package-1")
    assert processor_gauges(tmp_path) == []
    assert processor_gauges(tmp_path / "missing") == []


def test_the_processor_counts_for_a_job_that_has_the_whole_machine_alone(tmp_path, monkeypatch):
    package(tmp_path, 0, 5_000_000)
    monkeypatch.setattr(energy.processor_gauges, "__defaults__", (tmp_path,))
    whole = find_energy_meter(Device.CPU, threads=CORES, is_alone=True)
    assert whole is not None
    assert whole.source is EnergySource.RAPL
    assert find_energy_meter(Device.CPU, threads=1, processes=CORES, is_alone=True) is not None
    assert find_energy_meter(Device.CPU, threads=CORES, is_alone=False) is None
    monkeypatch.setattr(os, "cpu_count", lambda: CORES + 1)
    assert find_energy_meter(Device.CPU, threads=CORES, is_alone=True) is None


def test_a_gpu_counts_by_its_identity_and_all_those_of_a_job_together(nvml):
    alone = find_energy_meter(Device.CUDA, threads=1, is_alone=True)
    both = find_energy_meter(Device.CUDA, threads=1, processes=2, is_alone=True)
    assert alone.source is both.source is EnergySource.NVML
    alone.start()
    both.start()
    nvml.gpus["GPU-a"]["millijoules"] += 1_000
    nvml.gpus["GPU-b"]["millijoules"] += 2_500
    assert (alone.stop(), both.stop()) == (2.5, 3.5)


def test_a_gpu_on_which_another_computes_counts_for_nobody(nvml):
    meter = find_energy_meter(Device.CUDA, threads=1, is_alone=True)
    meter.start()
    nvml.gpus["GPU-b"]["processes"] = ["ours", "another's"]
    assert meter.stop() is None
    assert gpu_gauges(1) == []
    assert find_energy_meter(Device.CUDA, threads=1, is_alone=False) is None


def test_a_gpu_that_does_not_count_and_a_part_of_one_are_left_out(nvml):
    nvml.gpus["GPU-b"]["millijoules"] = None
    assert gpu_gauges(1) == []
    assert gpu_gauges(2) == []
    del nvml.gpus["GPU-b"]
    assert gpu_gauges(1) == []


def test_without_the_package_there_is_no_energy_of_gpus(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert gpu_gauges(1) == []


def test_a_progress_adds_up_what_was_used_while_training_and_not_between():
    progress = Progress()
    stopwatch = Stopwatch(progress, meter_of([0.0, 3.0, 50.0, 54.0]))
    for _ in range(2):
        stopwatch.start()
        stopwatch.start()
        stopwatch.stop()
        stopwatch.stop()
    assert progress.joules == 7.0


def test_a_progress_that_went_on_without_who_counts_has_no_energy_ever_after():
    progress = Progress(joules=7.0)
    for meter in (None, meter_of([0.0, 1.0])):
        stopwatch = Stopwatch(progress, meter)
        stopwatch.start()
        stopwatch.stop()
    assert progress.joules is None
