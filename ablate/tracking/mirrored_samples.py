"""What a job sampled of its machine, as MLflow's page 'System metrics' shows it."""

from __future__ import annotations

from pathlib import Path

from ablate.specs import SystemRecord
from ablate.tracking.mirrored_run import Number, milliseconds, spelt

SAMPLES = "system.jsonl"

PREFIX = "system/"
"""What the names of the metrics on that page begin with."""


def read_samples(attempt: Path, offset: int) -> tuple[list[Number], int]:
    """The samples from byte `offset` of an attempt's file on, with their real times; and where to read on from.

    There are none where nobody asked for them, or the journal is elsewhere. A line that is still being written is left
    for the next time, a damaged one is left out.
    """
    try:
        with (attempt / SAMPLES).open("rb") as file:
            file.seek(offset)
            text = file.read()
    except FileNotFoundError:
        return [], offset
    whole = text[: text.rfind(b"\n") + 1]
    return [number for line in whole.splitlines() for number in _numbers(line)], offset + len(whole)


def _numbers(line: bytes) -> list[Number]:
    try:
        record = SystemRecord.model_validate_json(line)
    except ValueError:
        return []
    names = spelt(f"{PREFIX}{name}" for name in record.values)
    moment = milliseconds(record.time)
    return [Number(name, value, moment, record.step) for name, value in zip(names, record.values.values(), strict=True)]
