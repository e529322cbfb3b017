"""One's own training code as a value: a Python function that is called, or a command that is run."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, model_validator

from ablate.specs.value import Value

FUNCTION = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$"
"""`my_package.train:run`: a module by its dotted name, and a function in it."""

METRIC_NAME = r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$"
"""What a program can call what it measures."""

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.-]*)\}")
"""In a command: the dotted path of a setting, or one of `GIVEN`; other braces stand for themselves."""

GIVEN = ("seed", "directory", "configuration", "python")
"""What a command can name besides settings: the seed, the trial's own directory, a JSON file of all settings, and the
interpreter that runs `ablate`, with its packages."""


class ProgramSpec(Value):
    """What is run for every trial in place of the built-in training; exactly one of the two.

    `python` names a function, `module:function`; `command` is split into words as a shell would, and run without one.
    """

    python: Annotated[str, Field(pattern=FUNCTION)] | None = None
    command: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> ProgramSpec:
        if (self.python is None) == (self.command is None):
            raise ValueError("a program is either python or command")
        return self

    def label(self) -> str:
        """As people say it: `my_package.train:run`, or the command."""
        return self.python or self.command or ""

    def placeholders(self) -> tuple[str, ...]:
        """The names that stand in braces in the command, in their order, each once."""
        return tuple(dict.fromkeys(PLACEHOLDER.findall(self.command or "")))
