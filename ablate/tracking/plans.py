"""Plans into the database. What left a plan is kept, and marked as no longer planned."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ablate.errors import TrackingError
from ablate.specs import Plan, StudySpec, TrialSpec
from ablate.tracking import tables
from ablate.tracking.lookup import digest, find_study, find_trial
from ablate.tracking.migrate import HEAD
from ablate.tracking.planned import read_spec
from ablate.tracking.records import TrialStatus


def record(session: Session, plan: Plan) -> bool:
    """Bring study, factors, levels, combinations and trials to what the plan says; answers whether it was news.

    Writes only differences.

    Raises:
        TrackingError: one of the two, this plan and the study that has its name, was imported and the other was not.
    """
    # Most runs continue a plan that is recorded already: then one row says so, whatever the size of the plan.
    text = plan.model_dump_json()
    plan_digest = hashlib.sha256(f"{HEAD} {text}".encode()).hexdigest()
    known = session.scalar(select(tables.Study.plan_digest).where(tables.Study.name == plan.study.name))
    if known == plan_digest:
        return False
    _refuse_other_origin(session, plan.study)
    study_id = _record_study(session, plan, plan_digest)
    levels = _record_factors(session, plan, study_id)
    ids = _record_combinations(session, plan, study_id)
    _record_choices(session, plan, study_id, ids, levels)
    _record_trials(session, plan, study_id)
    return True


def record_trial(session: Session, spec: TrialSpec) -> None:
    """Enter a tuning trial that is not known yet, or the configuration that tuning found for a replicate.

    A complete trial keeps the configuration that its numbers come from.
    """
    study_id = find_study(session, spec.study).id
    combination = session.scalars(
        select(tables.Combination).where(
            tables.Combination.study_id == study_id, tables.Combination.configuration_hash == spec.combination_hash
        )
    ).one_or_none()
    if combination is None:
        raise TrackingError(
            f"study {spec.study} has no combination {spec.combination_hash}, of which {spec.name} is a trial: "
            "record its plan first"
        )
    # Kept also where tuning found what the study file says anyway, to tell that it was tuned.
    configuration = spec.configuration.model_dump(mode="json") if spec.combination is not None else None
    trial = session.scalars(
        select(tables.Trial).where(tables.Trial.study_id == study_id, tables.Trial.name == spec.name)
    ).one_or_none()
    if trial is None and not spec.tuning:
        trial = find_trial(session, spec.study, spec.name)
    if trial is None:
        session.add(
            tables.Trial(
                study_id=study_id,
                configuration_hash=spec.combination_hash,
                seed=spec.seed,
                name=spec.name,
                status=TrialStatus.PLANNED,
                is_planned=combination.is_planned,
                tuning=spec.tuning,
                configuration=configuration,
            )
        )
    elif trial.status not in (TrialStatus.COMPLETE, TrialStatus.PRUNED):
        trial.configuration = configuration


def refuse_import(study: StudySpec) -> None:
    """See that a study is one whose trials run here.

    Raises:
        TrackingError: its runs were imported.
    """
    if study.source is not None:
        raise TrackingError(
            f"study {study.name} was imported from {study.source.place}, so nothing can be run for it: "
            "run the file under another --name"
        )


def _refuse_other_origin(session: Session, study: StudySpec) -> None:
    if session.scalar(select(tables.Study.id).where(tables.Study.name == study.name)) is None:
        return
    known = read_spec(session, study.name)
    if study.source is None:
        refuse_import(known)
    elif known.source is None:
        raise TrackingError(f"study {study.name} is one that is run here: import under another --name")


def _record_study(session: Session, plan: Plan, plan_digest: str) -> int:
    fields = {
        "question": plan.study.question,
        "spec": plan.study.model_dump(mode="json"),
        "exclusions": [exclusion.model_dump(mode="json") for exclusion in plan.exclusions],
        "aliasing": list(plan.aliasing),
        "plan_digest": plan_digest,
    }
    study = session.scalars(select(tables.Study).where(tables.Study.name == plan.study.name)).one_or_none()
    if study is None:
        study = tables.Study(name=plan.study.name, **fields)
        session.add(study)
    else:
        _set(study, fields)
    session.flush()
    return study.id


def _record_factors(session: Session, plan: Plan, study_id: int) -> dict[tuple[str, str], tuple[int, int]]:
    """Record factors and levels; answers (factor id, level id) by factor name and level label."""
    factors = {
        row.name: row for row in session.scalars(select(tables.Factor).where(tables.Factor.study_id == study_id))
    }
    names = {factor.name for factor in plan.study.factors}
    for name, row in factors.items():
        if name not in names:
            row.is_planned = False
    short_names = plan.study.short_names()
    for position, factor in enumerate(plan.study.factors):
        fields = {"short_name": short_names[factor.name], "position": position, "is_planned": True}
        if factor.name not in factors:
            factors[factor.name] = tables.Factor(study_id=study_id, name=factor.name, **fields)
            session.add(factors[factor.name])
        else:
            _set(factors[factor.name], fields)
    session.flush()
    return _record_levels(session, plan, {name: row.id for name, row in factors.items()})


def _record_levels(session: Session, plan: Plan, factor_ids: dict[str, int]) -> dict[tuple[str, str], tuple[int, int]]:
    known = {
        (row.factor_id, row.label, row.settings_digest): row
        for row in session.scalars(select(tables.Level).where(tables.Level.factor_id.in_(factor_ids.values())))
    }
    planned: dict[tuple[str, str], tables.Level] = {}
    for factor in plan.study.factors:
        for position, level in enumerate(factor.levels):
            identity = (factor_ids[factor.name], level.label, digest(level.settings))
            row = known.pop(identity, None)
            if row is None:
                row = tables.Level(
                    factor_id=identity[0], label=level.label, settings=level.settings, settings_digest=identity[2]
                )
                session.add(row)
            _set(row, {"position": position, "is_planned": True})
            planned[factor.name, level.label] = row
    for row in known.values():
        row.is_planned = False
    session.flush()
    return {key: (row.factor_id, row.id) for key, row in planned.items()}


def _record_combinations(session: Session, plan: Plan, study_id: int) -> dict[str, int]:
    """Record combinations; answers their ids by configuration hash."""
    of_study = select(tables.Combination).where(tables.Combination.study_id == study_id)
    rows = {row.configuration_hash: row for row in session.scalars(of_study)}
    hashes = {combination.hash for combination in plan.combinations}
    for configuration_hash, row in rows.items():
        if configuration_hash not in hashes:
            _set(row, {"is_planned": False, "is_baseline": False})
    for position, combination in enumerate(plan.combinations):
        fields = {
            "configuration": combination.configuration.model_dump(mode="json") if combination.configuration else None,
            "label": combination.label(),
            "position": position,
            "is_baseline": combination.is_baseline,
            "is_planned": True,
            "matched": combination.matched.model_dump(mode="json") if combination.matched else None,
        }
        if combination.hash in rows:
            _set(rows[combination.hash], fields)
        else:
            rows[combination.hash] = tables.Combination(
                study_id=study_id, configuration_hash=combination.hash, **fields
            )
            session.add(rows[combination.hash])
    session.flush()
    return {configuration_hash: row.id for configuration_hash, row in rows.items()}


def _record_choices(
    session: Session, plan: Plan, study_id: int, ids: dict[str, int], levels: dict[tuple[str, str], tuple[int, int]]
) -> None:
    table = tables.CombinationLevel
    known: dict[int, dict[tuple[int, int], int]] = defaultdict(dict)
    of_study = select(table.combination_id, table.choice, table.factor_id, table.level_id).join(tables.Combination)
    for combination_id, number, factor_id, level_id in session.execute(
        of_study.where(tables.Combination.study_id == study_id)
    ):
        known[combination_id][number, factor_id] = level_id
    changed, rows = [], []
    for combination in plan.combinations:
        combination_id = ids[combination.hash]
        wanted = {
            (number, levels[item][0]): levels[item][1]
            for number, choice in enumerate((combination.choice, *combination.aliases))
            for item in choice.items()
        }
        if wanted != known[combination_id]:
            changed += [combination_id] if known[combination_id] else []
            rows += [
                {"combination_id": combination_id, "choice": number, "factor_id": factor_id, "level_id": level_id}
                for (number, factor_id), level_id in wanted.items()
            ]
    for combination_id in changed:
        session.execute(delete(table).where(table.combination_id == combination_id))
    if rows:
        session.execute(insert(table), rows)


def _record_trials(session: Session, plan: Plan, study_id: int) -> None:
    of_study = select(tables.Trial).where(tables.Trial.study_id == study_id)
    known = {(row.configuration_hash, row.seed, row.tuning): row for row in session.scalars(of_study)}
    hashes = {combination.hash for combination in plan.combinations}
    seeds = set(plan.study.seeds)
    for (configuration_hash, seed, tuning), row in known.items():
        # A combination's identity includes how it is tuned, so its tuning trials come and go with it.
        row.is_planned = configuration_hash in hashes and (tuning > 0 or seed in seeds)
    rows = [
        {
            "study_id": study_id,
            "configuration_hash": combination.hash,
            "seed": seed,
            "name": f"{combination.hash}-s{seed}",  # as TrialSpec.name, without hashing once per seed
            "status": TrialStatus.PLANNED,
            "is_planned": True,
            "tuning": 0,
        }
        for combination in plan.combinations
        for seed in dict.fromkeys(plan.study.seeds)
        if (combination.hash, seed, 0) not in known
    ]
    if rows:
        session.execute(insert(tables.Trial), rows)


def _set(row: tables.Table, fields: Mapping[str, object]) -> None:
    """Set columns; SQLAlchemy writes those that differ."""
    for name, value in fields.items():
        setattr(row, name, value)
