"""A command's words, with what stands in braces filled in."""

from __future__ import annotations

import json
import re
import shlex
import sys
from typing import Any

from ablate.errors import ProgramError
from ablate.programs.given import Given
from ablate.specs.program import PLACEHOLDER


def fill_in(given: Given) -> list[str]:
    """The words to run: split as a shell would, then filled in, so that a value with spaces stays one word.

    Text stands as it is; numbers, truths, null and lists as in JSON. Raises `ProgramError` for an unknown name.
    """
    known = {
        "seed": given.seed,
        "directory": str(given.directory),
        "configuration": str(given.configuration_file),
        "python": sys.executable,
    }
    settings = given.settings()

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        found = known[name] if name in known else _look_up(settings, name)
        return found if isinstance(found, str) else json.dumps(found)

    return [PLACEHOLDER.sub(value, word) for word in shlex.split(given.program.command or "")]


def _look_up(settings: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(settings, dict) or key not in settings:
            raise ProgramError(f"program.command: {{{path}}} is no setting of this study")
        settings = settings[key]
    return settings
