"""What is said of studies side by side: built from verdicts and counts, so that it cannot say more than they do."""

from __future__ import annotations

from collections import Counter

from ablate.reporting.across.agreement import Agreement, RankAgreement, judge, verdicts_on
from ablate.reporting.across.alignment import Alignment, Row
from ablate.reporting.across.wording import SAME, listed, some, spread
from ablate.reporting.markdown import code
from ablate.reporting.numerals import plural

MOST_NAMED = 6
"""More combinations than this are counted, not listed."""

CAUTION = (
    "The numbers of the studies are shown beside each other and are not compared: data and code may differ, and no "
    "test between the studies was made."
)


def in_short(alignment: Alignment) -> str:
    """How many combinations are shared, and on how many the verdicts agree; contradictions by name."""
    judged = [(row, found) for row in alignment.shared if (found := judge(alignment, row)) is not None]
    opening = f"{listed([code(name) for name in alignment.names])} share {plural(len(alignment.shared), 'combination')}"
    if len(alignment.studies) > 2:
        everywhere = sum(len(row.present) == len(alignment.studies) for row in alignment.shared)
        opening += f", each in two of them or more, {everywhere} in all"
    if not judged:
        return f"{opening}. {why_not_judged(alignment)}"
    counts = Counter(found for _, found in judged)
    parts = [
        _counted(counts[Agreement.AGREE], "agrees", "agree") + _claims(judged),
        _counted(counts[Agreement.CONTRADICT], "contradicts", "contradict"),
        _counted(counts[Agreement.OPEN], "is open", "are open"),
    ]
    if counts[Agreement.DIFFER]:
        parts.insert(2, _counted(counts[Agreement.DIFFER], "differs", "differ") + " without contradiction")
    total = plural(len(judged), "comparison")
    said = f"{opening}. Of {total} with one and the same baseline{_baseline(alignment)}, {listed(parts)}."
    contrary = [row for row, found in judged if found is Agreement.CONTRADICT]
    return said + (f" Contradictory: {_named(alignment, contrary)}." if contrary else "")


def why_not_judged(alignment: Alignment) -> str:
    """Why no verdicts of different studies can be put together."""
    comparing = [study for study in alignment.studies if study.compared]
    if len(comparing) < 2:
        who = code(comparing[0].study.name) if comparing else "None of them"
        only = f"Only {who} compares" if comparing else f"{who} compares"
        return f"{only} with a baseline, so there are no claims that could agree."
    if not any(len(verdicts_on(row)) > 1 for row in alignment.shared):
        return "None of these is compared with a baseline in two studies, so there are no claims that could agree."
    return "Their baselines differ, so their verdicts answer different questions; whether they agree is not said."


def rank_sentence(alignment: Alignment, ranks: tuple[RankAgreement, ...]) -> str:
    """How far the orders of the means agree, for every two studies; empty where too few combinations are shared."""
    if not ranks:
        return ""
    parts = [
        f"{_tau(rank)} between {code(alignment.names[rank.first])} and {code(alignment.names[rank.second])} "
        f"({plural(rank.combinations, 'combination')})"
        for rank in ranks
    ]
    return (
        f"Kendall's τ-b of the means: {'; '.join(parts)}. It describes how far the orders of these means agree (1: the "
        "same order, −1: the reverse); it is no test, and means that lie close together are ordered by chance."
    )


def only_lines(alignment: Alignment) -> list[str]:
    """For every study the combinations that no other has, in its own names."""
    return [
        f"{plural(len(found), 'combination')} only in {code(name)}: "
        f"{some(finding.combination.label() for finding in found)}"
        for place, name in enumerate(alignment.names)
        if (found := alignment.only(place))
    ]


def is_namesake(alignment: Alignment) -> bool:
    """Whether combinations of different studies have the same name and are not the same."""
    labels = [
        {finding.combination.label() for finding in alignment.only(place)} for place in range(len(alignment.studies))
    ]
    counts = Counter(label for found in labels for label in found)
    return any(count > 1 for count in counts.values())


def naming_sentence(alignment: Alignment) -> str:
    """What the parts of a combination's name are, study by study where they differ."""
    names = {study.study.name: code(" · ".join(study.study.short_names().values())) for study in alignment.studies}
    told = spread("Combinations are named by", names)
    if not told:
        return f"Combinations are named by {names[alignment.names[0]]}."
    return f"{told}. Another study's name for the same combination follows *{SAME}*."


def _counted(count: int, of_one: str, of_more: str) -> str:
    return f"{count} {of_one if count == 1 else of_more}"


def _baseline(alignment: Alignment) -> str:
    """` (`head · 3`)`, where all that compare do so with the same combination."""
    rows = [row for place in range(len(alignment.studies)) if (row := alignment.baseline(place)) is not None]
    return f" ({code(rows[0].label)})" if all(row is rows[0] for row in rows) else ""


def _claims(judged: list[tuple[Row, Agreement]]) -> str:
    """` (3 better, 1 worse)`: what those claim that agree."""
    claims = Counter(next(iter(verdicts_on(row).values())).value for row, found in judged if found is Agreement.AGREE)
    return f" ({', '.join(f'{count} {claim}' for claim, count in sorted(claims.items()))})" if claims else ""


def _named(alignment: Alignment, rows: list[Row]) -> str:
    shown = [
        f"{code(row.label)} ("
        + ", ".join(f"{verdict.value} in {code(alignment.names[place])}" for place, verdict in verdicts_on(row).items())
        + ")"
        for row in rows[:MOST_NAMED]
    ]
    more = len(rows) - len(shown)
    return ", ".join(shown) + (f", and {more} more (see the table)" if more else "")


def _tau(rank: RankAgreement) -> str:
    return "not defined (all means of one are equal)" if rank.tau is None else f"{rank.tau:.2f}".replace("-", "−")
