"""Which trial is meant by as much of a name as was typed."""

import pytest

from ablate.errors import InputError
from ablate.reproduction.naming import find_trial

KNOWN = (
    ("first", "78687d3aaaaaaaaa-s0"),
    ("first", "78687d3aaaaaaaaa-s1"),
    ("first", "78687d3aaaaaaaaa-t1"),
    ("first", "78999d3aaaaaaaaa-s0"),
    ("second", "78999d3aaaaaaaaa-s0"),
    ("second", "fffffffaaaaaaaaa-s10"),
)


@pytest.mark.parametrize(
    ("typed", "study", "found"),
    [
        ("78687d3aaaaaaaaa-s0", None, 0),
        ("78687d3-s1", None, 1),
        ("78687D3-S1", None, 1),
        ("78687d3-t1", None, 2),
        ("first/789-s0", None, 3),
        ("789-s0", "second", 4),
        ("second/789-s0", "second", 4),
        ("f-s10", None, 5),
        ("fff", None, 5),
    ],
)
def test_a_name_its_beginning_and_its_study_find_the_trial(typed, study, found):
    assert find_trial(typed, study, KNOWN) == KNOWN[found]


@pytest.mark.parametrize(
    ("typed", "study", "said"),
    [
        ("78999d3aaaaaaaaa-s0", None, "in 2 studies: say which by --study (first, second)"),
        ("789-s0", None, "trial 78999d3aaaaaaaaa-s0 is in 2 studies"),
        ("78-s0", "first", "78-s0 may be 2 trials: first/78687d3aaaaaaaaa-s0, first/78999d3aaaaaaaaa-s0"),
        (
            "78687d3",
            None,
            "78687d3 may be 3 trials: first/78687d3aaaaaaaaa-s0, first/78687d3aaaaaaaaa-s1, first/78687d3",
        ),
        ("", None, "an empty name may be 6 trials"),
        ("78688d3-s0", None, "no study has a trial 78688d3-s0: did you mean first/78687d3aaaaaaaaa-s0"),
        ("f-s1", None, "no study has a trial f-s1"),
        ("second/78687d3-s0", None, "study second has no trial 78687d3-s0"),
        ("zzz", None, "names are <hash>-s<seed>, tuning trials' <hash>-t<n>"),
        ("frist/78687d3-s0", None, "knows no study frist: did you mean first?"),
        ("78687d3-s0", "zzz", "knows no study zzz: there are first, second"),
        ("first/78687d3-s0", "second", "is of study first, and --study says second"),
    ],
)
def test_what_means_no_trial_or_several_is_one_line(typed, study, said):
    with pytest.raises(InputError) as error:
        find_trial(typed, study, KNOWN)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_database_without_trials_says_so():
    with pytest.raises(InputError, match="no study has a trial 78-s0: names are"):
        find_trial("78-s0", None, ())


def test_many_candidates_are_counted_not_listed():
    known = [("s", f"{number:016x}-s0") for number in range(40)]
    with pytest.raises(InputError, match=r"may be 40 trials: (s/0+\d-s0, ){5}s/0+5-s0 and 34 more$"):
        find_trial("0-s0", None, known)
