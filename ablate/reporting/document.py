"""The report as a document: gathered, rendered, and moved into place."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import jinja2

from ablate.reporting.figures import Picture, draw_pictures
from ablate.reporting.figures.gallery import KINDS, NAMES
from ablate.reporting.findings import CONFOUND, Findings, find
from ablate.reporting.markdown import code, plain, table_text
from ablate.reporting.numerals import Scale, choose_scale, plural
from ablate.reporting.provenance import trace
from ablate.reporting.sentences import in_short
from ablate.reporting.settings import base_settings
from ablate.reporting.source import Source
from ablate.reporting.tables import (
    comparison_table,
    effects_table,
    failures_table,
    seeds_table,
    splits_table,
    standing_table,
)
from ablate.specs import Split
from ablate.stats import FEWEST_PAIRS
from ablate.tracking.records import TrialStatus

REPORT = "report.md"
FIGURES = "figures"


def write_document(store: Source, study_name: str, directory: Path) -> Path:
    """See `ablate.reporting.write_report`."""
    findings = find(store.plan(study_name), store.trials(study_name))
    scale = choose_scale(findings.study.objective, [finding.mean for finding in findings.findings])
    pictures = draw_pictures(findings, scale, store.curves(study_name))
    text = render(findings, scale, pictures, store.unplanned_trials(study_name))
    files = {
        f"{FIGURES}/{picture.name}.{kind}": image
        for picture in pictures.values()
        for kind, image in picture.files.items()
    }
    _replace(directory, {**files, REPORT: text.encode()})
    return directory / REPORT


def render(findings: Findings, scale: Scale, pictures: dict[str, Picture], unplanned: int) -> str:
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
    return environment.get_template("report.md.j2").render(
        **_standing(findings, unplanned), **_results(findings, scale), **_sources(findings), pictures=pictures
    )


def _standing(findings: Findings, unplanned: int) -> dict[str, Any]:
    trials = [outcome.trial for outcome in findings.outcomes]
    return {
        "study": findings.study,
        "plan": findings.plan,
        "standing": standing_table(findings),
        "attempts": sum(trial.attempts for trial in trials),
        "retries": sum(max(0, trial.attempts - 1) for trial in trials),
        "merged": [finding.combination for finding in findings.findings if finding.combination.aliases],
        "unplanned": unplanned,
        "failures": failures_table(findings),
    }


def _results(findings: Findings, scale: Scale) -> dict[str, Any]:
    names = findings.study.short_names()
    test_images = {
        record.images
        for outcome in findings.outcomes
        for split, record in outcome.trial.splits.items()
        if split is findings.study.objective.split
    }
    return {
        "scale": scale,
        "in_short": in_short(findings, scale),
        "comparison": comparison_table(findings, scale),
        "family": len(findings.compared),
        "fewest_pairs": FEWEST_PAIRS,
        "confound_percent": round(100 * CONFOUND),
        "is_confounded": any(
            findings.confound(finding, "parameters") or findings.confound(finding, "macs")
            for finding in findings.findings
        ),
        "step": scale.number(1 / min(test_images)) if scale.unit == "%" and len(test_images) == 1 else None,
        "objective_images": min(test_images) if len(test_images) == 1 else None,
        "effects": effects_table(findings.effects, names, scale),
        "is_incomplete": any(factor.effect.slices_used < factor.effect.slices for factor in findings.effects),
        "seeds": seeds_table(findings, scale),
    }


def _sources(findings: Findings) -> dict[str, Any]:
    complete = findings.trials(TrialStatus.COMPLETE)
    base = findings.study.base
    return {
        "splits": splits_table(findings),
        "splits_differ": any(
            len({trial.splits[split].fingerprint for trial in complete if split in trial.splits}) > 1
            for split in (Split.VALIDATION, Split.TEST)
        ),
        "provenance": trace(findings),
        "example": complete[0].name
        if complete
        else f"{findings.findings[0].combination.hash}-s{findings.study.seeds[0]}",
        "settings": base_settings(base, findings.study),
    }


def _replace(directory: Path, files: dict[str, bytes]) -> None:
    """Write all files aside, then move each into place in the order given, and drop figures that are no longer."""
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
    for name in (f"{FIGURES}/{name}.{kind}" for name in NAMES for kind in KINDS):
        if name not in files:
            (directory / name).unlink(missing_ok=True)
