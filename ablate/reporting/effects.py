"""Main effects for the page: which there are to show, what they are aliased with, and a second opinion."""

from __future__ import annotations

from ablate.reporting.findings import Findings
from ablate.reporting.numerals import percent_text, plural
from ablate.reporting.table import Table
from ablate.specs import Design

MINUS = "−"

MOST_VALUES = 1000
"""Beyond, the forest is fitted to the means of the combinations: it would take longer than all else together."""


def why_no_effects(findings: Findings) -> str:
    """Why factors have no main effects although several vary; empty where they have, or nothing varies."""
    if findings.effects:
        return ""
    varied = [factor for factor in findings.study.factors if len(factor.levels) > 1]
    match findings.study.design:
        case Design.ONE_FACTOR | Design.LEAVE_ONE_OUT:
            return (
                f"Main effects are not estimated: in a {findings.study.design.value} design every factor changes from "
                "the baseline alone, so what it does is its row of the comparison, and nothing is known of it beside "
                "other levels of the others."
            )
        case Design.LISTED if varied:
            return (
                "Main effects are not estimated: the listed combinations do not hold all levels of any factor beside "
                "two or more choices of the others."
            )
        case _:
            return ""


def aliases_of(name: str, aliasing: tuple[str, ...]) -> str:
    """What a main effect of a fractional design cannot be told from; a minus: it counts with the opposite sign."""
    for line in aliasing:
        terms = line.split(" = ")
        bare = [term.removeprefix(MINUS) for term in terms]
        if len(terms) > 1 and name in bare:
            own = terms[bare.index(name)].startswith(MINUS)
            return ", ".join(
                (MINUS if term.startswith(MINUS) is not own else "") + one
                for term, one in zip(terms, bare, strict=True)
                if one != name
            )
    return ""


def importance_table(findings: Findings) -> Table | None:
    """The share of the variance between combinations that is each factor's; None where that would say nothing.

    Only of factorials: in a fraction the model could not tell a main effect from what it is aliased with.
    """
    if findings.study.design is not Design.FACTORIAL or not findings.effects:
        return None
    from ablate.study.search.importance import importances

    values = {
        finding.combination.hash: [outcome.value for outcome in finding.outcomes if outcome.value is not None]
        for finding in findings.findings
    }
    if len(findings.outcomes) > MOST_VALUES:
        values = {name: [sum(numbers) / len(numbers)] for name, numbers in values.items() if numbers}
    found = importances(findings.plan, values)
    if not found:
        return None
    names = findings.study.short_names()
    rows = [(names[importance.factor], percent_text(importance.share)) for importance in found]
    rest = 1 - sum(importance.share for importance in found)
    rows.append((f"interactions of the {plural(len(found), 'factor')}", percent_text(max(0.0, rest))))
    return Table(("factor", "share of the variance"), "lr", tuple(rows))
