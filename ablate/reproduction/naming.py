"""Which trial is meant, from as much of its name as was typed."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from ablate.errors import InputError

MOST_LISTED = 6


def find_trial(typed: str, study: str | None, known: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Study and name of the trial that `typed` means: `[STUDY/]<hash>-s<seed>`, where the hash may be cut short.

    `known` are all trials, by study and name; `study` narrows them.

    Raises `InputError` if there is none (naming the nearest) or several (naming them).
    """
    prefix, _, wanted = typed.rpartition("/")
    if prefix and study and prefix != study:
        raise InputError(f"{typed} is of study {prefix}, and --study says {study}: give one of them")
    within = prefix or study
    studies = sorted({name for name, _ in known})
    if within and within not in studies:
        nearest = get_close_matches(within, studies, n=1, cutoff=0.5)
        hint = f"did you mean {nearest[0]}?" if nearest else f"there are {_listed(studies) if studies else 'none'}"
        raise InputError(f"the tracking database knows no study {within}: {hint}")
    candidates = [trial for trial in known if within in (None, trial[0])]
    found = [trial for trial in candidates if _is_meant(wanted.lower(), trial[1])]
    if not found:
        raise InputError(_unknown(wanted, within, candidates))
    if len(found) > 1:
        raise InputError(_ambiguous(wanted, found))
    return found[0]


def _is_meant(wanted: str, name: str) -> bool:
    start, dash, which = wanted.partition("-")
    full, _, ending = name.partition("-")
    return full.startswith(start) and (not dash or which == ending)


def _unknown(wanted: str, study: str | None, candidates: Sequence[tuple[str, str]]) -> str:
    """Names are compared at the length of what was typed, since that may be the beginning of one."""
    length = len(wanted.partition("-")[0])
    shortened: dict[str, tuple[str, str]] = {}
    for candidate in candidates:
        full, dash, ending = candidate[1].partition("-")
        shortened.setdefault(full[:length] + dash + ending, candidate)
    nearest = [_called(shortened[name]) for name in get_close_matches(wanted.lower(), shortened, n=3, cutoff=0.5)]
    hint = (
        f"did you mean {' or '.join(nearest)}?" if nearest else "names are <hash>-s<seed>, tuning trials' <hash>-t<n>"
    )
    where = f"study {study}" if study else "no study"
    return f"{where} has {'no' if study else 'a'} trial {wanted}: {hint}"


def _ambiguous(wanted: str, found: Sequence[tuple[str, str]]) -> str:
    if len({name for _, name in found}) == 1:
        studies = [study for study, _ in found]
        return f"trial {found[0][1]} is in {len(found)} studies: say which by --study ({_listed(studies)})"
    return f"{wanted or 'an empty name'} may be {len(found)} trials: {_listed([_called(trial) for trial in found])}"


def _called(trial: tuple[str, str]) -> str:
    return f"{trial[0]}/{trial[1]}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_LISTED
    return ", ".join(names[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
