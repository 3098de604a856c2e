"""Break a run off at a chosen place, as ``kill -9`` would."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest

__all__ = ["KilledError", "kill_at"]


class KilledError(BaseException):
    """Stands for ``kill -9``: nothing in the package catches it."""


def kill_at(
    monkeypatch: pytest.MonkeyPatch, place: str, call: Callable[[], object], *, nth: int = 1
) -> None:
    """Run `call` and break off where `place` is called for the nth time."""
    n_calls = 0

    with monkeypatch.context() as patch:
        module, _, name = place.rpartition(".")
        original = importlib.import_module(module).__dict__[name]

        def killed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            nonlocal n_calls
            n_calls += 1
            if n_calls == nth:
                raise KilledError
            return original(*args, **kwargs)

        patch.setattr(place, killed)
        with pytest.raises(KilledError):
            call()
