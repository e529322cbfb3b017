"""A function of the user's is found, called with what it asks for, and answers for what it does."""

import pytest

from ablate.errors import Diverged, ProgramError
from ablate.programs import ProgramStopped, Reporter, run_program
from ablate.programs.calling import find_function

WRONG = {
    "own_cod:plain": "program: no module own_cod can be imported from {here}: did you mean own_code?",
    "near.plian:run": "program: no module near.plian can be imported in near: did you mean plain?",
    "own_code:plian": "program: own_code has no function plian: did you mean plain?",
    "own_code:NOT_CALLABLE": "program: own_code:NOT_CALLABLE is no function, it is int",
    "own_code:waits": "program: own_code:waits is async or a generator: expected a plain function "
    "(configuration, seed, directory, report)",
    "own_code:takes_too_little": "program: own_code:takes_too_little(configuration, seed) cannot be called with "
    "(configuration, seed, directory, report): too many positional arguments",
}


def never():
    return False


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_called_gets_its_one_line_with_the_nearest_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_code").mkdir()  # a folder does not hide the module, but is near
    (tmp_path / "near").mkdir()
    (tmp_path / "near" / "plain.py").touch()
    with pytest.raises(ProgramError) as caught:
        find_function(name)
    assert str(caught.value) == WRONG[name].format(here=tmp_path)


def test_a_module_of_the_working_directory_is_found_and_its_own_missing_import_is_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lies_here.py").write_text("def run(a, b, c, report): return {'f1': 1}\n")
    assert find_function("lies_here:run")(1, 2, 3, 4) == {"f1": 1}
    (tmp_path / "needs_more.py").write_text("import not_there_at_all\n")
    with pytest.raises(ModuleNotFoundError, match="not_there_at_all"):
        find_function("needs_more:run")


def test_it_gets_the_resolved_configuration_and_what_it_reports_and_returns_is_kept(give, journal):
    run_program(give({"score": 0.25}, python="own_code:plain"), Reporter(journal), never, None)
    assert journal.numbers() == [
        (1, "validation", {"accuracy": 0.5}),
        (2, "train", {"loss": 1.5}),
        (2, "test", {"accuracy": 0.28}),
    ]


def test_a_divergence_that_the_program_catches_is_one_all_the_same(give, journal):
    with pytest.raises(Diverged, match="loss on validation is nan at step 1"):
        run_program(give(python="own_code:swallows"), Reporter(journal), never, None)


def test_leaving_by_sys_exit_is_a_failure_that_says_so(give, journal):
    with pytest.raises(ProgramError, match=r"the program left by sys.exit\(3\)"):
        run_program(give(python="own_code:leaves"), Reporter(journal), never, None)


def test_asked_to_stop_it_ends_with_its_next_report_or_when_it_looks(give, journal):
    with pytest.raises(ProgramStopped, match="after the report of step 1"):
        run_program(give({"score": 0.1}, python="own_code:plain"), Reporter(journal), lambda: True, None)
    asked = iter([False, False, True])
    given = give(python="own_code:listens")
    with pytest.raises(ProgramStopped):
        run_program(given, Reporter(journal), lambda: next(asked), None)
    assert [step for step, _, _ in journal.numbers()[1:]] == [1, 2]
    assert (given.directory / "stopped").exists()
