"""What `ablate plan` prints: every combination with its costs, and what became of the design's other choices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ablate.specs import (
    Choice,
    Combination,
    Configuration,
    Cost,
    Costs,
    Design,
    Exclusion,
    Matched,
    Plan,
    StudySpec,
    describe_splits,
    meets,
)

if TYPE_CHECKING:
    from ablate.study.design import Sketch

MOST_LISTED = 1_000
"""Up to how many combinations are all listed with their costs, for which each is built."""
FIRST = 100
"""How many are listed of more, without costs."""
NOT_MET = "NOT MET"
_WIDEST = 24


def print_plan(plan: Plan, recall: Callable[[Configuration], Costs | None] = lambda _: None) -> None:
    """The combinations with levels and costs, then what was merged, excluded, matched and tuned.

    Combinations are built for their costs, but for those that `recall` knows.
    """
    console, study = Console(), plan.study
    program = study.base.program if study.base else None
    is_whole = len(plan.combinations) <= MOST_LISTED
    listed = plan.combinations[: None if is_whole else FIRST]
    with console.status("building every combination once"):
        costs = [recall(c.resolved) or _cost(c) for c in listed] if is_whole and program is None else []
    columns = {
        "parameters": [f"{cost.parameters:,}" for cost in costs],
        "MACs": [f"{cost.macs:,}" for cost in costs],
        _matched_heading(study): [_matched_cell(c.matched) for c in listed if c.matched is not None],
        "": [_mark(combination) for combination in listed],
    }
    _print_table(console, study, [combination.choice for combination in listed], columns)
    if not is_whole:
        _print(console, _of_many(len(plan.combinations)))
    _print_merged(console, plan.combinations, is_whole=is_whole)
    _print_rules(console, study, plan.exclusions, [(c.choice, *c.aliases) for c in plan.combinations])
    _print_design(console, study, plan.aliasing)
    _print_matching(console, plan)
    if program is not None:
        _print(console, f"program: {program.label()}; what its models cost is not known")
    else:
        _print_data(console, plan)
    seeds = len(study.seeds)
    _print(console, f"{len(plan.combinations):,} combinations × {seeds} seeds = {plan.trial_count:,} trials")
    if study.tune is not None:
        tries = len(plan.combinations) * study.tune.trials
        paths = ", ".join(study.tune.settings)
        _print(console, f"before them {tries:,} tuning trials, {study.tune.trials} for each combination, of {paths}")


def print_sketch(sketch: Sketch) -> None:
    """The first choices of a design that is too large to plan, and how many there are."""
    console, study = Console(), sketch.study
    marks = [
        f"cannot be run: {refusal}" if refusal else "baseline" if choice == study.baseline else ""
        for choice, refusal in sketch.first
    ]
    _print_table(console, study, [choice for choice, _ in sketch.first], {"": marks})
    _print(console, _of_many(sketch.outline.count))
    _print_rules(console, study, sketch.outline.exclusions, None)
    seeds = len(study.seeds)
    _print(
        console,
        f"{sketch.outline.count:,} combinations × {seeds} seeds = {sketch.outline.count * seeds:,} trials, before "
        "those of the same configuration are merged; too many to run: "
        "use design one-factor, leave-one-out, fraction or listed, or exclude more",
    )


def _print_table(console: Console, study: StudySpec, choices: list[Choice], columns: dict[str, list[str]]) -> None:
    """A row for every choice: its levels, then what `columns` say of it; empty columns are left out."""
    table = Table(
        title=f"{study.name}: {study.question}",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,  # lean, so that more factors fit
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for name in study.short_names().values():
        table.add_column(name, overflow="fold")
    shown = {heading: cells for heading, cells in columns.items() if cells}
    for heading, cells in shown.items():
        # numbers are never cut: where it is narrow the names of the factors give way
        is_short = max(map(len, cells)) <= _WIDEST
        table.add_column(heading, justify="right" if heading else "left", no_wrap=is_short, overflow="fold")
    for choice, *cells in zip(choices, *shown.values(), strict=True):
        table.add_row(
            *choice.values(), *(Text(cell, style="bold red" if cell.endswith(NOT_MET) else "") for cell in cells)
        )
    console.print(table)


def _of_many(count: int) -> str:
    return f"... the first {FIRST} of {count:,}, without costs"


def _mark(combination: Combination) -> str:
    if combination.matched is not None and not combination.matched.is_met:
        return NOT_MET
    return "baseline" if combination.is_baseline else ""


def _matched_heading(study: StudySpec) -> str:
    return f"matched {study.match.vary.rpartition('.')[2]}" if study.match else "matched"


def _word(study: StudySpec) -> str:
    return "" if study.match is None else {Cost.MACS: "MACs"}.get(study.match.cost, study.match.cost.value)


def _matched_cell(matched: Matched) -> str:
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
    if study.recipe is not None:
        _print(console, f"recipe: {study.recipe}, with what the study sets itself")
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
    outcome = f"{NOT_MET} by {missed} of {len(known)} combinations" if missed else "met by all"
    _print(
        console,
        f"equal {_word(plan.study)} by {match.vary}: {target}, within {100 * match.tolerance:g} %: {outcome}",
    )


def _print_data(console: Console, plan: Plan) -> None:
    """How images are split, of every data set but the one that comes with the program."""
    named = [combination.resolved.data for combination in plan.combinations]
    for line in dict.fromkeys(f"data {spec.name}: {describe_splits(spec)}" for spec in named if spec.kind != "digits"):
        _print(console, line)


def _cost(combination: Combination) -> Costs:
    from ablate.models import build, cost

    facts = combination.resolved.data.facts
    return cost(build(combination.resolved.model, facts), facts.height, facts.width)


def _print(console: Console, line: str) -> None:
    console.print(Text(line), soft_wrap=True)
