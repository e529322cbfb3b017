"""The installed wheel works away from the checkout: migrations, templates and all."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

STUDY = """
question: Does the wheel work?
recipe: digits
model: {widths: [5], depths: [1], layer: {window: 3, heads: 1, sharing: spatial}}
data: {training_images: 30}
training: {epochs: 1, batch_size: 20, warmup_epochs: 0}
factors: {model.layer.dynamics: [static, se]}
baseline: {model.layer.dynamics: static}
seeds: 1
"""


def run(command, cwd, **options):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=250, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    place = tmp_path_factory.mktemp("wheel")
    build = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(place), str(ROOT)]
    run([sys.executable, "-m", *build], place)
    (path,) = place.glob("ablate_studies-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The `bin` of an environment that holds the wheel, and borrows the dependencies of this one."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(place), "platbase": str(place)}))
    run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(packages), str(wheel)], place)
    # Searched after the environment's own packages; its .pth files, of an editable install, are not read.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin"


def test_the_wheel_holds_what_is_not_python(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "ablate/tracking/migrations/env.py" in names
    assert any(name.startswith("ablate/tracking/migrations/versions/0001") for name in names)
    assert "ablate/reporting/templates/report.md.j2" in names
    assert {f"ablate/reporting/forms/templates/page.{kind}" for kind in ("html.j2", "css")} <= names
    assert {f"ablate/study/recipes/{name}.yaml" for name in ("digits", "small-images", "imagenet-300")} <= names
    assert "ablate/py.typed" in names
    assert not any(name.startswith(("tests/", "studies/", "reports/")) for name in names)


def test_a_study_runs_to_its_report_from_the_wheel_alone(installed, tmp_path):
    (tmp_path / "wheel.yaml").write_text(STUDY)
    python = str(installed / "python")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    where = run([python, "-c", "import ablate; print(ablate.__file__)"], tmp_path, env=environment)
    assert str(installed.parent) in where
    command = [python, "-c", "from ablate.cli import main; main()", "run", "wheel.yaml", "--mlflow", "off"]
    assert "2 of 2 trials complete" in run(command, tmp_path, env=environment)
    report = (tmp_path / "reports" / "wheel" / "report.md").read_text()
    assert "Does the wheel work?" in report
