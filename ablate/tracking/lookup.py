"""Finding rows by the names that people use, with the nearest existing name where there is none; and their text."""

from __future__ import annotations

import hashlib
import json
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from ablate.errors import TrackingError
from ablate.tracking.tables import Attempt, Study, Trial


def find_study(session: Session, name: str) -> Study:
    """The study of that name.

    Raises:
        TrackingError: there is none; the nearest names are listed.
    """
    study = session.scalars(select(Study).where(Study.name == name)).one_or_none()
    if study is not None:
        return study
    names = sorted(session.scalars(select(Study.name)))
    nearest = get_close_matches(name, names, n=3, cutoff=0.5)
    known = f"did you mean {' or '.join(nearest)}?" if nearest else f"it knows {', '.join(names[:5]) or 'no study yet'}"
    raise TrackingError(f"the tracking database knows no study {name}: {known}")


def find_trial(session: Session, study_name: str, name: str) -> Trial:
    """The trial of that name, planned or not.

    Raises:
        TrackingError: the study or the trial does not exist.
    """
    study = find_study(session, study_name)
    trial = session.scalars(select(Trial).where(Trial.study_id == study.id, Trial.name == name)).one_or_none()
    if trial is None:
        nearest = get_close_matches(name, session.scalars(select(Trial.name).where(Trial.study_id == study.id)).all())
        hint = f"did you mean {' or '.join(nearest)}?" if nearest else "names are <configuration hash>-s<seed>"
        raise TrackingError(f"study {study_name} has no trial {name}: {hint}")
    return trial


def find_attempt(session: Session, study_name: str, trial_name: str, number: int) -> tuple[Trial, Attempt]:
    """A trial and one of its attempts.

    Raises:
        TrackingError: the study, the trial or the attempt does not exist.
    """
    trial = find_trial(session, study_name, trial_name)
    attempt = session.scalars(
        select(Attempt).where(Attempt.trial_id == trial.id, Attempt.number == number)
    ).one_or_none()
    if attempt is None:
        raise TrackingError(f"trial {trial_name} of study {study_name} has no attempt {number}: begin it first")
    return trial, attempt


def digest(value: object) -> str:
    """SHA-256 of a value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def as_text(said: str) -> str:
    """Text as every database takes it: PostgreSQL refuses the character NUL."""
    return said.replace("\0", "\\0")
