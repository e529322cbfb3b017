"""The short form of `make chaos`: real processes, really killed, and the same numbers in the end."""

import random
import sys

from campaign import Campaign
from findings import contents, differing, read_findings
from rework import read_rework

KILLS = 10


def run_to_end(place):
    run = place.start()
    assert run.process.wait(timeout=200) == 0, run.said()
    return run.said()


def test_killed_at_random_moments_a_study_ends_with_every_trial_once_and_the_same_numbers(place, undisturbed, capsys):
    seed = random.randrange(1_000_000)
    with capsys.disabled():
        sys.stdout.write(f"[seed {seed}] ")
    said = []
    campaign = Campaign(place, random.Random(seed), 8, KILLS, ("lock", "disk"), said.append, has_small_disk=False)
    tally = campaign.go_on_until_enough_is_killed()
    last = run_to_end(place)
    findings = read_findings(place)
    assert tally.broken == [], said
    assert findings.faults == ()
    assert findings.duplicated == 0
    assert differing(undisturbed.database, findings.database) == 0
    assert differing(undisturbed.database, findings.journals) == 0
    assert "8 of 8 trials complete" in last
    assert place.processes().all() == []
    assert tally.moments >= KILLS
    assert read_rework(place).recovered > 0, "nothing was killed while it worked"
    before = contents(place)
    run_to_end(place)
    assert contents(place) == before, "a further run changed something"
