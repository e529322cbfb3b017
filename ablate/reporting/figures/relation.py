"""The graph of one-switch steps: what each switch does, with everything else held equal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.patheffects import Normal, Stroke

from ablate.reporting.figures.encoding import short_levels, varied_factors
from ablate.reporting.figures.geometry import Box, Curve
from ablate.reporting.figures.placement import LABEL_SIZE, LINE_SPACING, NODE_SIZE, place_graph
from ablate.reporting.figures.style import COLOURS, GREY, WIDTH, new_figure, pick
from ablate.reporting.findings import Finding, Findings, Switch
from ablate.reporting.numerals import NOTHING, Scale, plural
from ablate.reporting.relation import along, can_be_shown
from ablate.reporting.shortening import shorten
from ablate.stats import Verdict

MOST_LABELS = 30
"""With more edges only decided ones are labelled."""

LINE_LENGTH = 15
"""Characters of a line within a node."""

UNDECIDED: Any = (0, (4, 2.5))
BASELINE = "#e4e4e4"


def draw_relation(findings: Findings, scale: Scale) -> Figure | None:
    """Nodes with their means, edges with their paired differences; None where there is no step or too many."""
    if not can_be_shown(findings):
        return None
    texts = _node_texts(findings, scale)
    labels = _edge_texts(findings.switches, scale)
    placed = place_graph(findings, texts, labels)
    if placed is None:
        return None
    key = _key(findings, scale, is_partial=any(label is None for label in placed.labels))
    below = 0.2 * -(-len(key) // 2) + 0.2
    figure = new_figure(placed.height + below, layout=None)
    axes = figure.add_axes((0, below / (placed.height + below), 1, placed.height / (placed.height + below)))
    axes.set(xlim=(0, WIDTH), ylim=(0, placed.height))
    axes.set_axis_off()
    colours = {factor.name: pick(COLOURS, place) for place, factor in enumerate(varied_factors(findings.study))}
    for switch, curve, label, text in zip(findings.switches, placed.curves, placed.labels, labels, strict=True):
        ends = placed.nodes[switch.start.combination.hash], placed.nodes[switch.end.combination.hash]
        _draw_edge(axes, switch, curve, ends, colours[switch.factor])
        if label is not None and text is not None:
            _draw_label(axes, switch, label, text, colours[switch.factor])
    for finding in findings.findings:
        _draw_node(axes, placed.nodes[finding.combination.hash], texts[finding.combination.hash], finding)
    figure.legend(handles=key, loc="lower center", ncols=2, fontsize=8, handlelength=3)
    return figure


def _node_texts(findings: Findings, scale: Scale) -> dict[str, list[str]]:
    """For every combination its varied levels on lines of few characters, broken alike in all, and its mean."""
    varied = varied_factors(findings.study)
    room = LINE_LENGTH * max(1, 3 // len(varied))
    levels = short_levels(findings.study, room)
    lines: list[list[str]] = []
    taken = 0
    for factor in varied:
        longest = max(len(short) for short in levels[factor.name].values())
        if lines and taken + 3 + longest <= LINE_LENGTH:
            lines[-1].append(factor.name)
            taken += 3 + longest
        else:
            lines.append([factor.name])
            taken = longest
    texts = {}
    for finding in findings.findings:
        choice, mean = finding.combination.choice, finding.mean.value
        text = [" · ".join(levels[name][choice[name]] for name in line) for line in lines]
        wrapped = [part for line in text for part in (textwrap.wrap(line, LINE_LENGTH) or [""])]
        number = "no data" if mean is None else f"{scale.number(mean)} {scale.unit}".rstrip()
        texts[finding.combination.hash] = [*wrapped, number]
    return texts


def _edge_texts(switches: Sequence[Switch], scale: Scale) -> list[str | None]:
    texts: list[str | None] = []
    for switch in switches:
        text = scale.difference(along(switch)[2])
        is_wanted = len(switches) <= MOST_LABELS or switch.verdict is not Verdict.UNDECIDED
        wrapped = text.replace(" (", "\n(") if len(text) > 20 else text
        texts.append(("no data" if text == NOTHING else wrapped) if is_wanted else None)
    return texts


def _draw_edge(axes: Axes, switch: Switch, curve: Curve, ends: tuple[Box, Box], colour: str) -> None:
    points = curve.between(*ends)
    match switch.verdict:
        case Verdict.BETTER | Verdict.WORSE:
            path = Path(points if along(switch)[1] is switch.end else points[::-1])
            arrow = FancyArrowPatch(
                path=path, arrowstyle="-|>,head_length=5,head_width=2.6", color=colour, linewidth=2.2, zorder=2
            )
            axes.add_patch(arrow)
        case Verdict.EQUIVALENT:
            axes.plot(*points.T, color=colour, linewidth=3.6, zorder=1.8, solid_capstyle="butt")
            axes.plot(*points.T, color="white", linewidth=1.6, zorder=1.9, solid_capstyle="butt")
        case Verdict.UNDECIDED:
            axes.plot(*points.T, color="#999999", linewidth=0.9, linestyle=UNDECIDED, zorder=1)


def _draw_label(axes: Axes, switch: Switch, box: Box, text: str, colour: str) -> None:
    axes.text(
        *box.centre,
        text,
        fontsize=LABEL_SIZE,
        color=colour,
        weight="normal" if switch.verdict is Verdict.UNDECIDED else "bold",
        ha="center",
        va="center",
        linespacing=1.1,
        zorder=3,
        gid="label",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )


def _draw_node(axes: Axes, box: Box, lines: list[str], finding: Finding) -> None:
    (x, y), is_baseline = box.centre, finding.combination.is_baseline
    corner = x - box.width / 2, y - box.height / 2
    axes.add_patch(
        FancyBboxPatch(
            corner,
            box.width,
            box.height,
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=BASELINE if is_baseline else "white",
            edgecolor="black" if is_baseline else GREY,
            linewidth=2.0 if is_baseline else 0.9,
            zorder=4,
        )
    )
    for number, line in enumerate(lines):
        height = y + ((len(lines) - 1) / 2 - number) * NODE_SIZE * LINE_SPACING / 72
        weight = "bold" if number == len(lines) - 1 else "normal"
        axes.text(x, height, line, fontsize=NODE_SIZE, ha="center", va="center_baseline", weight=weight, zorder=5)


def _key(findings: Findings, scale: Scale, *, is_partial: bool) -> list[Line2D]:
    names, levels = findings.study.short_names(), short_levels(findings.study, 16)
    switched, verdicts = ({getattr(switch, name) for switch in findings.switches} for name in ("factor", "verdict"))
    key = [
        _entry(
            shorten(f"{names[factor.name]}: {' → '.join(levels[factor.name].values())}", 56),
            color=pick(COLOURS, place),
            linewidth=2.2,
        )
        for place, factor in enumerate(varied_factors(findings.study))
        if factor.name in switched
    ]
    decided = bool(verdicts & {Verdict.BETTER, Verdict.WORSE})
    if decided:
        key.append(_entry("decided: towards the better end", color="black", linewidth=2.2, marker=">", markevery=[1]))
    if Verdict.EQUIVALENT in verdicts:
        outline = [Stroke(linewidth=3.6, foreground="black"), Normal()]
        key.append(_entry("equivalent", color="white", linewidth=1.6, path_effects=outline))
    if Verdict.UNDECIDED in verdicts:
        corrected = f"undecided, corrected for {plural(len(findings.switches), 'step')}"
        key.append(_entry(corrected, color="#999999", linewidth=0.9, linestyle=UNDECIDED))
    if findings.baseline is not None:
        frame = {"marker": "s", "markersize": 8, "markerfacecolor": BASELINE, "markeredgecolor": "black"}
        key.append(_entry("baseline", linestyle="none", markeredgewidth=1.8, **frame))
    unit = f" in {scale.difference_unit}" if scale.difference_unit else ""
    key.append(_entry(f"paired difference{unit} (95 % interval):", linestyle="none"))
    key.append(
        _entry("along the arrow, or later minus earlier" if decided else "later minus earlier", linestyle="none")
    )
    if is_partial:
        key.append(_entry("not all steps are labelled", linestyle="none"))
    return key


def _entry(label: str, **look: Any) -> Line2D:
    return Line2D([], [], label=label, **look)
