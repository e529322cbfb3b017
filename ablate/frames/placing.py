"""Exported files into their directories: all or, where something of others is in the way, none."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from ablate.errors import InputError
from ablate.frames.files import Form, write_bytes
from ablate.frames.study_frames import StudyFrames
from ablate.reporting.pages import put_in_place

RECORD = "export.json"
"""Beside the files: which study they are of, and which files are an export's, so that nothing else is overwritten."""

FORMAT = 1
POSSIBLE = frozenset(name for form in Form for name in form.possible)


def export(frames: StudyFrames, targets: Mapping[Form, Path]) -> dict[Path, list[str]]:
    """Write a study in every form into its directory; answers the names of the files by directory.

    Files are written aside and then moved into place. What an earlier export of the study left there is overwritten,
    or removed if the study no longer has it.

    Raises:
        InputError: a directory holds another study's export, or a file of that name that no export wrote; then
            nothing is written anywhere.
    """
    forms: dict[Path, list[Form]] = defaultdict(list)
    for form, directory in targets.items():
        forms[_same(directory, forms)].append(form)
    known = {directory: _known(frames.study.name, directory) for directory in forms}
    files = {
        directory: {name: content for form in own for name, content in write_bytes(frames, form).items()}
        for directory, own in forms.items()
    }
    for directory, content in files.items():
        _refuse_foreign(directory, content.keys() - known[directory])
    for directory, own in forms.items():
        stale = known[directory] & frozenset().union(*(form.possible for form in own)) - files[directory].keys()
        record = _record(frames.study.name, (known[directory] | files[directory].keys()) - stale)
        # The record first: whatever is killed, a file that is there is known to be an export's.
        put_in_place(directory, {RECORD: record, **files[directory]}, sorted(stale))
    return {directory: list(content) for directory, content in files.items()}


def _same(directory: Path, known: Mapping[Path, object]) -> Path:
    """The directory as it was named first, where two names lead to one."""
    return next((other for other in known if other.resolve() == directory.resolve()), directory)


def _known(study: str, directory: Path) -> frozenset[str]:
    """The files that earlier exports of the study left in the directory."""
    if directory.exists() and not directory.is_dir():
        raise InputError(f"{directory}: expected a directory to export into, this is a file: name another")
    record = directory / RECORD
    if not record.exists():
        return frozenset()
    try:
        said = json.loads(record.read_text(encoding="utf-8"))
        name, files = str(said["study"]), frozenset(map(str, said["files"]))
    except (ValueError, TypeError, KeyError):
        raise InputError(f"{record}: not the record of an export: name another directory, or move it away") from None
    if name != study:
        raise InputError(f"{directory}: holds the export of study {name}, not of {study}: name another directory")
    return files & POSSIBLE


def _refuse_foreign(directory: Path, names: set[str]) -> None:
    for name in sorted(names):
        if (directory / name).exists():
            raise InputError(
                f"{directory / name}: there already, and no export of this study wrote it: name another directory, "
                "or move it away"
            )


def _record(study: str, files: frozenset[str]) -> bytes:
    return (json.dumps({"format": FORMAT, "study": study, "files": sorted(files)}, indent=2) + "\n").encode()
