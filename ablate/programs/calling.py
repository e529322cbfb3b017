"""A Python function of the user's: found, and called. Only a job imports it, never who plans or keeps the books."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from ablate.errors import ProgramError
from ablate.programs.given import Given, IsStopping, ProgramStopped
from ablate.programs.reporter import Reporter

SIGNATURE = "(configuration, seed, directory, report)"
ASKED_FOR = "is_stopping"


def call_function(given: Given, reporter: Reporter, is_stopping: IsStopping) -> object:
    """Call `function(configuration, seed, directory, report)`, with `is_stopping` if it has a parameter of that name.

    A function that takes `is_stopping` is trusted to look, to keep what it needs in its directory, and to return; any
    other is ended within its next report.

    Raises `ProgramError` if it cannot be found or called so, `ProgramStopped` if it was asked to stop, and whatever it
    raises.
    """
    function = find_function(given.program.python or "")
    arguments = (given.settings(), given.seed, given.directory)
    try:
        if _asks(function):
            ask = _Ask(is_stopping)
            returned = function(*arguments, reporter, **{ASKED_FOR: ask})
            if ask.is_told:
                raise ProgramStopped("the program stopped as asked")
            return returned
        return function(*arguments, _stopping_with(reporter, is_stopping))
    except SystemExit as request:
        raise ProgramError(
            f"the program left by sys.exit({request.code!r}): expected it to return, or to raise an error that says why"
        ) from request


def find_function(name: str) -> Callable[..., object]:
    """The function `module:function`, imported with the working directory on the path, as `python -m` has it.

    Raises `ProgramError` if there is none, or it does not take what it is given; whatever its module raises passes.
    """
    module_name, _, function_name = name.partition(":")
    module = _import(module_name)
    function: Callable[..., object] | None = getattr(module, function_name, None)
    if function is None:
        names = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise ProgramError(f"program: {module_name} has no function {function_name}{_or_rather(function_name, names)}")
    if not callable(function):
        raise ProgramError(f"program: {name} is no function, it is {type(function).__name__}")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise ProgramError(f"program: {name} is async or a generator: expected a plain function {SIGNATURE}")
    _check_signature(name, function)
    return function


class _Ask:
    """`is_stopping` that remembers whether it said yes."""

    def __init__(self, is_stopping: IsStopping) -> None:
        self._is_stopping = is_stopping
        self.is_told = False

    def __call__(self) -> bool:
        self.is_told = self.is_told or self._is_stopping()
        return self.is_told


def _stopping_with(reporter: Reporter, is_stopping: IsStopping) -> Callable[..., None]:
    def report(step: int, split: str = "validation", **metrics: float) -> None:
        reporter.report(step, split, dict(metrics))
        if is_stopping():
            raise ProgramStopped(f"stopped as asked after the report of step {step}")

    return report


def _asks(function: Callable[..., object]) -> bool:
    return ASKED_FOR in inspect.signature(function).parameters


def _check_signature(name: str, function: Callable[..., object]) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise ProgramError(f"program: {name} does not tell what it takes: wrap it in a function {SIGNATURE}") from None
    try:
        signature.bind(None, None, None, None, **({ASKED_FOR: None} if ASKED_FOR in signature.parameters else {}))
    except TypeError as error:
        raise ProgramError(f"program: {name}{signature} cannot be called with {SIGNATURE}: {error}") from None


def _import(name: str) -> ModuleType:
    here = str(Path.cwd())
    if sys.path[:1] != [here]:
        sys.path.insert(0, here)
        importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if missing != name and not name.startswith(f"{missing}."):
            raise
        above, _, last = missing.rpartition(".")
        folders: Any = getattr(sys.modules.get(above), "__path__", ()) if above else [here]
        where = f"in {above}" if above else f"from {here}"
        raise ProgramError(
            f"program: no module {missing} can be imported {where}{_or_rather(last, _modules(folders))}"
        ) from None


def _modules(folders: Iterable[str]) -> list[str]:
    """What could be imported from the folders, packages without `__init__.py` included."""
    places = [Path(folder) for folder in folders]
    found = [module.name for module in pkgutil.iter_modules(map(str, places))]
    return found + [path.name for place in places if place.is_dir() for path in place.iterdir() if path.is_dir()]


def _or_rather(word: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(names), n=1)
    return f": did you mean {near[0]}?" if near else ""
