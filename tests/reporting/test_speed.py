"""What training and inference took is shown where it was measured, with what it was measured on, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from ablate.reporting.evidence import gather
from ablate.reporting.record import combination_records
from ablate.reporting.speed import summarise
from ablate.specs import EnergySource, Measures
from ablate.tracking.records import TrialRecord, TrialStatus

Maker = Callable[..., Any]
Render = Callable[[Any], str]
ONE = {"model.layer.window": [3, 5]}
MEASURED = Measures(
    training_images_per_second=1234.0,
    seconds_per_epoch=0.25,
    inference_batch=64,
    inference_latency_seconds=0.000625,
    inference_images_per_second=45_600.0,
    energy_joules=12_340.0,
    energy_source=EnergySource.NVML,
    micro_batch=64,
    micro_batch_planned=64,
    memory_halvings=0,
    has_batch_norm=False,
)


def measured(store: Any, *changes: dict[str, Any]) -> Any:
    """Every trial measured; the first ones with those changes."""
    for place in range(len(store.records)):
        change = changes[place] if place < len(changes) else {}
        store = store.with_trial(place, measures=MEASURED.model_copy(update=change))
    return store


def section(text: str) -> str:
    """The part of the page, without the spaces that line its table up."""
    rest = text[text.index("## Speed and energy") :]
    return re.sub(" +", " ", rest[: rest.index("\n## ")])


def of(**fields: Any) -> TrialRecord:
    measures = Measures(**fields)
    return TrialRecord(name="t", combination="c", seed=0, status=TrialStatus.COMPLETE, attempts=1, measures=measures)


def test_what_was_measured_is_a_table_with_batch_and_device(synthetic: Maker, text_of: Render) -> None:
    said = section(text_of(measured(synthetic(ONE, seeds=3))))
    assert "inference, images/s (batches of 64)" in said
    assert "| 3 | 1.23 k | 250 ms | 45.6 k | 0.625 ms | 12.3 kJ |" in said
    assert "on images that are on the device already (" in said
    assert "what the GPUs used while training steps were taken" in said


def test_a_study_without_any_measures_has_no_such_section(synthetic: Maker, text_of: Render) -> None:
    text = text_of(synthetic(ONE, seeds=3))
    assert "Speed and energy" not in text
    assert "median one" not in text


def test_columns_and_notes_of_what_nobody_measured_are_left_out(synthetic: Maker, text_of: Render) -> None:
    nothing = {name: None for name in Measures.model_fields if name.startswith(("inference", "energy"))}
    said = section(text_of(measured(synthetic(ONE, seeds=3), *[nothing] * 6)))
    assert "| 3 | 1.23 k | 250 ms |" in said
    assert not {"latency", "Inference", "Energy"} & set(said.replace(":", " ").split())


def test_speeds_are_of_the_fastest_seed_and_the_rest_of_the_middle_one() -> None:
    found = summarise(
        [
            of(training_images_per_second=5.0, inference_latency_seconds=0.3, seconds_per_epoch=3.0),
            of(training_images_per_second=7.0, inference_latency_seconds=0.1, seconds_per_epoch=1.0),
            of(inference_images_per_second=9.0, seconds_per_epoch=2.0),
            of(),
        ]
    )
    assert (found.training_images_per_second, found.inference_latency_seconds) == (7.0, 0.1)
    assert (found.inference_images_per_second, found.seconds_per_epoch) == (9.0, 2.0)
    assert summarise([]) == summarise([of()]) == Measures()


def test_energies_of_different_things_are_not_mixed() -> None:
    gpu, processor = (of(energy_joules=1.0, energy_source=source) for source in EnergySource)
    assert summarise([gpu, gpu]).energy_joules == 1.0
    mixed = summarise([gpu, processor])
    assert (mixed.energy_joules, mixed.energy_source) == (None, None)


def test_the_report_for_programs_has_every_measure(synthetic: Maker) -> None:
    findings = gather(measured(synthetic(ONE, seeds=3)), "synthetic").findings
    row = combination_records(findings)[0]
    assert (row["images_per_second"], row["energy_source"], row["inference_batch"]) == (1234.0, "nvml", 64)
    assert set(Measures.model_fields) - {"training_images_per_second"} < set(row)


HALVED = {"micro_batch": 16, "memory_halvings": 2}


@pytest.mark.parametrize(
    ("has_batch_norm", "said", "is_warned"),
    [
        (True, "Batch norm took its statistics over the pieces", True),
        (False, "No layer of these models takes statistics over a batch", False),
        (None, "was not recorded", False),
    ],
)
def test_halved_batches_are_a_confound_and_a_warning_where_batch_norm_saw_them(
    synthetic: Maker, text_of: Render, has_batch_norm: bool | None, said: str, is_warned: bool
) -> None:
    change = {**HALVED, "has_batch_norm": has_batch_norm}
    text = text_of(measured(synthetic(ONE, seeds=3), change, change))
    confounds = text[text.index("## Confounds") : text.index("## Every number")]
    assert (
        "**Memory ran out**: `3` (16 images at once instead of 64, in 2 of 3 seeds). The effective batch" in confounds
    )
    assert said in confounds
    answer = text[text.index("## Answer") : text.index("## What was run")]
    assert ("**Smaller batches in batch norm**: memory ran out in `3` (16 images" in answer) is is_warned


def test_batches_that_fitted_are_no_confound(synthetic: Maker, text_of: Render) -> None:
    text = text_of(measured(synthetic(ONE, seeds=3), {"has_batch_norm": True}))
    assert "Memory ran out" not in text


def test_a_trial_that_did_not_count_says_nothing_of_batches(synthetic: Maker, text_of: Render) -> None:
    store = measured(synthetic(ONE, seeds=3), {**HALVED, "has_batch_norm": True})
    assert "Memory ran out" not in text_of(store.with_trial(0, status=TrialStatus.RUNNING))
