"""The directory that a program keeps things in from one attempt at a trial to the next."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

LOGGER = logging.getLogger(__name__)

FILES, MAKER = "program", "made-with.json"


class Kept:
    """Where this attempt keeps a program's own checkpoints, and where earlier ones left theirs.

    `earlier` maps an attempt's number to its place; `maker` is what decides the bits that are made here: what was
    left under another one is not handed on. Only one attempt has the files at any time: the next one moves them to
    itself, so that a process that was given up, and lives on, can no longer write among them.
    """

    def __init__(self, place: Path, earlier: Mapping[int, Path], maker: Mapping[str, str]) -> None:
        self._place, self._earlier, self._maker = place, earlier, dict(maker)
        self.is_handed_on = False

    def take_up(self) -> Path:
        """The program's directory, with what the last attempt left in it, if there was one. Its path is absolute.

        Sets `is_handed_on`. Raises `OSError` where the disk does not take it.
        """
        for number, place in sorted(self._earlier.items(), reverse=True):
            if (place / FILES).is_dir() and self._is_usable(number, place):
                shutil.rmtree(self._place, ignore_errors=True)
                place.rename(self._place)
                self.is_handed_on = True
                LOGGER.info("the program's directory is handed on from attempt %d", number)
                return (self._place / FILES).resolve()
        self._place.mkdir(parents=True, exist_ok=True)
        (self._place / MAKER).write_text(json.dumps(self._maker, indent=1), encoding="utf-8")
        (self._place / FILES).mkdir(exist_ok=True)
        return (self._place / FILES).resolve()

    def _is_usable(self, number: int, place: Path) -> bool:
        found: object = None
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((place / MAKER).read_text(encoding="utf-8"))
        if found == self._maker:
            return True
        other = [
            f"{key} {found.get(key, 'unknown')}, here {value}"
            for key, value in self._maker.items()
            if isinstance(found, dict) and found.get(key) != value
        ]
        LOGGER.warning(
            "what attempt %d kept is passed over: made with %s", number, "; ".join(other) or "something unknown"
        )
        return False
