"""The program that commands register with, and what several of them share."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from ablate.cli.choices import Exit

if TYPE_CHECKING:
    from ablate.specs import Plan


app = typer.Typer(
    name="ablate",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"ablate {metadata.version('ablate-studies')}")
        raise typer.Exit


@app.callback()
def ablate(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Designed ablation studies: which part of your model matters, and does the data say so?"""


def study_name(study: str) -> str:
    """The name of a study given by name or by file."""
    if not study.endswith((".yaml", ".yml")):
        return study
    from ablate.study.load import load_study

    return load_study(Path(study)).name


def load_matched(study: Path, overrides: list[str] | None, name: str | None, workspace: Path) -> Plan:
    """The plan of a study file, with what it varies to match costs.

    Raises: StudyError as `load_plan`.
    """
    from ablate.study.load import load_plan

    planned = load_plan(study, overrides or (), name)
    if planned.study.match is None:
        return planned
    from ablate.cli.matching import match_costs

    return match_costs(planned, workspace)


def leave(code: Exit) -> NoReturn:
    """End the command; who interrupted it does not wait for Python to take itself apart, seconds with MLflow loaded."""
    if code is Exit.INTERRUPTED:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise typer.Exit(code)
