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


def attack(place, rng, kills, specials, undisturbed):
    """Disturb a study until so much was killed or it is complete, see that every promise was kept; its tally."""
    said = []
    tally = Campaign(place, rng, 8, kills, specials, said.append, has_small_disk=False).go_on_until_enough_is_killed()
    last = run_to_end(place)
    findings = read_findings(place)
    assert tally.broken == [], said
    assert findings.faults == ()
    assert findings.duplicated == 0
    assert differing(undisturbed.database, findings.database) == 0
    assert differing(undisturbed.database, findings.journals) == 0
    assert "8 of 8 trials complete" in last
    assert place.processes().all() == []
    before = contents(place)
    run_to_end(place)
    assert contents(place) == before, "a further run changed something"
    return tally


def test_killed_at_random_moments_a_study_ends_with_every_trial_once_and_the_same_numbers(
    make_place, undisturbed, capsys
):
    seed = random.randrange(1_000_000)
    with capsys.disabled():
        sys.stdout.write(f"[seed {seed}] ")
    rng, kills, recovered = random.Random(seed), 0, 0
    specials = ("lock", "disk")
    while kills < KILLS:
        place = make_place()
        kills += attack(place, rng, KILLS - kills, specials, undisturbed).moments
        recovered += read_rework(place).recovered
        specials = ()
    assert recovered > 0, "nothing was killed while it worked"
