"""What the page says, section by section, as the names that its template knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ablate.reporting import elsewhere, own
from ablate.reporting.attempts import attempts_sentence
from ablate.reporting.codes import Codes, codes_table, find_codes, mixed_code_sentence
from ablate.reporting.confounds import confound_lines, scored_on_different_images
from ablate.reporting.effects import aliases_of, importance_table, why_no_effects
from ablate.reporting.evidence import Evidence
from ablate.reporting.figures.curves import FEWEST_SEEDS
from ablate.reporting.findings import CONFOUND, Finding, Findings
from ablate.reporting.markdown import code
from ablate.reporting.marks import Marks, mark
from ablate.reporting.matching import matching_table, target_text, unmatched, unmatched_sentence
from ablate.reporting.numerals import Scale
from ablate.reporting.pareto import pareto_front
from ablate.reporting.provenance import Provenance, trace
from ablate.reporting.relation import mermaid
from ablate.reporting.rules import exclusion_lines, override_line
from ablate.reporting.sentences import answer, highest
from ablate.reporting.settings import base_settings
from ablate.reporting.shortage import batch_norm_sentence
from ablate.reporting.speed import speed_notes
from ablate.reporting.table import Table
from ablate.reporting.tables import (
    MOST_SWITCHES,
    comparison_table,
    effects_table,
    failures_table,
    pairs_table,
    ranks_table,
    seeds_needed_table,
    seeds_table,
    speed_table,
    splits_table,
    standing_table,
    switches_table,
    variance_table,
)
from ablate.reporting.tables.certainty import MOST_RANKED
from ablate.reporting.tables.standing import MOST_SEEDS
from ablate.reporting.tuning import settings_text, tuned_combinations, tuning_table
from ablate.specs.data import describe_splits
from ablate.stats.permutation import MOST_ENUMERATED
from ablate.stats.ranks import RESAMPLES
from ablate.tracking.records import TrialStatus

GROUPED = 2
"""In the comparison this many leading columns are not repeated from row to row."""

MOST_NAMED = 8


@dataclass(frozen=True)
class Content:
    """All that a page is made of but its pictures."""

    evidence: Evidence
    scale: Scale
    codes: Codes
    marks: Marks
    provenance: Provenance

    @property
    def answer(self) -> str:
        """The answer to the study's question."""
        findings = self.evidence.findings
        warnings = (mixed_code_sentence(self.codes), unmatched_sentence(findings), batch_norm_sentence(findings))
        return answer(findings, self.scale, warnings)

    @property
    def confounds(self) -> list[str]:
        """What else could have made a difference."""
        return confound_lines(self.evidence.findings, self.codes, self.marks, self.provenance)

    def names(self) -> dict[str, Any]:
        """The names of the template."""
        return {
            "answer": self.answer,
            "confounds": self.confounds,
            "scale": self.scale,
            "codes": self.codes,
            "marks": self.marks,
            "provenance": self.provenance,
            "data_set": _name_data(self.evidence.findings),
            "splits_differ": scored_on_different_images(self.evidence.findings),
            **_standing(self.evidence),
            **_results(self.evidence.findings, self.scale, self.marks),
            "speed": speed_table(self.evidence.findings, self.marks),
            "speed_notes": speed_notes(self.evidence.findings),
            **_effects(self.evidence.findings, self.scale),
            **_conditions(self.evidence, self.scale),
            **_sources(self.evidence.findings, self.codes),
        }


def compose(evidence: Evidence, scale: Scale) -> Content:
    """Gather what sections share."""
    codes = find_codes(evidence.findings)
    return Content(evidence, scale, codes, mark(evidence.findings, codes), trace(evidence.findings))


