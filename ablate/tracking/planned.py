"""What is planned, as it was last recorded."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from ablate.specs import Choice, Combination, Exclusion, Plan, StudySpec
from ablate.tracking import tables
from ablate.tracking.lookup import find_study


def read_plan(session: Session, study_name: str) -> Plan:
    """The current plan, equal to the one that was recorded."""
    study = find_study(session, study_name)
    rows = session.scalars(
        select(tables.Combination)
        .where(tables.Combination.study_id == study.id, tables.Combination.is_planned)
        .order_by(tables.Combination.position)
    ).all()
    choices = _read_choices(session, study.id)
    return Plan(
        study=StudySpec.model_validate(study.spec),
        combinations=tuple(
            Combination.model_validate(
                {
                    "hash": row.configuration_hash,
                    "choice": choices[row.id][0],
                    "aliases": tuple(choices[row.id][number] for number in range(1, len(choices[row.id]))),
                    "configuration": row.configuration,
                    "is_baseline": row.is_baseline,
                    "matched": row.matched,
                }
            )
            for row in rows
        ),
        exclusions=tuple(Exclusion.model_validate(exclusion) for exclusion in study.exclusions),
        aliasing=tuple(study.aliasing),
    )


def read_spec(session: Session, study_name: str) -> StudySpec:
    """The study without its combinations."""
    return StudySpec.model_validate(find_study(session, study_name).spec)


def _read_choices(session: Session, study_id: int) -> dict[int, dict[int, Choice]]:
    """By combination and number of the choice: the level labels, in the order of the factors."""
    choices: dict[int, dict[int, Choice]] = defaultdict(lambda: defaultdict(dict))
    rows = session.execute(
        select(
            tables.CombinationLevel.combination_id,
            tables.CombinationLevel.choice,
            tables.Factor.name,
            tables.Level.label,
        )
        # From the combinations on: by its factors SQLite would look through the choices of all studies.
        .join(tables.Combination, tables.Combination.id == tables.CombinationLevel.combination_id)
        .join(tables.Factor, tables.Factor.id == tables.CombinationLevel.factor_id)
        .join(tables.Level, tables.Level.id == tables.CombinationLevel.level_id)
        .where(tables.Combination.study_id == study_id)
        .order_by(tables.CombinationLevel.choice, tables.Factor.position)
    )
    for combination_id, number, factor, label in rows:
        choices[combination_id][number][factor] = label
    return choices
