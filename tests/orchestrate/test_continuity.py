"""A study goes on with the code that it began with, unless its user says otherwise."""

from __future__ import annotations

import pytest

from ablate.jobs.code import CodeState
from ablate.orchestrate.continuity import changed_code
from ablate.tracking.records import CodeRecord

COMMIT, OTHER_COMMIT = "abc1234def", "9876543fed"
NOW = CodeState(code="a" * 64, version="0.2.0", commit=COMMIT, is_clean=True, diff=None)


def ran(
    trials: int, code: str | None = "a" * 64, commit: str | None = COMMIT, is_clean: bool | None = True
) -> CodeRecord:
    return CodeRecord(code=code, commit=commit, is_clean=is_clean, diff=None, version="0.1.0", trials=trials)


@pytest.mark.parametrize(
    ("records", "current"),
    [
        ([], NOW),
        ([ran(5)], NOW),
        ([ran(5), ran(3, commit=OTHER_COMMIT)], NOW),  # another commit that changed nothing that counts
        ([ran(5, is_clean=False)], NOW._replace(commit=None, is_clean=None)),
        ([ran(5, code=None)], NOW),
        ([ran(5, code=None, commit=None, is_clean=None)], NOW),
        ([ran(5, code=None, is_clean=False)], NOW._replace(is_clean=False)),
        ([ran(5, code=None, commit=OTHER_COMMIT)], NOW._replace(commit=None, is_clean=None)),
    ],
)
def test_equal_code_and_code_of_which_nothing_is_known_raise_no_question(
    records: list[CodeRecord], current: CodeState
) -> None:
    assert changed_code(records, current) is None


def test_other_code_is_counted_and_named_with_what_to_do() -> None:
    records = [ran(48), ran(12, code="b" * 64, is_clean=False)]
    assert changed_code(records, NOW) == (
        "12 of 60 complete trials ran with other code (12 with version 0.1.0, commit abc1234, not clean) than the "
        "present (version 0.2.0, commit abc1234): run with --allow-code-change to mix them, which the report will "
        "show, or give the study another --name"
    )


def test_code_of_an_early_version_is_told_by_its_commit() -> None:
    message = changed_code([ran(3, code=None, commit=OTHER_COMMIT), ran(4)], NOW)
    assert message is not None
    assert message.startswith("3 of 7 complete trials ran with other code (3 with version 0.1.0, commit 9876543)")


def test_early_changes_to_the_same_commit_are_other_code() -> None:
    assert changed_code([ran(3, code=None, is_clean=False)], NOW) is not None
    assert changed_code([ran(3, code=None)], NOW._replace(is_clean=False)) is not None


def test_outside_a_checkout_code_is_named_by_its_digest() -> None:
    current = NOW._replace(commit=None, is_clean=None, code="c" * 64)
    message = changed_code([ran(2, code="b" * 64, commit=None, is_clean=None)], current)
    assert message is not None
    assert "(2 with version 0.1.0, code bbbbbbb) than the present (version 0.2.0, code ccccccc)" in message
