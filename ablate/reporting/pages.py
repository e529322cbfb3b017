"""A page: a template filled with what was found, and its files moved into place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2

from ablate.reporting.markdown import code, plain, table_text
from ablate.reporting.numerals import plural


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The Markdown of a template; a value that it asks for and is not given is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ablate.reporting"),
        autoescape=jinja2.select_autoescape(),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(table=table_text, code=code, plain=plain)
    environment.globals.update(plural=plural)
    return _one_blank_line(environment.get_template(template).render(**values))


def put_in_place(directory: Path, files: Mapping[str, bytes], known: Iterable[str]) -> None:
    """Write all files aside, then move each into place in the order given.

    Of the files that such a page may have, `known`, those that this one does not have are removed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".report-", dir=directory))
    try:
        for name, content in files.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_bytes(content)
        for name in files:
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).replace(directory / name)
    finally:
        shutil.rmtree(aside)
    for name in known:
        if name not in files:
            (directory / name).unlink(missing_ok=True)


def _one_blank_line(text: str) -> str:
    """Sections that are left out leave their blank lines; one between paragraphs is enough."""
    lines: list[str] = []
    for line in text.splitlines():
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).rstrip("\n") + "\n"
