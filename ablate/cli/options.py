"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyFile = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's YAML file, as studies/sharing.yaml.")]
StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="The study's name, or its YAML file.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change the base configuration; makes a study of its own."),
]
Name = Annotated[str | None, typer.Option("--name", help="Name of the study, instead of the file's.")]
Root = Annotated[Path, typer.Option("--workspace", "-w", help="Directory that holds db/ and reports/.")]
Database = Annotated[
    str | None, typer.Option("--database", help="SQLAlchemy URL of the tracking database [default: db/ablate.db].")
]
MLflow = Annotated[
    str | None, typer.Option("--mlflow", help="MLflow tracking URI, or 'off' [default: sqlite in db/mlflow.db].")
]
SystemMetrics = Annotated[
    bool, typer.Option("--system-metrics", help="Sample what trials take of the machine: MLflow's 'System metrics'.")
]
AllowCodeChange = Annotated[
    bool, typer.Option("--allow-code-change", help="Go on although complete trials ran with other code.")
]
HERE = Path()
"""The workspace unless another is named: where the command is given."""
