"""What a study file says of one's own training code: `program`."""

from __future__ import annotations

import re
import shlex

from ablate.specs import Configuration, ProgramSpec
from ablate.specs.program import FUNCTION, GIVEN
from ablate.study.settings import check_path, setting_paths
from ablate.study.tree import Group, Place, Scalar, Tree, plain
from ablate.study.words import arrived, nearest, unknown

_EXAMPLE = 'python:my_package.train:run or {command: "python train.py --seed {seed}"}'
_KEYS = ("python", "command")


def read_program(tree: Tree, settable: type[Configuration]) -> ProgramSpec:
    """The program; whether it can be found is seen where it runs.

    Raises: StudyError for what is wrong.
    """
    if isinstance(tree, Scalar) and isinstance(tree.value, str) and tree.value.startswith("python:"):
        return ProgramSpec(python=_read_function(tree.value.removeprefix("python:"), tree))
    if not isinstance(tree, Group) or not tree.entries:
        raise tree.place.error(f"program: expected {_EXAMPLE}, got {arrived(tree)}")
    for key, entry in tree.entries.items():
        if key not in _KEYS:
            raise entry.place.error(unknown("key", key, _KEYS, "program"))
    if len(tree.entries) > 1:
        raise tree.place.error("program: expected python or command, got both: a trial runs one of them")
    ((key, entry),) = tree.entries.items()
    text = plain(entry.tree)
    if not isinstance(text, str) or not text.strip():
        raise entry.tree.place.error(f"program.{key}: expected text, got {arrived(entry.tree)}")
    if key == "python":
        return ProgramSpec(python=_read_function(text.strip().removeprefix("python:"), entry.tree))
    return _read_command(text.strip(), entry.tree.place, settable)


def _read_function(text: str, tree: Tree) -> str:
    if re.fullmatch(FUNCTION, text):
        return text
    raise tree.place.error(
        f"program: expected a module and a function in it, such as python:my_package.train:run, got {arrived(tree)}"
    )


def _read_command(text: str, place: Place, settable: type[Configuration]) -> ProgramSpec:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise place.error(f"program.command: expected words as for a shell, got {text}: {error}") from None
    if not words:
        raise place.error(f"program.command: expected a command, got {text}: it has no words")
    program = ProgramSpec(command=text)
    for name in program.placeholders():
        if name in GIVEN:
            continue
        if "." not in name:
            near = nearest(name, GIVEN) or nearest(name, setting_paths(settable))
            hint = (
                f"did you mean {{{near}}}?" if near else "give the whole path of a setting, such as {training.epochs}"
            )
            raise place.error(f"program.command: unknown {{{name}}}: {hint}")
        check_path(name, place, f"program.command, {{{name}}}", settable)
    return program
