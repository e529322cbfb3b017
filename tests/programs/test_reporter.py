"""What a program reports is checked, one line says what is wrong with it, and what is right is in the journal."""

import math

import numpy as np
import pytest
import torch

from ablate.errors import Diverged, ProgramError
from ablate.programs import Reporter
from ablate.specs import Scored, Split

WRONG = {
    "no metric": ((1,), {}, "report of step 1: expected at least one metric, such as accuracy=0.9, got none"),
    "text": ((1,), {"f1": "0.9"}, 'report of step 1: expected a number for f1, got "0.9"'),
    "a truth": ((1,), {"f1": True}, "report of step 1: expected a number for f1, got True"),
    "nothing": ((1,), {"f1": None}, "report of step 1: expected a number for f1, got None"),
    "two numbers": ((1,), {"f1": np.ones(2)}, "report of step 1: expected a number for f1, got array([1., 1.])"),
    "per cent": (
        (1,),
        {"accuracy": 93},
        "report of step 1: expected accuracy as a fraction of one, got 93: divide it by 100 if it is in per cent, or "
        "call it otherwise",
    ),
    "half a step": ((1.5,), {"f1": 1}, "report: expected a step of 0, 1, 2, ..., got 1.5"),
    "a negative step": ((-1,), {"f1": 1}, "report: expected a step of 0, 1, 2, ..., got -1"),
    "another split": ((1, "dev"), {"f1": 1}, 'report: expected split train, validation or test, got "dev"'),
    "an unsafe name": (
        (1,),
        {"a b\n": 1},
        "report of step 1: expected a metric's name of at most 64 letters, digits and _ . -, the first a letter, "
        r'got "a b\n"',
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_report_gets_its_one_line_and_is_not_kept(journal, name):
    arguments, metrics, message = WRONG[name]
    reporter = Reporter(journal)
    with pytest.raises(ProgramError) as caught:
        reporter(*arguments, **metrics)
    assert str(caught.value) == message
    assert reporter.fault is caught.value
    assert journal.records == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, torch.tensor(math.nan)], ids=str)
def test_a_number_that_is_not_finite_is_a_divergence_that_names_step_and_split(journal, value):
    reporter = Reporter(journal)
    reporter(3, "train", loss=2.0)
    with pytest.raises(Diverged, match=r"^loss on train is -?(nan|inf) at step 4, by the program's own report$"):
        reporter(4, "train", loss=value)


def test_numbers_of_libraries_are_numbers(journal):
    Reporter(journal)(np.int64(2), top5=np.float32(0.5), loss=torch.tensor(0.25), count=7)
    assert journal.numbers() == [(2, "validation", {"top5": 0.5, "loss": 0.25, "count": 7.0})]


def test_steps_never_go_back_and_a_metric_comes_once_a_step(journal):
    reporter = Reporter(journal)
    reporter(1, loss=1.0)
    reporter(1, accuracy=0.5)
    reporter(1, "train", loss=1.0)
    with pytest.raises(ProgramError, match="loss on validation was reported twice at step 1"):
        reporter(1, loss=0.9)
    reporter(5, loss=0.9)
    with pytest.raises(ProgramError, match="steps never go back, got step 4 after step 5"):
        reporter(4, "test", loss=0.9)


def test_who_goes_on_from_its_own_checkpoint_reports_what_came_before_it(journal):
    with pytest.raises(ProgramError, match="an earlier attempt began with step 1, this one with step 4"):
        Reporter(journal, first_step=1)(4, loss=1.0)
    Reporter(journal, first_step=1)(1, loss=1.0)
    Reporter(journal, first_step=1)(0, loss=1.0)


def test_what_is_returned_are_the_last_steps_metrics_on_test(journal):
    reporter = Reporter(journal)
    reporter(4, f1=0.5)
    reporter.conclude({"f1": 0.25})
    assert journal.numbers()[-1] == (4, "test", {"f1": 0.25})
    with pytest.raises(
        ProgramError, match=r"the program returned 0\.5: expected a dict of metrics on test, or nothing"
    ):
        reporter.conclude(0.5)


def test_the_studys_own_number_has_to_be_there(journal):
    reporter, wanted = Reporter(journal), Scored(metric="f1", split=Split.TEST)
    with pytest.raises(ProgramError, match="without f1 on test, which the study compares by; it reported nothing"):
        reporter.require(wanted)
    reporter(1, f1=0.5)
    with pytest.raises(ProgramError, match=r"it reported f1 on validation$"):
        reporter.require(wanted)
    reporter(1, "test", f1=0.5)
    reporter.require(wanted)
    reporter.require(None)
