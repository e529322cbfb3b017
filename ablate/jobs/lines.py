"""Files of one JSON value a line that only grow: read from a place on, and what is damaged loses only itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")

SHOWN_BYTES = 40


class Damaged(NamedTuple):
    """A line that is whole and yet says nothing: where it stands (counted from 1), and what is wrong with it."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


class LinesRead(NamedTuple, Generic[Item]):
    """The values from a place on, the place (in bytes) to read on from, and the lines that gave no value."""

    values: list[Item]
    offset: int
    damaged: list[Damaged]


def read_lines(
    path: Path, parse: Callable[[bytes], Item], offset: int = 0, *, up_to: int | None = None, is_over: bool = False
) -> LinesRead[Item]:
    """What stands from byte `offset` on, or between it and `up_to`; `parse` raises `ValueError` for a damaged line.

    A last line without its end is one that is still being written, and is left for the next time; unless the file
    `is_over`: then nobody will end it. A file that is shorter than it was has lost lines, which is one damage.
    """
    values: list[Item] = []
    found: list[tuple[int, str]] = []
    place = offset
    for line in split_lines(_bytes(path, offset, up_to), is_over=is_over):
        try:
            values.append(parse(line))
        except ValueError as error:
            found.append((place, _reason(error, line)))
        place += len(line)
    if up_to is not None and place < up_to:
        found.append((place, f"the file ends here, and was read up to byte {up_to} before"))
    return LinesRead(values, place, [Damaged(path, _line_at(path, at), what) for at, what in found])


def split_lines(text: bytes, *, is_over: bool) -> list[bytes]:
    """The lines with their ends; what has none is left out unless the file `is_over`."""
    *whole, rest = text.split(b"\n")
    lines = [line + b"\n" for line in whole]
    return [*lines, rest] if is_over and rest else lines


def _bytes(path: Path, offset: int, up_to: int | None) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(-1 if up_to is None else max(0, up_to - offset))
    except FileNotFoundError:
        return b""


def _line_at(path: Path, offset: int) -> int:
    return _bytes(path, 0, offset).count(b"\n") + 1


def _reason(error: ValueError, line: bytes) -> str:
    """Pydantic's errors are many lines: the kind of value that was expected says enough beside what stands there."""
    title = getattr(error, "title", None)
    expected = f"is not a {title}" if title else str(error)
    shown = repr(line[:SHOWN_BYTES].rstrip(b"\n"))[1:]
    return f"{expected}: {shown}{'...' if len(line) > SHOWN_BYTES else ''}"
