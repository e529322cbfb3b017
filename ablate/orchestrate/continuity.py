"""Whether a study goes on with the code that it began with."""

from __future__ import annotations

from collections.abc import Sequence

from ablate.jobs.code import CodeState
from ablate.tracking.records import CodeRecord

COMMIT_DIGITS = 7


def changed_code(records: Sequence[CodeRecord], current: CodeState) -> str | None:
    """Why results of this code would not be comparable with those that are there, and what to do; None if they are.

    Results whose code was not recorded, as by an early version, are judged by their commit and whether it was
    clean; where that says nothing either, nothing is claimed.
    """
    other = [record for record in records if _is_other(record, current)]
    if not other:
        return None
    count, total = sum(record.trials for record in other), sum(record.trials for record in records)
    found = "; ".join(_described(record) for record in other)
    return (
        f"{count} of {total} complete trials ran with other code ({found}) than the present ({_shown(current)}): "
        "run with --allow-code-change to mix them, which the report will show, or give the study another --name"
    )


def _is_other(record: CodeRecord, current: CodeState) -> bool:
    """Whether the trials are known, or by their commit have to be taken, to have run with other code than `current`."""
    if record.code is not None:
        return record.code != current.code
    if record.commit is None or current.commit is None:
        return False
    return (record.commit, record.is_clean) != (current.commit, current.is_clean)


def _described(record: CodeRecord) -> str:
    return f"{record.trials} with {_shown(record)}"


def _shown(code: CodeRecord | CodeState) -> str:
    """`0.1.0, commit abc1234, not clean`, or where there is no commit a part of the digest."""
    version = f"version {code.version}" if code.version else "an unknown version"
    if code.commit is None:
        return f"{version}, code {code.code[:COMMIT_DIGITS]}" if code.code else version
    state = "" if code.is_clean else ", not clean"
    return f"{version}, commit {code.commit[:COMMIT_DIGITS]}{state}"
