"""The report as files: gathered, rendered in every form, and moved into place."""

from __future__ import annotations

from pathlib import Path

from ablate.reporting.claims import claims_of
from ablate.reporting.content import Content, compose
from ablate.reporting.evidence import gather
from ablate.reporting.figures import Picture, draw_pictures
from ablate.reporting.figures.gallery import KINDS, NAMES
from ablate.reporting.forms.json_text import json_text
from ablate.reporting.forms.page import page
from ablate.reporting.forms.spreadsheet import spreadsheet
from ablate.reporting.numerals import choose_scale
from ablate.reporting.pages import fill, put_in_place
from ablate.reporting.record import record
from ablate.reporting.sheets import NAMES as SHEETS
from ablate.reporting.sheets import sheets
from ablate.reporting.source import Source
from ablate.reporting.typeset import NAMES as TYPESET
from ablate.reporting.typeset import typeset_tables
from ablate.specs import Split
from ablate.tracking.claims import Claims

REPORT, PAGE, RECORD = "report.md", "report.html", "report.json"
FIGURES, TABLES = "figures", "tables"


def write_document(store: Source, study_name: str, directory: Path) -> Claims:
    """See `ablate.reporting.publish`."""
    evidence = gather(store, study_name)
    findings = evidence.findings
    scale = choose_scale(findings.study.objective, [finding.mean for finding in findings.findings])
    content = compose(evidence, scale)
    curves = store.curves(study_name, split=Split.VALIDATION, metric=str(findings.study.objective.metric))
    pictures = draw_pictures(findings, scale, curves)
    found = record(findings, content.answer, content.confounds)
    text = json_text(found)
    put_in_place(directory, _files(content, pictures, text), _possible())
    return claims_of(found, text)


def render(content: Content, pictures: dict[str, Picture]) -> str:
    """The report's Markdown."""
    return fill("report.md.j2", {**content.names(), "pictures": pictures})


def _files(content: Content, pictures: dict[str, Picture], found: bytes) -> dict[str, bytes]:
    """Every file by its path in the report's directory, `report.md` last; `found` is the one for programs."""
    images = {
        f"{FIGURES}/{picture.name}.{kind}": image
        for picture in pictures.values()
        for kind, image in picture.files.items()
    }
    findings = content.evidence.findings
    typeset = typeset_tables(findings, content.scale, content.marks)
    text = render(content, pictures)
    return {
        **images,
        **{f"{TABLES}/{s.name}.csv": spreadsheet(s.columns, s.rows) for s in sheets(findings)},
        **{f"{TABLES}/{name}.tex": table.encode() for name, table in typeset.items()},
        RECORD: found,
        PAGE: page(findings.study.name, text, images).encode(),
        REPORT: text.encode(),
    }


def _possible() -> list[str]:
    """Every file that a report may have."""
    return [
        *(f"{FIGURES}/{name}.{kind}" for name in NAMES for kind in KINDS),
        *(f"{TABLES}/{name}.csv" for name in SHEETS),
        *(f"{TABLES}/{name}.tex" for name in TYPESET),
    ]
