from __future__ import annotations

import pytest

from ablate.study.scalars import read_scalar, show


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001), ("1E5", 100000.0), ("-.5", -0.5), ("3.", 3.0), ("010", 10), ("+7", 7), ("0o17", 15),
        ("0x1f", 31), ("true", True), ("FALSE", False), ("null", None), ("~", None), ("", None),
        # text here, though YAML 1.1 or Python would read something else
        ("yes", "yes"), ("off", "off"), ("1_000", "1_000"), ("12:30", "12:30"), ("2026-11-05", "2026-11-05"),
        ("0b11", "0b11"), ("1e", "1e"), ("e5", "e5"), (".", "."), ("٣", "٣"), ("inf", "inf"),
    ],
)  # fmt: skip
def test_an_unquoted_scalar_means_what_yaml_1_2_says(text: str, value: object) -> None:
    read = read_scalar(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("text", [".inf", "-.Inf", ".NaN", "1e400", "9" * 101, "9223372036854775808"])
def test_a_number_that_no_setting_holds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a"):
        read_scalar(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"), (True, "true"), (3, "3"), (0.001, "0.001"), (1e-5, "1e-5"), (1e22, "1e22"), (2.0, "2.0"),
        ("head", "head"), ("30", '"30"'), ("true", '"true"'), ("a: b", '"a: b"'), ("[32, 64]", '"[32, 64]"'),
        ("", '""'), ("two\nlines", '"two\\nlines"'), ("D-DW · 3", "D-DW · 3"), ([32, [6.5, "x"]], "[32, [6.5, x]]"),
        ({"a": 1}, "{a: 1}"),
    ],
)  # fmt: skip
def test_a_value_is_shown_as_it_can_be_written(value: object, text: str) -> None:
    assert show(value) == text  # type: ignore[arg-type]
