"""The record of a run over labels: done already, begun with other labels, or new."""

import datetime as dt
import hashlib
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from cinefacs.config import as_document, config_digest
from cinefacs.errors import StudyError
from cinefacs.media.probe import digest_file
from cinefacs.records.labels import Labels
from cinefacs.records.run_record import RunRecord
from cinefacs.records.step import Step
from cinefacs.storage.run_records import read_run_record, write_run_record
from cinefacs.storage.study import StudyLayout

__all__ = ["LabelRun", "OnStep", "begin_run", "label_inputs", "now", "require_study", "told"]

T = TypeVar("T")
OnStep = Callable[[Step], None]
"""Told how far the work has come."""

_LIBRARIES = ("numpy", "pyarrow")


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelRun:
    """One run, from its begin to its record."""

    verb: str
    """Command that runs."""
    path: Path
    """Where its record goes."""
    config: Any
    """Its configuration, a dataclass."""
    inputs: Mapping[str, str]
    """SHA-256 of each input by its name."""
    seed: int
    """Of everything random."""
    started_at: str
    """ISO 8601, UTC."""
    was_done: bool
    """Whether an earlier run with the same inputs, configuration and seed ended well."""

    def finish(self, *, notes: Sequence[str]) -> None:
        """Write the record: with it the run is finished.

        Raises
        ------
        StorageError
            The disk refused.
        """
        record = RunRecord(
            verb=self.verb,
            code_version=version("cinefacs"),
            config=as_document(self.config),
            config_digest=config_digest(self.config, {}),
            inputs=self.inputs,
            models={},
            libraries={name: version(name) for name in _LIBRARIES},
            seed=self.seed,
            device=f"CPU: {platform.processor() or platform.machine()}",
            started_at=self.started_at,
            finished_at=now(),
            notes=tuple(notes),
        )
        write_run_record(self.path, record)


def begin_run(
    verb: str,
    path: Path,
    *,
    config: Any,  # noqa: ANN401  (any configuration)
    inputs: Mapping[str, str],
    seed: int,
    force: bool,
) -> LabelRun:
    """Begin a run, unless its folder holds the outcome of another.

    Parameters
    ----------
    verb
        Command that runs.
    path
        Record of the run that was last, if there was one.
    config
        A dataclass of configuration.
    inputs
        SHA-256 of each input by its name.
    seed
        Of everything random.
    force
        Go on where the outcome of another run would be replaced.

    Raises
    ------
    StudyError
        An earlier run had other labels, another configuration or another seed.
    """
    earlier = read_run_record(path)
    same = (
        earlier is not None
        and earlier.config_digest == config_digest(config, {})
        and dict(earlier.inputs) == dict(inputs)
        and earlier.seed == seed
        and earlier.code_version == version("cinefacs")
    )
    if earlier is not None and not same and not force:
        other = "labels" if dict(earlier.inputs) != dict(inputs) else "options"
        raise StudyError(
            f"{path.parent}: expected an empty folder or the outcome of the same labels and "
            f"options, got that of other {other}",
            hint="replace it with --force, or choose another --out",
        )
    return LabelRun(
        verb=verb,
        path=path,
        config=config,
        inputs=inputs,
        seed=seed,
        started_at=now(),
        was_done=same and not force,
    )


def require_study(layout: StudyLayout) -> None:
    """Raise unless there is a study.

    Raises
    ------
    StudyError
        The folder is missing, or holds no study.
    """
    if not layout.films_path.exists():
        raise StudyError(
            f"{layout.root}: expected a study, found no {layout.films_path.name}",
            hint="give the folder that `cinefacs collect` made, or that labels were imported into",
        )


def label_inputs(layout: StudyLayout, labels: Labels) -> dict[str, str]:
    """Return the SHA-256 of all that agreement and consensus follow from.

    Label sets that are not used do not count: those that are added later change nothing.

    Parameters
    ----------
    layout
        The study.
    labels
        The label sets that are used.
    """
    paths = [path for path in (layout.films_path, layout.clips_path) if path.exists()]
    inputs = {path.name: digest_file(path) for path in paths}
    digests = {author: hashlib.sha256() for author in labels.authors}
    for group in (labels.aus, labels.expressions, labels.coded):
        for label in group:
            digests[label.coder, label.label_set].update(repr(label).encode())
    return inputs | {
        f"labels of {coder}/{label_set}": digest.hexdigest()
        for (coder, label_set), digest in digests.items()
    }


def told(
    items: Iterable[T], on_step: OnStep | None, *, name: str, n_total: int, unit: str
) -> Iterator[T]:
    """Yield items, and tell after each how many are done.

    Parameters
    ----------
    items
        What is worked on.
    on_step
        Told; nobody is when None.
    name, n_total, unit
        As `Step`.
    """
    for n_done, item in enumerate(items, start=1):
        yield item
        if on_step is not None:
            on_step(Step(name=name, n_done=n_done, n_total=n_total, unit=unit))


def now() -> str:
    """Return the time, ISO 8601, UTC."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