def _name_data(findings: Findings) -> str:
    """The data set's name, and how its splits are made; empty for runs that were made elsewhere."""
    base = findings.study.base
    if base is None:
        return ""
    return f"`{base.data.name}`, {describe_splits(base.data)}"


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
    """What there is to say of imported runs and of programs; `origin` is None for a study that was run here."""
    source, program = findings.study.source, own.find_program(findings.study)
    return {
        "program": program,
        "program_data": "" if program is None else own.data(program),
        "origin": None if source is None else elsewhere.origin(source),
        "reading": elsewhere.reading(findings),
        "unknown": [] if source is None else elsewhere.unknown(findings),
        "missing": "" if source is None else elsewhere.missing(findings),
        "pairing": elsewhere.PAIRING if program is None else own.PAIRING,
        "scored": elsewhere.SCORED if program is None else own.SCORED,
    }


def _results(findings: Findings, scale: Scale, marks: Marks) -> dict[str, Any]:
    objective = findings.study.objective
    images = {
        record.images
        for outcome in findings.outcomes
        for split, record in outcome.trial.splits.items()
        if split is objective.split
    }
    identical = [code(finding.combination.label()) for finding in findings.compared if _is_identical(finding)]
    ranks = ranks_table(findings, scale)
    return {
        "comparison": comparison_table(findings, scale, marks).grouped(min(GROUPED, len(findings.study.factors) - 1)),
        "family": len(findings.compared),
        "margin": None if objective.equivalence is None else scale.magnitude(objective.equivalence),
        "exact": all(f.comparison is None or f.comparison.n <= MOST_ENUMERATED for f in findings.findings),
        "confound_percent": round(100 * CONFOUND),
        "costs_shown": any(finding.macs is not None for finding in findings.findings),
        "step": scale.number(1 / min(images)) if scale.unit == "%" and len(images) == 1 else None,
        "objective_images": min(images) if len(images) == 1 else None,
        "identical": ", ".join(identical),
        "highest": highest(findings, scale),
        "needed": seeds_needed_table(findings, scale),
        "ranks": ranks,
        "more_ranks": f"; the first {MOST_RANKED} of {len(findings.findings)}"
        if (ranks is not None and len(findings.findings) > MOST_RANKED)
        else "",
        "resamples": f"{RESAMPLES:,}",
        "switches": switches_table(findings, scale, MOST_SWITCHES),
        "switch_count": len(findings.switches),
        "mermaid": mermaid(findings, scale),
        "seeds": seeds_table(findings, scale, marks),
    }


def _is_identical(finding: Finding) -> bool:
    """Whether no seed shows any difference to the baseline."""
    comparison = finding.comparison
    if comparison is None or comparison.n < 2:
        return False
    return comparison.difference == 0.0 and comparison.deviation is None


def _effects(findings: Findings, scale: Scale) -> dict[str, Any]:
    names, aliasing = findings.study.short_names(), findings.plan.aliasing
    aliases = {name: aliases_of(name, aliasing) for name in names.values()} if aliasing else None
    front = [code(finding.combination.label()) for finding in pareto_front(findings)]
    more = f" and {len(front) - MOST_NAMED} more" if len(front) > MOST_NAMED else ""
    return {
        "effects": effects_table(findings, scale, aliases),
        "effect_count": sum(len(effect.adjusted_p) for effect in findings.effects) + len(findings.pairs),
        "pairs": pairs_table(findings, scale),
        "variance": variance_table(findings),
        "no_effects": why_no_effects(findings),
        "importances": importance_table(findings),
        "is_incomplete": any(factor.effect.slices_used < factor.effect.slices for factor in findings.effects),
        "front": ", ".join(front[:MOST_NAMED]) + more,
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


def _sources(findings: Findings, codes: Codes) -> dict[str, Any]:
    complete, base = findings.trials(TrialStatus.COMPLETE), findings.study.base
    return {
        "splits": splits_table(findings),
        "codes_seeds": codes_table(findings, codes) if codes.is_mixed else None,
        "example": complete[0].name
        if complete
        else f"{findings.findings[0].combination.hash}-s{findings.study.seeds[0]}",
        "settings": [] if base is None else base_settings(base, findings.study),
        "many_seeds": len(findings.study.seeds) > MOST_SEEDS,
        "metric": str(findings.study.objective.metric),
        "fewest_band": FEWEST_SEEDS,
    }
