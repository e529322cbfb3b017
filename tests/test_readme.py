"""What the README shows is what there is: its study file, its report, its pictures and its example."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
REPORT = (ROOT / "reports" / "sharing" / "report.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_study_file_is_the_one_that_ships():
    (shown,) = blocks("yaml")
    assert shown in (ROOT / "studies" / "sharing.yaml").read_text()
    assert shown.startswith("name: sharing")


def test_the_words_are_those_of_the_committed_report():
    (short,) = re.findall(r"^> (.*)$", README, re.MULTILINE)
    assert f"## Answer\n\n{short}\n" in REPORT


def test_every_picture_and_link_leads_to_a_file_that_is_small():
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", README) if "://" not in target]
    assert len(targets) > 5
    for target in targets:
        assert (ROOT / target).is_file(), target
        assert (ROOT / target).stat().st_size < 200 * 1024, target


def test_the_example_of_the_layer_runs_as_it_is_shown(capsys):
    (code,) = blocks("python")
    exec(code, {})
    assert "window" in capsys.readouterr().out


def test_the_commands_are_the_ones_that_exist():
    from ablate.cli.main import app

    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    usage = README[README.index("## Using it") : README.index("Exit codes")]
    assert set(re.findall(r"^ablate (\w+)", usage, re.MULTILINE)) == names
