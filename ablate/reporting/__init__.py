"""From the tracking database to a report: every number in it is read from the store, none is typed in.

Importing this package is quick: figures, templates and statistics are loaded by the first call.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ablate.reporting.source import Source
from ablate.tracking.claims import Claims

__all__ = [
    "Source",
    "comparison_lines",
    "power_lines",
    "publish",
    "summary_lines",
    "summary_text",
    "write_comparison",
    "write_report",
]


def write_report(store: Source, study_name: str, directory: Path) -> Path:
    """Write the report as `publish` does, and return the path of `report.md`."""
    publish(store, study_name, directory)
    return directory / "report.md"


def publish(store: Source, study_name: str, directory: Path) -> Claims:
    """Write the report into `directory`, and return what it claims, for the tracking database to keep.

    Beside `report.md` stand `report.html`, which holds everything in one file, `report.json` for programs, `figures/`,
    and `tables/` as CSV and LaTeX.

    The same database gives the same bytes, wherever and whenever it is called. Files are written aside and then
    moved into place, `report.md` last; what an earlier report had and this one has not is removed.
    """
    from ablate.reporting.document import write_document

    return write_document(store, study_name, directory)


def summary_lines(store: Source, study_name: str) -> list[str]:
    """The standing of a study as lines for a terminal: combinations with their means, best first."""
    from ablate.reporting.inference import find
    from ablate.reporting.summary import summarise

    return summarise(find(store.plan(study_name), store.trials(study_name)))


def summary_text(store: Source, study_name: str, report: str) -> str:
    """The same as Markdown, with the answer before it, and `report` as the place of the whole report behind it."""
    from ablate.reporting.content import compose
    from ablate.reporting.evidence import gather
    from ablate.reporting.numerals import choose_scale
    from ablate.reporting.summary import describe

    evidence = gather(store, study_name)
    means = [finding.mean for finding in evidence.findings.findings]
    return describe(compose(evidence, choose_scale(evidence.findings.study.objective, means)), report)


def write_comparison(store: Source, study_names: Sequence[str], directory: Path) -> Path:
    """Write `comparison.md` and its figure into `directory`: the combinations that the studies share, side by side.

    Returns the path of `comparison.md`. The same database gives the same bytes.

    Raises:
        InputError: fewer than two studies, one twice, other objectives, or nothing shared.
        TrackingError: a study is unknown.
    """
    from ablate.reporting.across.document import write_document

    return write_document(store, study_names, directory)


def comparison_lines(store: Source, study_names: Sequence[str]) -> list[str]:
    """The same in short, as lines for a terminal.

    Raises: as `write_comparison`.
    """
    from ablate.reporting.across.gather import gather
    from ablate.reporting.across.terminal import lines

    return lines(gather(store, study_names))


def power_lines(store: Source, study_name: str) -> list[str]:
    """How many seeds would decide each comparison of a study, as lines for a terminal."""
    from ablate.reporting.inference import find
    from ablate.reporting.outlook import look_ahead

    return look_ahead(find(store.plan(study_name), store.trials(study_name)))
