"""`make chaos`: a study of 24 trials is killed at a hundred random moments, and has to come out as if nothing was."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from campaign import Campaign, Tally
from findings import contents, differing, read_findings
from place import STUDY, Place
from rework import Rework, read_rework

INSIDE = "ABLATE_CHAOS_SMALL_DISK"
"""Set once this program runs in a mount namespace of its own, where it may mount a small disk."""

DISK_MEBIBYTES = 64
SEEDS, EPOCHS, IMAGES = 6, 30, 300
FINAL_SECONDS = 600


def main() -> int:
    """Run the whole of it; answers 0 if every promise was kept."""
    options = _options()
    has_small_disk = _is_inside_or_enters()
    seed = options.seed if options.seed is not None else random.randrange(1_000_000)
    say(f"seed {seed}; again: make chaos CHAOS_SEED={seed}")
    folder = Path(tempfile.mkdtemp(prefix="ablate-chaos-"))
    try:
        if has_small_disk:
            _mount(folder / "disturbed")
        is_kept = _campaign(folder, seed, options.kills, has_small_disk=has_small_disk)
    finally:
        if has_small_disk:
            subprocess.run(["umount", "--lazy", folder / "disturbed"], check=False)
    if is_kept:
        shutil.rmtree(folder)
    else:
        say(f"what the runs said: {folder}")
    return 0 if is_kept else 1


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _campaign(folder: Path, seed: int, kills: int, *, has_small_disk: bool) -> bool:
    study = STUDY.format(images=IMAGES, epochs=EPOCHS, seeds=SEEDS)
    calm, place = (Place(folder / name, folder / f"{name}-output", study) for name in ("undisturbed", "disturbed"))
    try:
        calm_seconds = _run_to_end(calm)
        say(f"undisturbed: {calm_seconds:.0f} s")
        began = time.monotonic()
        specials = ("lock", "disk", "long lock")
        campaign = Campaign(place, random.Random(seed), 4 * SEEDS, kills, specials, say, has_small_disk=has_small_disk)
        tally = campaign.go_on_until_enough_is_killed()
        if tally.moments < kills:
            tally.broken.append(f"the study was complete after {tally.moments} kills: let this program train longer")
        _run_to_end(place)
        seconds = time.monotonic() - began
        return _judge(calm, place, tally, seed, (calm_seconds, seconds))
    finally:
        calm.clean_up()
        place.clean_up()


def _run_to_end(place: Place) -> float:
    """`ablate run` until nothing is left to do; answers its seconds."""
    run = place.start()
    code = run.process.wait(timeout=FINAL_SECONDS)
    if code != 0:
        sys.exit(f"the run that was left alone ended with code {code}:\n{run.said()}")
    return run.age


def _judge(calm: Place, place: Place, tally: Tally, seed: int, seconds: tuple[float, float]) -> bool:
    expected, found = read_findings(calm), read_findings(place)
    tally.broken += [f"disturbed: {fault}" for fault in found.faults]
    tally.broken += [f"undisturbed: {fault}" for fault in expected.faults]
    different = {
        "database": differing(expected.database, found.database),
        "journals": differing(expected.database, found.journals),
        "MLflow": differing(expected.database, found.mlflow),
    }
    if left := place.processes().all():
        tally.broken.append(f"processes are left: {left}")
    before = contents(place)
    again = _run_to_end(place)
    if changed := {name for name, seen in contents(place).items() if before.get(name) != seen}:
        tally.broken.append(f"a further run changed {sorted(changed)}")
    rework = read_rework(place)
    tally.broken += [f"{count} rows of the {where} differ" for where, count in different.items() if count]
    tally.broken += [f"{found.duplicated} trials counted twice"] if found.duplicated else []
    _show(tally, rework, seed, len(expected.database), different, found.duplicated, (*seconds, again))
    return not tally.broken


def _show(
    tally: Tally,
    rework: Rework,
    seed: int,
    rows: int,
    different: dict[str, int],
    duplicated: int,
    seconds: tuple[float, float, float],
) -> None:
    listed = [f"{count} × {kind}" for kind, count in tally.kills.most_common()]
    calm, disturbed, again = seconds
    card = {
        "seed": str(seed),
        "rounds": str(tally.rounds),
        "moments with SIGKILL": f"{tally.moments} ({tally.processes} processes): {', '.join(listed)}",
        "asked to stop": f"{_counted(tally.stops)}; the slowest took {tally.slowest_stop:.1f} s",
        "checkpoints damaged": _counted(tally.damaged),
        **tally.specials,
        "attempts": str(rework.attempts),
        "trials recovered": f"{rework.recovered} of {rework.trials}",
        "attempts resumed": str(rework.resumed),
        "trials duplicated": str(duplicated),
        "rows differing": ", ".join(f"{name} {count}" for name, count in different.items()) + f" (of {rows} each)",
        "seconds recomputed": f"{rework.seconds:.0f} (of {rework.worked:.0f} worked)",
        "wall time": f"{calm:.0f} s undisturbed, {disturbed:.0f} s disturbed; a further run: {again:.1f} s",
    }
    say("")
    for name, value in card.items():
        say(f"{name:22} {value}")
    say("")
    say("every promise was kept" if not tally.broken else "BROKEN:")
    for promise in tally.broken:
        say(f"  {promise}")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in counts.items()) or "none"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="moments at which to send SIGKILL [100]")
    parser.add_argument("--seed", type=int, default=os.environ.get("CHAOS_SEED"), help="of the moments [$CHAOS_SEED]")
    return parser.parse_args()


def _is_inside_or_enters() -> bool:
    """Start again in a mount namespace; False where the system allows none, and a limit has to do for a full disk."""
    if os.environ.get(INSIDE):
        return True
    enter = ["unshare", "--mount", "--map-root-user"]
    try:
        allowed = subprocess.run([*enter, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    if allowed.returncode == 0:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", [*enter, sys.executable, *sys.argv])
    return False


def _mount(directory: Path) -> None:
    directory.mkdir()
    options = ["-o", f"size={DISK_MEBIBYTES}m", "-t", "tmpfs", "none"]
    subprocess.run(["mount", *options, directory], check=True)


if __name__ == "__main__":
    sys.exit(main())
