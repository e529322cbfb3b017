"""What `ablate plan` prints: every combination with its costs, and what became of the design's other choices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ablate.specs import Choice, Combination, Cost, Costs, Design, Exclusion, Plan, StudySpec, meets

if TYPE_CHECKING:
    from ablate.study.design import Sketch

MOST_LISTED = 1_000
"""Up to how many combinations are all listed with their costs, for which each is built."""
FIRST = 100
"""How many are listed of more, without costs."""


def print_plan(plan: Plan) -> None:
    """The combinations with levels and costs, then what was merged, excluded, matched and tuned."""
    console, study = Console(), plan.study
    is_whole = len(plan.combinations) <= MOST_LISTED
    listed = plan.combinations[: None if is_whole else FIRST]
    table = _table(study)
    is_matched = any(combination.matched for combination in listed)
    for heading in (*(["parameters", "MACs"] if is_whole else []), *([_matched_heading(study)] if is_matched else [])):
        table.add_column(heading, justify="right")
    table.add_column("")
    with console.status("building every combination once"):
        for combination in listed:
            costs = _cost(combination) if is_whole else None
            numbers = [f"{costs.parameters:,}", f"{costs.macs:,}"] if costs else []
            matched = [_matched_cell(combination)] if is_matched else []
            table.add_row(*combination.choice.values(), *numbers, *matched, _marks(combination))
    console.print(table)
    if not is_whole:
        _print(console, _of_many(len(plan.combinations)))
    _print_merged(console, plan.combinations, is_whole=is_whole)
    _print_rules(console, study, plan.exclusions, [(c.choice, *c.aliases) for c in plan.combinations])
    _print_design(console, study, plan.aliasing)
    _print_matching(console, plan)
    seeds = len(study.seeds)
    _print(console, f"{len(plan.combinations):,} combinations × {seeds} seeds = {plan.trial_count:,} trials")
    if study.tune is not None:
        tries = len(plan.combinations) * study.tune.trials
        paths = ", ".join(study.tune.settings)
        _print(console, f"before them {tries:,} tuning trials, {study.tune.trials} for each combination, of {paths}")


def print_sketch(sketch: Sketch) -> None:
    """The first choices of a design that is too large to plan, and how many there are."""
    console, study = Console(), sketch.study
    table = _table(study)
    table.add_column("")
    for choice, refusal in sketch.first:
        mark = "baseline" if choice == study.baseline else ""
        table.add_row(*choice.values(), f"cannot be run: {refusal}" if refusal else mark)
    console.print(table)
    _print(console, _of_many(sketch.outline.count))
    _print_rules(console, study, sketch.outline.exclusions, None)
    seeds = len(study.seeds)
    _print(
        console,
        f"{sketch.outline.count:,} combinations × {seeds} seeds = {sketch.outline.count * seeds:,} trials, before "
        "those of the same configuration are merged; too many to run: "
        "use design one-factor, leave-one-out, fraction or listed, or exclude more",
    )


def _table(study: StudySpec) -> Table:
    table = Table(title=f"{study.name}: {study.question}", title_justify="left", title_style="bold")
    for name in study.short_names().values():
        table.add_column(name, overflow="fold")
    return table


def _of_many(count: int) -> str:
    return f"... the first {FIRST} of {count:,}, without costs"


def _marks(combination: Combination) -> Text:
    marks = ["baseline"] if combination.is_baseline else []
    if combination.matched is not None and not combination.matched.is_met:
        return Text(", ".join([*marks, "not met"]), style="bold red")
    return Text(", ".join(marks))


def _matched_heading(study: StudySpec) -> str:
    setting = study.match.vary.rpartition(".")[2] if study.match else ""
    return f"{setting} for equal {_word(study)}"


def _word(study: StudySpec) -> str:
    return "" if study.match is None else {Cost.MACS: "MACs"}.get(study.match.cost, study.match.cost.value)


def _matched_cell(combination: Combination) -> str:
    matched = combination.matched
    if matched is None:
        return ""
    return f"{_shown(matched.value)}: {100 * (matched.reached / matched.target - 1):+.1f} %"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _amount(cost: Cost, value: float) -> str:
    return f"{1000 * value:.3g} ms" if cost is Cost.LATENCY else f"{value:,.0f}"


def _print_merged(console: Console, combinations: Iterable[Combination], *, is_whole: bool) -> None:
    merged = [(alias, combination) for combination in combinations for alias in combination.aliases]
    if not is_whole and merged:
        _print(console, f"same configuration as another, run once: {len(merged):,} choices of levels")
        return
    for alias, combination in merged:
        _print(console, f"same configuration, run once: {' · '.join(alias.values())} = {combination.label()}")


def _print_rules(
    console: Console, study: StudySpec, exclusions: Iterable[Exclusion], choices: list[tuple[Choice, ...]] | None
) -> None:
    """What each rule removed, and what the overrides set; `choices` are those of every combination, where known."""
    conditions = {when.factor: when.condition for when in study.when}
    for exclusion in exclusions:
        if exclusion.varies is None:
            rule = _levels((name, (label,)) for name, label in exclusion.rule.items())
            _print(console, f"excluded {exclusion.removed:,} by {{{rule}}}")
        else:
            where = _levels(conditions[exclusion.varies].items())
            _print(console, f"excluded {exclusion.removed:,}: {exclusion.varies} varies only when {{{where}}}")
    for override in study.overrides:
        where = _levels(override.condition.items())
        settings = ", ".join(f"{path} = {_shown(value)}" for path, value in override.settings.items())
        met = "" if choices is None else f" in {sum(any(meets(c, override.condition) for c in of) for of in choices):,}"
        _print(console, f"override{met} where {{{where}}}: {settings}")


def _levels(condition: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    return ", ".join(f"{name}: {' or '.join(labels)}" for name, labels in condition)


def _print_design(console: Console, study: StudySpec, aliasing: tuple[str, ...]) -> None:
    if study.design is Design.FRACTION:
        _print(console, f"design: fraction 1/{study.fraction} of the factorial")
    elif study.design is not Design.FACTORIAL:
        _print(console, f"design: {study.design}")
    for line in aliasing:
        _print(console, f"  {line}")


def _print_matching(console: Console, plan: Plan) -> None:
    known = [combination.matched for combination in plan.combinations if combination.matched is not None]
    match = plan.study.match
    if match is None or not known:
        return
    target = f"{_amount(match.cost, known[0].target)}{', the baseline' if match.to == 'baseline' else ''}"
    missed = sum(not matched.is_met for matched in known)
    outcome = f"NOT MET by {missed} of {len(known)} combinations" if missed else "met by all"
    _print(
        console,
        f"equal {_word(plan.study)} by {match.vary}: {target}, within {100 * match.tolerance:g} %: {outcome}",
    )


def _cost(combination: Combination) -> Costs:
    from ablate.models import build, cost

    facts = combination.configuration.data.facts
    return cost(build(combination.configuration.model, facts), facts.height, facts.width)


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
