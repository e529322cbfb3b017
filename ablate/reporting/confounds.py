"""What else than the factors could have made a difference, gathered in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ablate.reporting.codes import Codes
from ablate.reporting.findings import CONFOUND, Finding, Findings
from ablate.reporting.markdown import code
from ablate.reporting.marks import Marks
from ablate.reporting.matching import unmatched_sentence
from ablate.reporting.numerals import percent_text, plural
from ablate.reporting.own import SIZE, find_program
from ablate.reporting.provenance import Provenance
from ablate.reporting.shortage import shortage_line
from ablate.specs import Split, SplitRecord, StudySpec
from ablate.tracking.records import TrialStatus

MOST_NAMED = 6
BATCH = "training.batch_size"


def confound_lines(findings: Findings, codes: Codes, marks: Marks, provenance: Provenance) -> list[str]:
    """One sentence for each kind of confound that the study has; empty where it has none."""
    lines = [
        SIZE if find_program(findings.study) is not None else _costs(findings, marks),
        unmatched_sentence(findings),
        _settings(findings, marks),
        shortage_line(findings),
        _codes(codes),
        _machines(marks, provenance),
        _images(findings),
        *_missing(findings),
    ]
    return [line for line in lines if line]


def scored_on_different_images(findings: Findings) -> bool:
    """Whether the trials were not all validated and tested on the same images."""
    complete = findings.trials(TrialStatus.COMPLETE)
    return any(
        len({_which(trial.splits[split]) for trial in complete if split in trial.splits}) > 1
        for split in (Split.VALIDATION, Split.TEST)
    )


def _which(record: SplitRecord) -> tuple[str, str | None]:
    return record.fingerprint, record.content


def _costs(findings: Findings, marks: Marks) -> str:
    those = [f for f in findings.findings if marks.of_parameters(f) + marks.of_macs(f)]
    both = [switch for switch in findings.switches if _differ(switch.start, switch.end)]
    if not those and not both:
        return ""
    said = (
        f"{plural(len(those), 'combination')} of {len(findings.compared)} differ from the baseline by more than "
        f"{percent_text(CONFOUND)} in parameters or MACs († in the comparison)"
    )
    steps = f"{len(both)} of {plural(len(findings.switches), 'single switch', 'single switches')} change them as much"
    parts = [*([said] if those else []), *([steps] if both else [])]
    return f"**Size**: {'; '.join(parts)}. There a difference may be one of size{_advice(findings.study)}."


def _advice(study: StudySpec) -> str:
    if study.source is not None:
        return ""
    if study.match is not None:
        return f"; the study makes {study.match.cost.value} equal, which leaves the rest to differ"
    return "; `match` in the study file makes combinations equal"


def _differ(one: Finding, other: Finding) -> bool:
    pairs = ((one.parameters, other.parameters), (one.macs, other.macs))
    return any(a is not None and b is not None and abs(a - b) > CONFOUND * min(a, b) for a, b in pairs)


def _settings(findings: Findings, marks: Marks) -> str:
    if not marks.set_otherwise:
        return ""
    paths = list(dict.fromkeys(path for of in marks.set_otherwise.values() for path in of))
    named = ", ".join(code(path) for path in paths)
    batch = " The effective batch is among them, which batch norm and the noise of the gradient feel." * (
        BATCH in paths
    )
    those = [f for f in findings.findings if f.combination.hash in marks.set_otherwise]
    return f"**Settings beyond the factors**: {named} differ from the baseline in {_named(those)} (¶).{batch}"


def _codes(codes: Codes) -> str:
    if not codes.is_mixed:
        return ""
    return (
        f"**Mixed code**: {len(codes.others)} of {plural(len(codes.of_trial), 'complete trial')} ran with other code "
        "than the rest (‡); [Provenance](#provenance) says which."
    )


def _machines(marks: Marks, provenance: Provenance) -> str:
    if not provenance.differing:
        return ""
    hardware = (
        f"; {plural(len(marks.other_machines), 'trial')} on other hardware than most (‖)"
        if (marks.other_machines)
        else ""
    )
    return (
        f"**Mixed environments**: {len(provenance.environments)}, differing in {', '.join(provenance.differing)}"
        f"{hardware}. Speed cannot be compared across them, and the last digits of results may differ."
    )


def _images(findings: Findings) -> str:
    if not scored_on_different_images(findings):
        return ""
    return "**Different images**: not all trials were scored on the same images; [Data](#data) says which."


def _missing(findings: Findings) -> list[str]:
    lacking = [f for f in findings.findings if 0 < f.mean.n < len(f.outcomes)]
    empty = [f for f in findings.findings if f.mean.n == 0]
    lines = []
    if lacking:
        lines.append(
            f"**Missing seeds**: {_named(lacking)} lack a value for some seeds. Trials that fail are seldom a random "
            "choice: what is left may look better than it is."
        )
    if empty:
        lines.append(f"**Missing cells**: {_named(empty)} have no value at all, so averages over them are partial.")
    return lines


def _named(those: Sequence[Finding]) -> str:
    """`` `a`, `b` and 3 more ``."""
    labels: Iterable[str] = (code(finding.combination.label()) for finding in those[:MOST_NAMED])
    more = f" and {len(those) - MOST_NAMED} more" if len(those) > MOST_NAMED else ""
    return ", ".join(labels) + more
