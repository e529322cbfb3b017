"""The rules of a study in words: what was left out, what varied only in places, and what was set otherwise."""

from __future__ import annotations

from ablate.reporting.markdown import code
from ablate.reporting.numerals import plural, value_text
from ablate.specs import Condition, Exclusion, Override, StudySpec


def exclusion_lines(study: StudySpec, exclusions: tuple[Exclusion, ...]) -> list[str]:
    """One line per rule of `exclude` and `when`: what it is, and how many choices it removed."""
    conditions = {rule.factor: rule.condition for rule in study.when}
    lines = []
    for exclusion in exclusions:
        removed = f"{plural(exclusion.removed, 'choice')} removed"
        if exclusion.varies is None:
            rule = ", ".join(f"{code(name)} = {code(level)}" for name, level in exclusion.rule.items())
            lines.append(f"{rule}: {removed}")
        else:
            where = condition_text(conditions.get(exclusion.varies, {}))
            lines.append(f"{code(exclusion.varies)} varies only where {where}: {removed}")
    return lines


def override_line(override: Override) -> str:
    """`where x is a: y = 3`."""
    settings = ", ".join(f"{code(path)} = {code(value_text(value))}" for path, value in override.settings.items())
    return f"where {condition_text(override.condition)}: {settings}"


def condition_text(condition: Condition) -> str:
    """`` `x` is `a` or `b` and `y` is `c` ``."""
    return " and ".join(
        f"{code(factor)} is {' or '.join(code(label) for label in labels)}" for factor, labels in condition.items()
    )
