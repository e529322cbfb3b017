"""Levels of factors out of text: what is the same level, how it is written, in which order levels come."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ablate.specs import Choice, Factor, Level

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
WHOLE = re.compile(r"[+-]?\d+")


@dataclass(frozen=True)
class Levels:
    """A factor's levels by their identity, in order: how each is written.

    `merged` are identities that the source writes in several ways, each with all of them.
    """

    name: str
    labels: Mapping[str, str]
    merged: Mapping[str, tuple[str, ...]]

    def factor(self) -> Factor:
        """The factor as a study holds it."""
        levels = tuple(Level(label=label, settings={self.name: own}) for own, label in self.labels.items())
        return Factor(name=self.name, levels=levels)


def identity(text: str) -> str:
    """What a level is recognised by: a number's value however it is written (`1e-3`, `0.001`; `64`, `64.0`), else text.

    So a table that was read and written by another program on the way has the same levels.
    """
    if WHOLE.fullmatch(text):
        return str(int(text)) if len(text) < 400 else text
    if NUMBER.fullmatch(text) and math.isfinite(number := float(text)):
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    return text


def find_levels(name: str, texts: Iterable[str]) -> Levels:
    """The levels among a column's values: numbers by size, then other text in the order of appearance.

    A number that is written in several ways is one level, under its shortest standard form.
    """
    spellings: dict[str, dict[str, None]] = {}
    for text in texts:
        spellings.setdefault(identity(text), {})[text] = None
    numbers = sorted((own for own in spellings if NUMBER.fullmatch(own)), key=float)
    order = [*numbers, *(own for own in spellings if not NUMBER.fullmatch(own))]
    labels = {own: next(iter(spellings[own])) if len(spellings[own]) == 1 else own for own in order}
    merged = {own: tuple(spellings[own]) for own in order if len(spellings[own]) > 1}
    return Levels(name, labels, merged)


def digest_choice(choice: Choice) -> str:
    """What a combination is recognised by: 16 hexadecimal digits of the SHA-256 of identities by factor.

    Neither the order of rows nor that of columns matters.
    """
    text = json.dumps(choice, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
