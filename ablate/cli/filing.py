"""`ablate export` into files: CSV, Parquet, LaTeX."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from ablate.cli.places import open_existing_store
from ablate.frames import frames_of
from ablate.frames.files import Form
from ablate.frames.placing import export

FORMS = {"csv": Form.CSV, "parquet": Form.PARQUET, "latex": Form.LATEX}


def export_to_files(study: str, targets: Mapping[str, Path], root: Path, database: str | None) -> None:
    """Write the study into a directory for each of the options `csv`, `parquet` and `latex`, and say what is where.

    Raises: InputError if files of others are in the way.
    """
    with open_existing_store(root, database) as store:
        written = export(frames_of(store, study), {FORMS[option]: place for option, place in targets.items()})
    for directory, names in written.items():
        typer.echo(f"{directory}: {', '.join(names)}")
