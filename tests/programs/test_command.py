"""A command runs without a shell; what it prints is read, kept or logged, and how it ended is told."""

import json
import shlex
import sys
import time
from pathlib import Path

import pytest

from ablate.errors import Diverged, ProgramError, ProgramKilled
from ablate.programs import ProgramStopped, Reporter, run_program
from ablate.programs.command import parse_report
from ablate.programs.words import fill_in

PYTHON = shlex.quote(sys.executable)


def never():
    return False


def run(given, journal, is_stopping=never):
    run_program(given, Reporter(journal), is_stopping, None)


def is_gone(process, seconds=5):
    """Whether it ends soon: gone, or a zombie that nobody has looked at yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


def script(text):
    return f"{PYTHON} -c {shlex.quote(text)}"


def test_placeholders_are_filled_in_after_the_words_are_split(give):
    command = "train --rate={training.learning_rate} {settings.name} {settings.sizes} {seed} {settings.deep} '{x: 1}'"
    given = give({"name": "a b; rm -rf $HOME", "sizes": [3, 4], "deep": True}, command=command)
    assert fill_in(given) == ["train", "--rate=0.002", "a b; rm -rf $HOME", "[3, 4]", "3", "true", "{x: 1}"]


def test_lines_of_json_with_a_step_are_reports_and_all_else_is_the_log(give, journal, capsys):
    text = """
import json, sys
print("loading")
print(json.dumps({"step": 1, "accuracy": 0.5}))
print(json.dumps({"note": "no step"}))
print("{not json}", file=sys.stderr)
print(json.dumps({"step": 1, "split": "test", "f1": 0.25}), end="")
"""
    run(give(command=script(text)), journal)
    assert journal.numbers() == [(1, "validation", {"accuracy": 0.5}), (1, "test", {"f1": 0.25})]
    assert sorted(capsys.readouterr().out.splitlines()) == ["loading", '{"note": "no step"}', "{not json}"]


@pytest.mark.parametrize("line", ["[1]", "1", "{", '{"a": 1}', "null", " "])
def test_a_line_that_is_something_else_is_no_report(line):
    assert parse_report(line) is None


def test_it_is_told_its_trial_by_its_environment_and_a_file(give, journal):
    text = """
import json, os, pathlib
settings = json.loads(pathlib.Path(os.environ["ABLATE_CONFIGURATION"]).read_text())["settings"]
pathlib.Path(os.environ["ABLATE_DIRECTORY"], "left").touch()
print(json.dumps({"step": settings["depth"], "seed": int(os.environ["ABLATE_SEED"]),
                  "threads": int(os.environ["OMP_NUM_THREADS"])}))
"""
    given = give({"depth": 7}, command=script(text))
    run(given, journal)
    assert journal.numbers() == [(7, "validation", {"seed": 3.0, "threads": 2.0})]
    assert (given.directory / "left").exists()


def test_a_code_other_than_0_is_a_failure_with_the_last_lines(give, journal):
    text = "import sys; print('reading'); print('no such file: x', file=sys.stderr); sys.exit(4)"
    with pytest.raises(ProgramError, match=r"ended with code 4; its last lines: .*no such file: x"):
        run(give(command=script(text)), journal)


def test_ended_by_a_signal_it_may_be_the_machines_fault(give, journal):
    with pytest.raises(ProgramKilled, match="was ended by SIGKILL; it printed nothing"):
        run(give(command=script("import os; os.kill(os.getpid(), 9)")), journal)


def test_a_command_that_is_not_there_is_told(give, journal):
    with pytest.raises(ProgramError, match="no-such-program cannot be run: No such file or directory"):
        run(give(command="no-such-program --fast"), journal)


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        ('{"step": 1, "f1": NaN}', Diverged, "f1 on validation is nan at step 1"),
        ('{"step": 1, "f1": "high"}', ProgramError, 'expected a number for f1, got "high"'),
        ('{"step": "1", "f1": 1}', ProgramError, 'expected a step of 0, 1, 2, ..., got "1"'),
    ],
)
def test_a_wrong_report_ends_the_command_at_once(give, journal, line, error, message):
    began = time.monotonic()
    with pytest.raises(error, match=message):
        run(give(command=script(f"import time; print({line!r}, flush=True); time.sleep(60)")), journal)
    assert time.monotonic() - began < 5


def test_asked_to_stop_its_whole_group_is_asked_and_none_is_left(give, journal):
    text = """
import json, pathlib, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
def leave(*_):
    pathlib.Path(sys.argv[1], "asked").touch()
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print(json.dumps({"step": child.pid, "f1": 1}))
time.sleep(60)
"""
    given = give(command=f"{script(text)} {{directory}}")
    with pytest.raises(ProgramStopped):
        run(given, journal, lambda: bool(journal.records))
    assert (given.directory / "asked").exists()
    assert is_gone(journal.records[0].step)


def test_a_child_that_holds_its_output_open_is_not_waited_for(give, journal):
    text = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print('{"step": 1, "f1": 1}')
"""
    began = time.monotonic()
    run(give(command=script(text)), journal)
    assert (journal.numbers(), time.monotonic() - began < 5) == ([(1, "validation", {"f1": 1.0})], True)


def test_the_resolved_settings_stand_in_the_file(give):
    given = give({"depth": 3}, command=script("pass"))
    run_program(given, Reporter(None), never, None)
    assert set(json.loads(given.configuration_file.read_text())) == {"model", "data", "training", "settings"}
