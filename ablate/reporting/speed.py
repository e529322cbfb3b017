"""What training and inference took, of every combination as one value, and what is to be said of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import assert_never

from ablate.reporting.findings import Finding, Findings
from ablate.reporting.markdown import code
from ablate.specs import EnergySource, Environment, Measures
from ablate.tracking.records import TrialRecord, TrialStatus


def summarise(trials: Sequence[TrialRecord]) -> Measures:
    """One combination's trials as one: speeds of the fastest, since whatever runs beside only slows, medians else.

    Of pieces that memory made smaller the smallest. There is no energy where different things were counted.
    """
    known = [trial.measures for trial in trials]
    sources = {measures.energy_source for measures in known if measures.energy_joules is not None}
    joules = [measures.energy_joules for measures in known] if len(sources) == 1 else []
    pieces = [(measures.micro_batch, measures) for measures in known if measures.micro_batch is not None]
    least = min(pieces, key=itemgetter(0))[1] if pieces else Measures()
    norms = [measures.has_batch_norm for measures in known if measures.has_batch_norm is not None]
    return Measures(
        training_images_per_second=_most(measures.training_images_per_second for measures in known),
        seconds_per_epoch=_median(measures.seconds_per_epoch for measures in known),
        inference_batch=next(filter(None, (measures.inference_batch for measures in known)), None),
        inference_latency_seconds=min(filter(None, (one.inference_latency_seconds for one in known)), default=None),
        inference_images_per_second=_most(measures.inference_images_per_second for measures in known),
        energy_joules=_median(joules),
        energy_source=next(iter(sources)) if len(sources) == 1 else None,
        micro_batch=least.micro_batch,
        micro_batch_planned=least.micro_batch_planned,
        memory_halvings=max((one.memory_halvings for one in known if one.memory_halvings is not None), default=None),
        has_batch_norm=any(norms) if norms else None,
    )


def speed_notes(findings: Findings) -> list[str]:
    """How the numbers of the table were measured, a line for each kind that there is."""
    measured = [finding.measures for finding in findings.findings]
    notes = []
    if any(measures.seconds_per_epoch is not None for measures in measured):
        notes.append(
            "Training: of the median epoch, with data, forward, backward and update, and without evaluation and "
            "checkpoints; images/s of the fastest seed, seconds the median over seeds."
        )
    if any(_is_timed(measures) for measures in measured):
        notes.append(
            f"Inference: a forward pass without gradients at the precision of the training, uncompiled, on images that "
            f"are on the device already{_devices(findings)}; of the fastest seed, since whatever runs beside only "
            "slows. Trainings of a few seconds are too short to time it beside them."
        )
    sources = {measures.energy_source for measures in measured if measures.energy_source is not None}
    if sources:
        notes.append(
            f"Energy: {' or '.join(sorted(_counted(source) for source in sources))} while training steps were taken, "
            "idle power included, the rest of the machine and evaluation not; the median over seeds, of trials that "
            "had them alone."
        )
    return notes


def has_speeds(finding: Finding) -> bool:
    """Whether anything was measured that the comparison does not show."""
    measures = finding.measures
    return measures.seconds_per_epoch is not None or measures.energy_joules is not None or _is_timed(measures)


def _is_timed(measures: Measures) -> bool:
    return measures.inference_images_per_second is not None or measures.inference_latency_seconds is not None


def _counted(source: EnergySource) -> str:
    match source:
        case EnergySource.NVML:
            return "what the GPUs used"
        case EnergySource.RAPL:
            return "what the processor's packages used"
        case _:
            assert_never(source)


def _devices(findings: Findings) -> str:
    """`, on one H100`: every device that inference was timed on."""
    names = [
        _device(trial.environment)
        for trial in findings.trials(TrialStatus.COMPLETE)
        if trial.environment is not None and _is_timed(trial.measures)
    ]
    found = [name for name in dict.fromkeys(names) if name]
    return f" ({', '.join(found)})" if found else ""


def _device(environment: Environment) -> str:
    hardware = environment.hardware
    if "gpu" in hardware:
        return f"one {code(str(hardware['gpu']))}"
    if "processor" not in hardware:
        return ""
    threads = hardware.get("threads")
    used = "" if threads is None else f" with {threads} thread{'' if threads == 1 else 's'}"
    return code(str(hardware["processor"])) + used


def _most(numbers: Iterable[float | None]) -> float | None:
    return max(filter(None, numbers), default=None)


def _median(numbers: Iterable[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return statistics.median(known) if known else None
