"""How combinations relate: every one a node, every switch of one factor an edge; here as text for Mermaid."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace

from ablate.reporting.findings import Finding, Findings, Switch
from ablate.reporting.numerals import NOTHING, Scale
from ablate.reporting.shortening import tell_apart
from ablate.specs import StudySpec
from ablate.stats import Comparison, Interval, Verdict

MOST_NODES, MOST_EDGES = 24, 60
"""A larger graph is a tangle."""

LONGEST = 24
"""Characters of a level in a graph; longer ones are cut."""

SPECIAL = re.compile(r"(?<![^\W_])[._-]|[._-](?![^\W_])|[!-,/:-@\[-^`{-~]")
"""ASCII punctuation, but a point, a line or an underline between letters or digits, where it can mean nothing else."""

ARROWS = {Verdict.BETTER: "==>", Verdict.WORSE: "==>", Verdict.EQUIVALENT: "===", Verdict.UNDECIDED: "-.-"}
LINE_STYLES = {
    "decided": "stroke:#0072B2,stroke-width:3px",
    "equivalent": "stroke:#009E73,stroke-width:3px",
    "undecided": "stroke:#808080,stroke-width:1.5px",
}


def can_be_shown(findings: Findings) -> bool:
    """Whether there is a step to show, and not more of a graph than can be read."""
    return len(findings.findings) <= MOST_NODES and 0 < len(findings.switches) <= MOST_EDGES


def better_end(switch: Switch) -> Finding | None:
    """The combination that a decided step speaks for."""
    match switch.verdict:
        case Verdict.BETTER:
            return switch.end
        case Verdict.WORSE:
            return switch.start
        case Verdict.EQUIVALENT | Verdict.UNDECIDED:
            return None


def along(switch: Switch) -> tuple[Finding, Finding, Comparison]:
    """Where an edge leads from and to, and the difference that this makes: a decided one leads to the better end.

    So the number on an arrow is what following it brings.
    """
    found = switch.comparison
    if better_end(switch) is not switch.start or found.difference is None:
        return switch.start, switch.end, found
    interval = found.interval and Interval(-found.interval.high, -found.interval.low, found.interval.level)
    return switch.end, switch.start, replace(found, difference=-found.difference, interval=interval)


def mermaid(findings: Findings, scale: Scale) -> str | None:
    """The graph as Mermaid's `graph LR`; None where there is no step, or too much to be read.

    A thick arrow points to the better end of a decided step, a thick line joins what is equivalent, a dotted one what
    is undecided. The label of an edge says from which level to which the difference is taken: along the arrow.
    """
    if not can_be_shown(findings):
        return None
    numbers = {finding.combination.hash: number for number, finding in enumerate(findings.findings)}
    names, levels = findings.study.short_names(), _levels(findings.study)
    nodes = (f'  n{number}["{_node(finding, levels, scale)}"]' for number, finding in enumerate(findings.findings))
    lines = ["graph LR", *nodes]
    for switch in findings.switches:
        start, end, _ = along(switch)
        one, other = (numbers[finding.combination.hash] for finding in (start, end))
        label = _edge(switch, names[switch.factor], levels[switch.factor], scale)
        lines.append(f'  n{one} {ARROWS[switch.verdict]}|"{label}"| n{other}')
    return "\n".join([*lines, *_styles(findings, numbers)]) + "\n"


def _levels(study: StudySpec) -> dict[str, dict[str, str]]:
    """By factor and level, what stands for it in the graph."""
    return {
        factor.name: {
            label: _escape(short)
            for label, short in tell_apart([level.label for level in factor.levels], LONGEST).items()
        }
        for factor in study.factors
    }


def _node(finding: Finding, levels: Mapping[str, Mapping[str, str]], scale: Scale) -> str:
    label = " · ".join(levels[name][level] for name, level in finding.combination.choice.items())
    return f"{label}<br/>{scale.mean(finding.mean) if finding.mean.n else 'no data'}"


def _edge(switch: Switch, name: str, levels: Mapping[str, str], scale: Scale) -> str:
    start, end = (levels[level] for level in _switched(switch))
    if better_end(switch) is switch.start:
        start, end = end, start
    found = scale.difference(along(switch)[2])
    text = "no data" if found == NOTHING else f"{found} {scale.difference_unit}"
    return f"{_escape(name)} {start} → {end}<br/>{text}"


def _switched(switch: Switch) -> tuple[str, str]:
    """The labels that a step leads from and to, also where a combination stands for several choices."""
    starts, ends = (
        (finding.combination.choice, *finding.combination.aliases) for finding in (switch.start, switch.end)
    )
    for start in starts:
        for end in ends:
            if [name for name in start if start[name] != end[name]] == [switch.factor]:
                return start[switch.factor], end[switch.factor]
    return switch.start.combination.choice[switch.factor], switch.end.combination.choice[switch.factor]


def _styles(findings: Findings, numbers: dict[str, int]) -> list[str]:
    kinds = {
        "decided": (Verdict.BETTER, Verdict.WORSE),
        "equivalent": (Verdict.EQUIVALENT,),
        "undecided": (Verdict.UNDECIDED,),
    }
    lines = []
    for kind, verdicts in kinds.items():
        edges = [number for number, switch in enumerate(findings.switches) if switch.verdict in verdicts]
        if edges:
            lines.append(f"  linkStyle {_list(edges)} {LINE_STYLES[kind]}")
    if findings.baseline is not None:
        lines.append("  classDef baseline stroke:#E69F00,stroke-width:4px")
        lines.append(f"  class n{numbers[findings.baseline.combination.hash]} baseline")
    return lines


def _list(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _escape(text: str) -> str:
    """What Mermaid, Markdown or HTML could read as their own as numbered entities; what cannot be seen left out."""
    visible = "".join(character for character in text if unicodedata.category(character)[0] != "C")
    apart = visible.replace("$$", "$ $")  # two of them are mathematics even as entities
    return SPECIAL.sub(lambda found: f"#{ord(found.group())};", apart)
