"""Studies side by side in short, for a terminal."""

from __future__ import annotations

from ablate.reporting.across.alignment import Alignment
from ablate.reporting.across.differences import find_differences
from ablate.reporting.across.document import common_scale
from ablate.reporting.across.sentences import CAUTION, in_short
from ablate.reporting.across.tables import shared_table
from ablate.reporting.across.wording import listed
from ablate.reporting.columns import in_columns
from ablate.reporting.numerals import plural


def lines(alignment: Alignment) -> list[str]:
    """What differs, an aligned line for every shared combination and study, and how far they agree."""
    differences = find_differences(alignment)
    differing = [f"  {_without_marks(line)}" for line in differences.lines or ("nothing that was recorded",)]
    same = [f"the same in all: {listed(differences.same)}"] if differences.same else []
    only = [
        f"{plural(len(found), 'combination')} only in {name}"
        for place, name in enumerate(alignment.names)
        if (found := alignment.only(place))
    ]
    table = in_columns(shared_table(alignment, common_scale(alignment)))
    return ["what differs:", *differing, *same, "", *table, "", _without_marks(in_short(alignment)), *only, CAUTION]


def _without_marks(text: str) -> str:
    """Without the marks of code, which are all that our sentences have of Markdown."""
    return text.replace("`", "")
