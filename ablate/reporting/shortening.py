"""Names cut to the room that there is, and still told apart."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from ablate.reporting.markdown import one_line


def shorten(text: str, most: int) -> str:
    """Text on one line of at most `most` characters, cut in its middle: names often differ at their ends."""
    text = one_line(text)
    tail = (most - 1) // 3
    return text if len(text) <= most else f"{text[: most - 1 - tail]}…{text[len(text) - tail :]}"


def tell_apart(labels: Sequence[str], most: int) -> dict[str, str]:
    """Every label in at most `most` characters, no two alike: cut in the middle, else from where they begin to differ,
    else with its number in front.
    """
    labels = list(dict.fromkeys(labels))
    alike = (len(set(characters)) == 1 for characters in zip(*labels, strict=False))
    same = sum(1 for _ in itertools.takewhile(bool, alike))
    for cut in (
        [shorten(label, most) for label in labels],
        ["…" + shorten(label[same:], most - 1) for label in labels],
    ):
        if len(set(cut)) == len(labels):
            return dict(zip(labels, cut, strict=True))
    digits = len(str(len(labels)))
    return {
        label: f"{number:{digits}d}: ".lstrip() + shorten(label, max(most - digits - 2, 1))
        for number, label in enumerate(labels, 1)
    }
