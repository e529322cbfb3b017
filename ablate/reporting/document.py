"""The report as files: gathered, rendered in every form, and moved into place."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import jinja2

from ablate.reporting.content import Content, compose
from ablate.reporting.evidence import gather
from ablate.reporting.figures import Picture, draw_pictures
from ablate.reporting.figures.gallery import KINDS, NAMES
from ablate.reporting.forms.json_text import json_text
from ablate.reporting.forms.page import page
from ablate.reporting.forms.spreadsheet import spreadsheet
from ablate.reporting.markdown import code, plain, table_text
from ablate.reporting.numerals import choose_scale, plural
from ablate.reporting.record import record
from ablate.reporting.sheets import NAMES as SHEETS
from ablate.reporting.sheets import sheets
from ablate.reporting.source import Source
from ablate.reporting.typeset import NAMES as TYPESET
from ablate.reporting.typeset import typeset_tables

REPORT, PAGE, RECORD = "report.md", "report.html", "report.json"
FIGURES, TABLES = "figures", "tables"


def write_document(store: Source, study_name: str, directory: Path) -> Path:
    """See `ablate.reporting.write_report`."""
    evidence = gather(store, study_name)
    findings = evidence.findings
    scale = choose_scale(findings.study.objective, [finding.mean for finding in findings.findings])
    content = compose(evidence, scale)
    pictures = draw_pictures(findings, scale, store.curves(study_name))
    _replace(directory, _files(content, pictures))
    return directory / REPORT


def render(content: Content, pictures: dict[str, Picture]) -> str:
    """The report's Markdown."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ablate.reporting"),
        autoescape=jinja2.select_autoescape(),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(table=table_text, code=code, plain=plain)
    environment.globals.update(plural=plural)
    text = environment.get_template("report.md.j2").render(**content.names(), pictures=pictures)
    return _one_blank_line(text)


def _files(content: Content, pictures: dict[str, Picture]) -> dict[str, bytes]:
    """Every file by its path in the report's directory, `report.md` last."""
    images = {
        f"{FIGURES}/{picture.name}.{kind}": image
        for picture in pictures.values()
        for kind, image in picture.files.items()
    }
    findings = content.evidence.findings
    text = render(content, pictures)
    return {
        **images,
        **{f"{TABLES}/{s.name}.csv": spreadsheet(s.columns, s.rows) for s in sheets(findings)},
        **{f"{TABLES}/{name}.tex": text.encode() for name, text in typeset_tables(content).items()},
        RECORD: json_text(record(content.evidence.findings, content.answer, content.confounds)),
        PAGE: page(findings.study.name, text, images).encode(),
        REPORT: text.encode(),
    }


def _one_blank_line(text: str) -> str:
    """Sections that are left out leave their blank lines; one between paragraphs is enough."""
    lines: list[str] = []
    for line in text.splitlines():
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).rstrip("\n") + "\n"


def _replace(directory: Path, files: dict[str, bytes]) -> None:
    """Write all files aside, then move each into place in the order given, and drop what is no longer of the report."""
    directory.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".report-", dir=directory))
    try:
        for name, content in files.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_bytes(content)
        for name in files:
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).replace(directory / name)
    finally:
        shutil.rmtree(aside)
    for name in _possible():
        if name not in files:
            (directory / name).unlink(missing_ok=True)


def _possible() -> list[str]:
    """Every file that a report may have."""
    return [
        *(f"{FIGURES}/{name}.{kind}" for name in NAMES for kind in KINDS),
        *(f"{TABLES}/{name}.csv" for name in SHEETS),
        *(f"{TABLES}/{name}.tex" for name in TYPESET),
    ]
