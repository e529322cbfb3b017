"""Values as JSON: exact, in the order given, and readable."""

from __future__ import annotations

import json
import math
import random
import struct
from typing import Any

import numpy as np
import pytest

from ablate.reporting.forms.json_text import json_text


def test_plain_lists_take_one_line_and_keys_keep_their_order() -> None:
    value = {"b": [1, 2.5, None, True, "é"], "a": {"rows": [[1, 2], [3]], "none": {}, "empty": []}}
    assert json_text(value).decode() == (
        "{\n"
        '  "b": [1, 2.5, null, true, "é"],\n'
        '  "a": {\n'
        '    "rows": [\n'
        "      [1, 2],\n"
        "      [3]\n"
        "    ],\n"
        '    "none": {},\n'
        '    "empty": []\n'
        "  }\n"
        "}\n"
    )


@pytest.mark.parametrize("value", [None, "text", 3, [], {}, [[]], [{}], {"": {"": [{}, [], 0]}}, '"\\\n\x00\u2028🙂'])
def test_every_value_comes_back(value: Any) -> None:
    assert json.loads(json_text(value)) == value


def test_every_value_made_at_random_comes_back(chance: random.Random) -> None:
    for _ in range(100):
        value = make(chance, 4)
        content = json_text(value)
        assert json.loads(content) == value
        assert list(walk(json.loads(content))) == list(walk(value))
        assert json_text(value) == content


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_json_has_no_word_for_is_refused_with_its_place(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"^\$\.rows\[1\]\.mean is -?(nan|inf): JSON knows finite numbers only"):
        json_text({"rows": [{"mean": 1.0}, {"mean": wrong}]})
    with pytest.raises(ValueError, match=r"^\$\.a\[1\] is"):
        json_text({"a": [0.0, wrong]})


def test_numbers_of_numpy_are_numbers() -> None:
    assert json_text({"a": float(np.float64(0.1)), "b": [np.float64(0.5)]}) == b'{\n  "a": 0.1,\n  "b": [0.5]\n}\n'


def make(source: random.Random, depth: int) -> Any:
    """A value with all kinds in it."""
    kind = source.randrange(7 if depth else 5)
    if kind == 5:
        return [make(source, depth - 1) for _ in range(source.randrange(4))]
    if kind == 6:
        return {text(source): make(source, depth - 1) for _ in range(source.randrange(4))}
    number = struct.unpack("<d", source.randbytes(8))[0]
    return (
        [None, source.random() < 0.5, source.randrange(-(10**20), 10**20), text(source), number][kind]
        if (kind != 4 or math.isfinite(number))
        else 0.0
    )


def text(source: random.Random) -> str:
    return "".join(source.choices('ab"\\\n\t{}[]:,é🙂\u2028', k=source.randrange(5)))


def walk(value: Any) -> Any:
    """All keys, in order."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)
