"""What others do for a trial that does nothing; each answers seconds per trial."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

IMPORTS = "import torch, timm, accelerate; accelerate.Accelerator(cpu=True)"

OPTUNA = """
import sys, time, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
url, trials, workers = sys.argv[1] or None, int(sys.argv[2]), int(sys.argv[3])
study = optuna.create_study(storage=url)
began = time.perf_counter()
study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=trials, n_jobs=workers)
print((time.perf_counter() - began) / trials)
"""

RAY = """
import logging, sys, time
import ray
from ray import tune
trials, workers, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
tuner = tune.Tuner(
    tune.with_resources(lambda config: {"score": 1.0}, {"cpu": 1}),
    param_space={"x": tune.grid_search(list(range(trials)))},
    run_config=tune.RunConfig(storage_path=folder, verbose=0),
)
began = time.perf_counter()
tuner.fit()
seconds = time.perf_counter() - began
ray.shutdown()
print(seconds / trials)
"""


def run_processes(command: Sequence[str], trials: int, workers: int) -> float:
    """A fresh process for every trial, `workers` at a time."""
    began = time.perf_counter()
    running: list[subprocess.Popen[bytes]] = []
    for _ in range(trials):
        while len(running) == workers:
            running = [process for process in running if process.poll() is None]
            time.sleep(0.005)
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    codes = [process.wait() for process in running]
    if any(codes):
        raise RuntimeError(f"{command} ended with {codes}")
    return (time.perf_counter() - began) / trials


def run_bare_python(trials: int, workers: int) -> float:
    """An interpreter that imports nothing."""
    return run_processes([sys.executable, "-c", "pass"], trials, workers)


def run_python(trials: int, workers: int) -> float:
    """An interpreter that imports what a trial needs."""
    return run_processes([sys.executable, "-c", IMPORTS], trials, workers)


def run_launcher(script: Path, trials: int, workers: int) -> float:
    """Accelerate's launcher, with a script that imports what a trial needs."""
    script.write_text(IMPORTS)
    command = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "1", str(script)]
    return run_processes(command, trials, workers)


def run_optuna(url: str, trials: int, workers: int) -> float:
    """Optuna's own loop: threads of one process."""
    return _last_word([sys.executable, "-W", "ignore", "-c", OPTUNA, url, str(trials), str(workers)])


def run_ray(python: str, folder: Path, trials: int, workers: int) -> float:
    """Ray Tune, by an interpreter that has it; its start is left out."""
    return _last_word([python, "-W", "ignore", "-c", RAY, str(trials), str(workers), str(folder)])


def has_ray(python: str) -> bool:
    """Whether that interpreter can import Ray Tune."""
    return subprocess.run([python, "-c", "import ray.tune"], capture_output=True, check=False).returncode == 0


def _last_word(command: Sequence[str]) -> float:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return float(done.stdout.split()[-1])
