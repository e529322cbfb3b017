"""Single values between text and meaning, by the core schema of YAML 1.2.

YAML 1.1, which PyYAML follows by itself, reads `1e-3` as text, `off` as false and `010` as eight.
Source: YAML 1.2.2, section 10.3.
"""

from __future__ import annotations

import json
import re

from pydantic import JsonValue

ScalarValue = str | int | float | bool | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASES = {"0o": (re.compile(r"[0-7]+"), 8), "0x": (re.compile(r"[0-9a-fA-F]+"), 16)}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NON_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_UNQUOTED = re.compile(r"[^\W_][\w.+/·()=-]*( [\w.+/·()=-]+)*")
_LONGEST_NUMBER = 100
_LONGEST_SHOWN = 60


def read_scalar(text: str) -> ScalarValue:
    """What unquoted `text` stands for.

    Raises: ValueError for a number that is not finite or that no setting can hold; its message says so.
    """
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    digits, base = _BASES.get(text[:2], (None, 10))
    is_based = digits is not None and digits.fullmatch(text[2:]) is not None
    is_integer = is_based or _INTEGER.fullmatch(text) is not None
    if not is_integer and not _FLOAT.fullmatch(text) and not _NON_FINITE.fullmatch(text):
        return text
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"expected a number of at most {_LONGEST_NUMBER} characters, got {len(text)}")
    if is_integer:
        whole = int(text[2:], base) if is_based else int(text)
        if abs(whole) >= 2**63:
            raise ValueError(f"expected a number below 2^63, got {clip(text)}")
        return whole
    number = float(text.replace(".", "", 1) if _NON_FINITE.fullmatch(text) else text)
    if number - number != 0:
        raise ValueError(f"expected a finite number, got {clip(text)}")
    return number


def show(value: JsonValue) -> str:
    """The value on one line as it can be written in a study file."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return re.sub(r"e([-+])0(\d)", r"e\1\2", repr(value)).replace("e+", "e")
        case str():
            return value if _stays_text(value) else json.dumps(value, ensure_ascii=not value.isprintable())
        case list():
            return f"[{', '.join(map(show, value))}]"
        case dict():
            return "{" + ", ".join(f"{show(key)}: {show(entry)}" for key, entry in value.items()) + "}"


def clip(text: str) -> str:
    """`text` cut to a length that an error message can carry."""
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _stays_text(text: str) -> bool:
    """Whether unquoted `text` reads back as itself."""
    try:
        return _UNQUOTED.fullmatch(text) is not None and read_scalar(text) == text
    except ValueError:
        return False
