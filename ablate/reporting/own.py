"""What a report says of a study that runs one's own program: what is known of that, and what only the program knows."""

from __future__ import annotations

from ablate.reporting.markdown import code
from ablate.specs import ProgramSpec, StudySpec

PAIRING = (
    "Pairs have equal seeds. What the program draws from its seed is not known: if equal seeds did not see equal data "
    "in equal order, the comparison is as valid, as long as the seeds are independent, and only gains nothing by the "
    "pairing."
)

SCORED = "The intervals speak of other seeds, on the data that the program scores on: which it is, is not recorded."

SIZE = (
    "**Size not known**: what the program's models cost was not recorded, so that a difference may be one of size or "
    "cost."
)


def find_program(study: StudySpec) -> ProgramSpec | None:
    """The program that the study's trials run, or None for the built-in training and for imported runs."""
    return None if study.base is None else study.base.program


def data(program: ProgramSpec) -> str:
    """Where the numbers come from."""
    return (
        f"The trials ran a program of the study's own, {code(program.label())}. Which data it trains and scores on, "
        "and whether all trials were scored on the same, it alone knows: no split was recorded."
    )
