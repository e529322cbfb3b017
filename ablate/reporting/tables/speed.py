"""How fast every combination trained and infers, and the energy that its training used."""

from __future__ import annotations

from ablate.reporting.findings import Finding, Findings
from ablate.reporting.marks import Marks
from ablate.reporting.numerals import NOTHING, count_text, duration_text, joules_text
from ablate.reporting.speed import has_speeds
from ablate.reporting.table import Table


def speed_table(findings: Findings, marks: Marks) -> Table | None:
    """One row per combination in the order of the plan; None of a study in which nothing was measured."""
    measured = [finding.measures for finding in findings.findings]
    if not any(has_speeds(finding) for finding in findings.findings):
        return None
    batches = sorted({measures.inference_batch for measures in measured if measures.inference_batch is not None})
    batch = f" (batches of {' or '.join(map(str, batches))})" if batches else ""
    header = (
        "combination",
        "training, images/s",
        "an epoch",
        f"inference, images/s{batch}",
        "latency of one image",
        "energy of the training",
    )
    rows = tuple(_row(finding, marks) for finding in findings.findings)
    return Table(header, "l" + "r" * (len(header) - 1), rows).without_empty(NOTHING)


def _row(finding: Finding, marks: Marks) -> tuple[str, ...]:
    measures, mark = finding.measures, marks.of_machine(finding)
    return (
        finding.combination.label(),
        _marked(count_text(finding.images_per_second), mark),
        _marked(duration_text(measures.seconds_per_epoch), mark),
        _marked(count_text(measures.inference_images_per_second), mark),
        _marked(duration_text(measures.inference_latency_seconds), mark),
        _marked(joules_text(measures.energy_joules), mark),
    )


def _marked(text: str, mark: str) -> str:
    return text if text == NOTHING else text + mark
