"""The base configuration as dotted paths, so that a reader need not find the study file."""

from __future__ import annotations

from pydantic import JsonValue

from ablate.specs import Configuration, StudySpec


def base_settings(base: Configuration, study: StudySpec) -> list[str]:
    """`path: value` for every field, in the order of the specs; what differs between combinations says so.

    What is not set is left out: a limit that is none. Of a program's study also what the built-in training alone would
    read, unless it was set.
    """
    varied = dict.fromkeys(
        (path for factor in study.factors for level in factor.levels for path in level.settings), "varied"
    )
    changed = {
        **({study.match.vary: "matched"} if study.match else {}),
        **dict.fromkeys(study.tune.settings if study.tune else (), "tuned"),
        **varied,
    }
    given = dict(leaves(base.model_dump(mode="json", exclude_defaults=True)))
    return [
        f"{path}: {changed.get(path) or setting_text(value)}"
        for path, value in leaves(base.model_dump(mode="json"))
        if path in changed or path in given or (value is not None and base.program is None)
    ]


def leaves(value: JsonValue, path: str = "") -> list[tuple[str, JsonValue]]:
    """Every value that is no mapping, with its dotted path, in order."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, f"{path}.{key}" if path else key)]
    return [(path, value)]


def setting_text(value: JsonValue) -> str:
    """A setting's value as a study file has it, with all its digits."""
    if isinstance(value, list):
        return f"[{', '.join(setting_text(item) for item in value)}]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)
