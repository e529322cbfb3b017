"""What the README shows is what there is: its study file, its report, its pictures and its example."""

import ast
import importlib.util
import re
from pathlib import Path

import pytest

from ablate.tracking.store import Store

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_study_file_is_the_one_that_ships():
    (shown,) = blocks("yaml")
    assert shown in (ROOT / "studies" / "sharing.yaml").read_text()
    assert shown.startswith("name: sharing")


def test_the_words_are_those_of_the_committed_report(committed_reports):
    report = (committed_reports / "sharing" / "report.md").read_text()
    (short,) = re.findall(r"^> (.*)$", README, re.MULTILINE)
    assert f"## Answer\n\n{short}\n" in report


def test_every_picture_and_link_leads_to_a_file_that_is_small():
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert len(targets) > 5
    for target in targets:
        assert (ROOT / target).is_file(), target
        assert (ROOT / target).stat().st_size < 200 * 1024, target


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """One with the rows that the shipped report was written from."""
    spec = importlib.util.spec_from_file_location("keep", ROOT / "tests" / "reporting" / "shipped" / "keep.py")
    keep = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(keep)
    root = tmp_path_factory.mktemp("workspace")
    database = root / "db" / "ablate.db"
    database.parent.mkdir()
    keep.restore("sharing", database)
    Store.open(f"sqlite:///{database}").close()  # brings it up to date where it was kept by an earlier revision
    return root


@pytest.mark.parametrize("code", blocks("python"), ids=lambda code: code.split()[1])
def test_the_examples_run_as_they_are_shown(code, workspace, monkeypatch):
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    exec(code, {})


def test_the_example_of_the_layer_says_what_the_layer_does(capsys):
    (code,) = [code for code in blocks("python") if "FactorizedLayer" in code]
    exec(code, {})
    assert "window" in capsys.readouterr().out


def test_the_example_of_a_study_shows_what_it_says(workspace, monkeypatch):
    (code,) = [code for code in blocks("python") if "ablate.load" in code]
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    statements = ast.parse(code).body
    names = {}
    shown = []
    for statement in statements:
        if isinstance(statement, ast.Expr):
            shown.append(eval(compile(ast.Expression(statement.value), "README", "eval"), names))
        else:
            exec(compile(ast.Module([statement], []), "README", "exec"), names)
    means, axes, comparisons = shown
    assert means.shape == (6, 2)
    assert means.notna().all(axis=None)
    assert [line.get_label() for line in axes.lines] == ["static", "se", "attention"]
    assert len(comparisons) == 12
    assert comparisons["verdict"].isna().sum() == 1  # the baseline's


def test_the_commands_are_the_ones_that_exist():
    from ablate.cli.main import app

    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    usage = README[README.index("## Using it") : README.index("Exit codes")]
    assert set(re.findall(r"^ablate (\w+)", usage, re.MULTILINE)) == names
