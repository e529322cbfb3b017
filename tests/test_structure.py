"""The rooms are held apart, and the code is clean: each contract stands, and breaks when it is violated."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]

PLANTED = {
    "One direction": ("stats/intervals.py", "import ablate.study.design"),
    "Planning, bookkeeping and reading never load torch": ("study/design.py", "import torch"),
    "Optuna has one home": ("orchestrate/run.py", "import optuna"),
    "MLflow has one home": ("reporting/document.py", "import mlflow"),
    "Accelerate has one home": ("models/registry.py", "import accelerate"),
    "Statistics know no database": ("stats/effects.py", "import sqlalchemy"),
}


def run(command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=250)


def lint_imports(root):
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    return run([*command, "--no-cache"], root)


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "ablate", tmp_path / "ablate", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_is_kept():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in done.stdout


def test_a_violation_is_planted_for_every_contract():
    assert list(PLANTED) == CONTRACTS


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_breaks_its_contract(copy, contract):
    place, line = PLANTED[contract]
    file = copy / "ablate" / place
    file.write_text(file.read_text() + f"\n{line}\n")
    done = lint_imports(copy)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout


def test_a_room_that_the_design_does_not_know_breaks_the_layers(copy):
    (copy / "ablate" / "utils.py").write_text('"""Things."""\n')
    done = lint_imports(copy)
    assert done.returncode == 1
    assert "utils" in done.stdout


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]], ids=" ".join)
def test_the_code_is_clean(command):
    done = run([sys.executable, "-m", *command], ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
