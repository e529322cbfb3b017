"""Studies side by side as a document: gathered, rendered, and moved into place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ablate.reporting.across.agreement import rank_agreements
from ablate.reporting.across.alignment import Alignment
from ablate.reporting.across.differences import find_differences, repeated
from ablate.reporting.across.figure import MOST_ROWS, MOST_STUDIES, NAME, draw_picture
from ablate.reporting.across.gather import gather
from ablate.reporting.across.sentences import (
    CAUTION,
    in_short,
    is_namesake,
    naming_sentence,
    only_lines,
    rank_sentence,
)
from ablate.reporting.across.tables import shared_table
from ablate.reporting.across.wording import listed
from ablate.reporting.figures import Picture
from ablate.reporting.figures.gallery import KINDS
from ablate.reporting.markdown import code
from ablate.reporting.numerals import Scale, choose_scale
from ablate.reporting.pages import fill, put_in_place
from ablate.reporting.source import Source

DOCUMENT = "comparison.md"
FIGURES = "figures"


def write_document(store: Source, study_names: Sequence[str], directory: Path) -> Path:
    """See `ablate.reporting.write_comparison`."""
    alignment = gather(store, study_names)
    scale = common_scale(alignment)
    picture = draw_picture(alignment, scale)
    images = picture.files if picture is not None else {}
    files = {f"{FIGURES}/{NAME}.{kind}": image for kind, image in images.items()}
    text = render(alignment, scale, picture)
    put_in_place(directory, {**files, DOCUMENT: text.encode()}, (f"{FIGURES}/{NAME}.{kind}" for kind in KINDS))
    return directory / DOCUMENT


def common_scale(alignment: Alignment) -> Scale:
    """One scale for the shared combinations of all studies."""
    means = [finding.mean for row in alignment.shared for finding in row.present.values()]
    return choose_scale(alignment.studies[0].study.objective, means)


def render(alignment: Alignment, scale: Scale, picture: Picture | None) -> str:
    """The document's Markdown."""
    differences = find_differences(alignment)
    return fill(
        "comparison.md.j2",
        {
            "title": listed([code(name) for name in alignment.names]),
            "studies": [study.study for study in alignment.studies],
            "differences": differences.lines,
            "same": listed(differences.same),
            "in_short": in_short(alignment),
            "caution": CAUTION,
            "repeated": repeated(alignment),
            "ranks": rank_sentence(alignment, rank_agreements(alignment)),
            "shared": shared_table(alignment, scale),
            "naming": naming_sentence(alignment),
            "paths": None if alignment.paths is None else listed([code(path) for path in alignment.paths]),
            "scale": scale,
            "picture": f"{FIGURES}/{NAME}.png" if picture is not None else None,
            "most_rows": MOST_ROWS,
            "most_studies": MOST_STUDIES,
            "is_compared": any(study.compared for study in alignment.studies),
            "only": only_lines(alignment),
            "is_namesake": is_namesake(alignment),
        },
    )
