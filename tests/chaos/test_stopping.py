"""Being asked to stop: within seconds, with no process left, and the next run goes on."""

import signal

import pytest
from findings import differing, read_findings
from harm import ask_to_stop, wait_for
from place import kill

from ablate.orchestrate.stopping import GRACE_SECONDS


def start_and_wait_for_jobs(place):
    run = place.start()
    assert wait_for(lambda: len(place.processes().jobs) == 2 or not run.is_alive, 90)
    assert run.is_alive, run.said()
    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_run_that_is_asked_to_stop_ends_within_ten_seconds_and_leaves_no_process(place, undisturbed, number):
    run = start_and_wait_for_jobs(place)
    assert ask_to_stop(run, number) < 10
    assert run.process.wait() == 130, run.said()
    assert "Traceback" not in run.said()
    assert wait_for(lambda: place.processes().all() == [], 1)
    report = place.workspace.report_directory("chaos") / "report.md"
    assert not report.exists(), "who asked it to stop had to wait for a report"
    again = place.start()
    assert again.process.wait(timeout=200) == 0, again.said()
    assert report.exists()
    findings = read_findings(place)
    assert findings.faults == ()
    assert differing(undisturbed.database, findings.database) == 0


def test_a_second_ctrl_c_ends_a_run_at_once_though_its_jobs_hang(place):
    run = start_and_wait_for_jobs(place)
    for job in place.processes().jobs:
        kill(job, signal.SIGSTOP)
    assert ask_to_stop(run, signal.SIGINT, again_after=0.5) < GRACE_SECONDS - 2  # which the first Ctrl-C would allow
    assert run.process.wait() == 130, run.said()
    assert wait_for(lambda: place.processes().all() == [], 1)


def test_a_second_run_beside_the_first_is_refused_and_harms_nothing(place, undisturbed):
    first = start_and_wait_for_jobs(place)
    second = place.start()
    assert second.process.wait(timeout=90) == 2
    assert f"error: study chaos is being run by process {first.process.pid}" in second.said()
    assert first.process.wait(timeout=200) == 0
    assert differing(undisturbed.database, read_findings(place).database) == 0
