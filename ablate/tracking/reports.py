"""What reports claimed, into the database and back. A report that was recorded stays, whatever later ones say."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session, aliased

from ablate.errors import TrackingError
from ablate.tracking import tables
from ablate.tracking.claims import Claim, Claims, ReportRecord
from ablate.tracking.inserts import insert_into
from ablate.tracking.lookup import as_text, find_study


def is_known(session: Session, study: str, digest: str) -> bool:
    """Whether a report of that content was recorded."""
    which = (tables.Report.study_id == find_study(session, study).id) & (tables.Report.digest == digest)
    return session.scalar(select(tables.Report.id).where(which)) is not None


def record(session: Session, study: str, claims: Claims, written: float, version: str) -> bool:
    """Enter a report with its comparisons; nothing if one of the same content is known. Answers whether it was new.

    Raises:
        TrackingError: it speaks of a combination or a factor that the study never had.
    """
    study_id = find_study(session, study).id
    fields = claims.model_dump(exclude={"comparisons"})
    fields |= {name: as_text(fields[name]) for name in ("question", "metric", "answer")}
    report = session.scalar(
        insert_into(session, tables.Report)
        .values(study_id=study_id, written=written, version=version, **fields)
        .on_conflict_do_nothing()
        .returning(tables.Report.id)
    )
    if report is None:
        return False
    _record_comparisons(session, study, study_id, report, claims.comparisons)
    return True


def read(session: Session, study: str) -> tuple[ReportRecord, ...]:
    """The reports of a study, the oldest first."""
    of_study = tables.Report.study_id == find_study(session, study).id
    rows = session.scalars(select(tables.Report).where(of_study).order_by(tables.Report.written, tables.Report.id))
    comparisons = _read_comparisons(session, of_study)
    return tuple(
        ReportRecord(
            written=row.written,
            version=row.version,
            claims=Claims(
                digest=row.digest,
                question=row.question,
                metric=row.metric,
                split=row.split,
                direction=row.direction,
                family=row.family,
                planned=row.planned,
                complete=row.complete,
                answer=row.answer,
                comparisons=tuple(comparisons[row.id]),
            ),
        )
        for row in rows
    )


def _record_comparisons(
    session: Session, study: str, study_id: int, report: int, comparisons: tuple[Claim, ...]
) -> None:
    combination, factor = tables.Combination, tables.Factor
    hashes = select(combination.configuration_hash, combination.id).where(combination.study_id == study_id)
    combinations = {row[0]: row[1] for row in session.execute(hashes)}
    names = select(factor.name, factor.id).where(factor.study_id == study_id)
    factors = {row[0]: row[1] for row in session.execute(names)}
    rows: list[dict[str, Any]] = []
    for position, claim in enumerate(comparisons):
        for name, known in ((claim.combination, combinations), (claim.baseline, combinations), (claim.factor, factors)):
            if name is not None and name not in known:
                raise TrackingError(f"study {study} has no {name}, of which its report speaks: record its plan first")
        rows.append(
            {
                "report_id": report,
                "position": position,
                "factor_id": factors[claim.factor] if claim.factor is not None else None,
                "combination_id": combinations[claim.combination],
                "baseline_id": combinations[claim.baseline],
                **claim.model_dump(exclude={"factor", "combination", "baseline", "seeds"}),
                "seeds": list(claim.seeds),
            }
        )
    if rows:
        session.execute(insert(tables.Comparison), rows)


def _read_comparisons(session: Session, which: ColumnElement[bool]) -> dict[int, list[Claim]]:
    combination, baseline = aliased(tables.Combination), aliased(tables.Combination)
    rows = session.execute(
        select(tables.Comparison, tables.Factor.name, combination.configuration_hash, baseline.configuration_hash)
        .join(tables.Report, tables.Report.id == tables.Comparison.report_id)
        .join(combination, combination.id == tables.Comparison.combination_id)
        .join(baseline, baseline.id == tables.Comparison.baseline_id)
        .outerjoin(tables.Factor, tables.Factor.id == tables.Comparison.factor_id)
        .where(which)
        .order_by(tables.Comparison.report_id, tables.Comparison.position)
    )
    found: dict[int, list[Claim]] = defaultdict(list)
    for row, factor, first, second in rows:
        found[row.report_id].append(
            Claim(
                kind=row.kind,
                factor=factor,
                combination=first,
                baseline=second,
                difference=row.difference,
                low=row.low,
                high=row.high,
                sign_flip_p=row.sign_flip_p,
                adjusted_p=row.adjusted_p,
                n=row.n,
                seeds=tuple(row.seeds),
                verdict=row.verdict,
                margin=row.margin,
            )
        )
    return found
