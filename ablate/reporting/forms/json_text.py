"""Values as JSON that people read too."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

from pydantic import JsonValue

INDENT = "  "


def json_text(value: JsonValue) -> bytes:
    """UTF-8, keys in the order given, two spaces a level, a list of plain values on one line, a newline at the end.

    Floats have the digits that bring back the same bits.

    Raises:
        ValueError: NaN or an infinity, which JSON has no word for; the message says where. Give None instead.
    """
    return (_text(value, "", "$") + "\n").encode("utf-8", "backslashreplace")


def _text(value: JsonValue, margin: str, place: str) -> str:
    inner = margin + INDENT
    match value:
        case dict() if value:
            entries = (
                f"{_plain(str(key), place)}: {_text(entry, inner, f'{place}.{key}')}" for key, entry in value.items()
            )
            return _block("{}", entries, margin)
        case list() if any(isinstance(entry, dict | list) for entry in value):
            return _block("[]", (_text(entry, inner, f"{place}[{n}]") for n, entry in enumerate(value)), margin)
        case list():
            return "[" + ", ".join(_plain(entry, f"{place}[{n}]") for n, entry in enumerate(value)) + "]"
        case _:
            return _plain(value, place)


def _block(brackets: str, entries: Iterable[str], margin: str) -> str:
    lines = ",\n".join(margin + INDENT + entry for entry in entries)
    return f"{brackets[0]}\n{lines}\n{margin}{brackets[1]}"


def _plain(value: JsonValue, place: str) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{place} is {value}: JSON knows finite numbers only; give null where there is none")
    return json.dumps(value, ensure_ascii=False)
