"""`ablate rebuild`: the tracking database made anew, and a few lines on what of each study is there again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from ablate.cli.choices import Exit
from ablate.cli.places import create_workspace
from ablate.errors import InputError
from ablate.orchestrate.ledger import known_studies
from ablate.orchestrate.rebuild import Account, Fate, choose_studies, hold_all, rebuild_study
from ablate.reporting.numerals import plural
from ablate.tracking import replacing
from ablate.tracking.connection import shown
from ablate.tracking.store import Store
from ablate.workspace import Workspace


def rebuild(wanted: Sequence[str], root: Path, database: str | None, *, is_replacing: bool) -> Exit:
    """Make studies anew, all of them if none is named, and say what came of each.

    Raises:
        InputError: a study is not known, or there is none, or the rows on a server were not said to be replaced.
        WorkspaceError: a run holds a study.
    """
    workspace, console = create_workspace(root), Console()
    url = database or workspace.database_url
    with hold_all(workspace):
        if replacing.is_file(url):
            accounts = _in_a_new_file(url, workspace, wanted, console)
        else:
            accounts = _on_a_server(url, workspace, wanted, console, is_replacing=is_replacing)
    for line in (line for account in accounts for line in _lines(account)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    is_whole = all(item.fate is not Fate.MISSING and not item.damaged and not item.unreadable for item in accounts)
    return Exit.COMPLETE if is_whole else Exit.INCOMPLETE


def _in_a_new_file(url: str, workspace: Workspace, wanted: Sequence[str], console: Console) -> list[Account]:
    if not replacing.is_there(url) and not known_studies(workspace):
        raise InputError(f"{workspace.runs}: no journals of any study, and no database: nothing to rebuild")
    aside = replacing.set_aside(url)
    try:
        if aside.why_empty is not None:
            wanted = ()
            said = f"the old database cannot be read ({aside.why_empty}): every study is made anew"
            console.print(said, style="yellow", highlight=False, markup=False, soft_wrap=True)
        with Store.open(aside.url) as store:
            accounts = _rebuild_all(store, workspace, wanted, console)
        if all(account.fate is not Fate.REBUILT for account in accounts):
            console.print("nothing was rebuilt: the database is as it was", highlight=False)
            return accounts
        backup = replacing.put_in_place(aside.path, url)
    finally:
        replacing.discard(aside.path)
    kept = f"the old one is kept as {backup}" if backup is not None else "there was none before"
    console.print(f"{shown(url)} is new; {kept}", highlight=False, markup=False, soft_wrap=True)
    return accounts


def _on_a_server(
    url: str, workspace: Workspace, wanted: Sequence[str], console: Console, *, is_replacing: bool
) -> list[Account]:
    with Store.open(url) as store:
        there = sorted(set(choose_studies(workspace, store, wanted)) & set(store.study_names()))
        if there and not is_replacing:
            raise InputError(
                f"{shown(url)}: holds {', '.join(there)} already: --replace makes their rows anew, each study in one "
                "transaction; make a backup first"
            )
        return _rebuild_all(store, workspace, wanted, console)


def _rebuild_all(store: Store, workspace: Workspace, wanted: Sequence[str], console: Console) -> list[Account]:
    studies = choose_studies(workspace, store, wanted)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        return [
            rebuild_study(store, workspace, study, _moving(progress, progress.add_task(study, total=None)))
            for study in studies
        ]


def _moving(progress: Progress, task: TaskID) -> Callable[[int, int], None]:
    return lambda done, total: progress.update(task, completed=done, total=total)


def _lines(account: Account) -> list[str]:
    trials, attempts, metrics = account.size
    size = f"{plural(trials, 'trial')}, {plural(attempts, 'attempt')}, {plural(metrics, 'metric row')}"
    match account.fate:
        case Fate.REBUILT:
            count = len(account.damaged)
            first = f"{account.study}: {size}" + (f", {plural(count, 'damaged line')}" if count else "")
        case Fate.KEPT:
            first = f"{account.study}: kept as it was, {size} ({account.note})"
        case Fate.MISSING:
            first = f"{account.study}: not in the database ({account.note})"
    left_out = [f"  left out: {line}" for line in account.damaged]
    return [first, *left_out, *(f"  unreadable: {said}" for said in account.unreadable)]
