"""The report as a document: gathered, rendered, and moved into place."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import jinja2

from ablate.reporting import elsewhere
from ablate.reporting.attempts import attempts_sentence
from ablate.reporting.codes import Codes, codes_table, find_codes, mixed_code_sentence
from ablate.reporting.effects import aliases_of, importance_table, why_no_effects
from ablate.reporting.evidence import Evidence, gather
from ablate.reporting.figures import Picture, draw_pictures
from ablate.reporting.figures.gallery import KINDS, NAMES
from ablate.reporting.findings import CONFOUND, Findings
from ablate.reporting.markdown import code, plain, table_text
from ablate.reporting.matching import matching_table, target_text, unmatched, unmatched_sentence
from ablate.reporting.numerals import Scale, choose_scale, plural
from ablate.reporting.provenance import trace
from ablate.reporting.rules import exclusion_lines, override_line
from ablate.reporting.sentences import in_short
from ablate.reporting.settings import base_settings
from ablate.reporting.source import Source
from ablate.reporting.tables import (
    Table,
    comparison_table,
    effects_table,
    failures_table,
    seeds_table,
    splits_table,
    standing_table,
)
from ablate.reporting.tuning import settings_text, tuned_combinations, tuning_table
from ablate.specs import Split
from ablate.stats import FEWEST_PAIRS
from ablate.tracking.records import TrialStatus

REPORT = "report.md"
FIGURES = "figures"


def write_document(store: Source, study_name: str, directory: Path) -> Path:
    """See `ablate.reporting.write_report`."""
    evidence = gather(store, study_name)
    findings = evidence.findings
    scale = choose_scale(findings.study.objective, [finding.mean for finding in findings.findings])
    pictures = draw_pictures(findings, scale, store.curves(study_name))
    text = render(evidence, scale, pictures)
    files = {
        f"{FIGURES}/{picture.name}.{kind}": image
        for picture in pictures.values()
        for kind, image in picture.files.items()
    }
    _replace(directory, {**files, REPORT: text.encode()})
    return directory / REPORT


def render(evidence: Evidence, scale: Scale, pictures: dict[str, Picture]) -> str:
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
    findings, codes = evidence.findings, find_codes(evidence.findings)
    return environment.get_template("report.md.j2").render(
        **_standing(evidence),
        **_conditions(evidence, scale),
        **_results(findings, codes, scale),
        **_effects(findings, scale),
        **_sources(findings, codes),
        pictures=pictures,
    )


def _standing(evidence: Evidence) -> dict[str, Any]:
    findings = evidence.findings
    return {
        "study": findings.study,
        "plan": findings.plan,
        "standing": standing_table(findings),
        "attempts": attempts_sentence(evidence.attempts),
        "exclusions": exclusion_lines(findings.study, findings.plan.exclusions),
        "overrides": [override_line(override) for override in findings.study.overrides],
        "merged": [finding.combination for finding in findings.findings if finding.combination.aliases],
        "unplanned": evidence.unplanned,
        "failures": _failures(findings),
        **_elsewhere(findings),
    }


def _failures(findings: Findings) -> Table:
    table = failures_table(findings)
    return table if findings.study.source is None else elsewhere.without_logs(table)


def _elsewhere(findings: Findings) -> dict[str, Any]:
    """What there is to say of imported runs; `origin` is None for a study that was run here."""
    source = findings.study.source
    return {
        "origin": None if source is None else elsewhere.origin(source),
        "reading": elsewhere.reading(findings),
        "unknown": [] if source is None else elsewhere.unknown(findings),
        "missing": "" if source is None else elsewhere.missing(findings),
        "pairing": elsewhere.PAIRING,
        "scored": elsewhere.SCORED,
    }


def _conditions(evidence: Evidence, scale: Scale) -> dict[str, Any]:
    """What was done to make the comparison fair."""
    findings, tune = evidence.findings, evidence.findings.study.tune
    tuned = tuned_combinations(evidence, tune) if tune else ()
    return {
        "matching": matching_table(findings) if findings.study.match else None,
        "target": target_text(findings),
        "unmatched": unmatched(findings),
        "tuning": tuning_table(findings.study, tune, tuned, scale) if tune else None,
        "tuned_settings": settings_text(tune) if tune else [],
    }


def _results(findings: Findings, codes: Codes, scale: Scale) -> dict[str, Any]:
    test_images = {
        record.images
        for outcome in findings.outcomes
        for split, record in outcome.trial.splits.items()
        if split is findings.study.objective.split
    }
    return {
        "scale": scale,
        "in_short": in_short(findings, scale, (mixed_code_sentence(codes), unmatched_sentence(findings))),
        "comparison": comparison_table(findings, scale, codes.others),
        "family": len(findings.compared),
        "fewest_pairs": FEWEST_PAIRS,
        "confound_percent": round(100 * CONFOUND),
        "is_confounded": any(
            findings.confound(finding, "parameters") or findings.confound(finding, "macs")
            for finding in findings.findings
        ),
        "step": scale.number(1 / min(test_images)) if scale.unit == "%" and len(test_images) == 1 else None,
        "objective_images": min(test_images) if len(test_images) == 1 else None,
        "seeds": seeds_table(findings, scale, codes.others),
    }


def _effects(findings: Findings, scale: Scale) -> dict[str, Any]:
    names, aliasing = findings.study.short_names(), findings.plan.aliasing
    aliases = {name: aliases_of(name, aliasing) for name in names.values()} if aliasing else None
    return {
        "effects": effects_table(findings.effects, names, scale, aliases),
        "no_effects": why_no_effects(findings),
        "importances": importance_table(findings),
        "is_incomplete": any(factor.effect.slices_used < factor.effect.slices for factor in findings.effects),
    }


def _sources(findings: Findings, codes: Codes) -> dict[str, Any]:
    complete = findings.trials(TrialStatus.COMPLETE)
    base = findings.study.base
    return {
        "splits": splits_table(findings),
        "splits_differ": any(
            len({trial.splits[split].fingerprint for trial in complete if split in trial.splits}) > 1
            for split in (Split.VALIDATION, Split.TEST)
        ),
        "provenance": trace(findings),
        "codes": codes_table(findings, codes) if codes.is_mixed else None,
        "example": complete[0].name
        if complete
        else f"{findings.findings[0].combination.hash}-s{findings.study.seeds[0]}",
        "settings": [] if base is None else base_settings(base, findings.study),
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
