"""How a value that differs between studies is told: every value with the studies that have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ablate.reporting.markdown import code

UNKNOWN = "not known"

SAME = "also"
"""Stands before a further name of a combination."""

MOST_NAMED = 12
"""More than this are counted, not listed."""


def spread(subject: str, texts: Mapping[str, str | None]) -> str:
    """`subject: 300 in a and b; all in c`, by the studies' names; empty where all have the same known value."""
    if len(set(texts.values())) == 1 and None not in texts.values():
        return ""
    studies_of: dict[str, list[str]] = {}
    for study, text in texts.items():
        studies_of.setdefault(UNKNOWN if text is None else text, []).append(code(study))
    return f"{subject}: " + "; ".join(f"{text} in {listed(studies)}" for text, studies in studies_of.items())


def listed(items: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f" {word} ".join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)


def some(labels: Iterable[str]) -> str:
    """Labels as code, in their order, and how many more there are."""
    names = [code(label) for label in labels]
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f", and {more} more" if more > 0 else "")


def numbers(values: Sequence[int]) -> str:
    """Whole numbers in short: `0 to 4`, `0, 2 and 7`."""
    ordered = sorted(values)
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{ordered[0]} to {ordered[-1]}"
    shown = [str(value) for value in ordered[:MOST_NAMED]]
    more = len(ordered) - len(shown)
    return listed([*shown, f"{more} more"] if more else shown)
