"""``run.json`` of a data set: what the verb that wrote it last was told."""

import datetime as dt
import hashlib
import json
from importlib.metadata import version

from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.run_record import RunRecord
from cinefacs.storage.datasets import DatasetLayout
from cinefacs.storage.run_records import write_run_record

__all__ = ["now", "record_run"]

_LIBRARIES = ("av", "numpy", "opencv-python-headless", "pyarrow")


def now() -> str:
    """Return the time, ISO 8601, UTC, to the second."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def record_run(
    layout: DatasetLayout, manifest: DatasetManifest, *, verb: str, seed: int, started_at: str
) -> None:
    """Write ``run.json`` beside a data set.

    Parameters
    ----------
    layout, manifest
        The data set as it was written.
    verb
        ``build``, ``split`` or ``import``.
    seed
        Of the verb.
    started_at
        As `now` gave it.

    Raises
    ------
    StorageError
        The disk refused.
    """
    settings = dict(manifest.config[verb])
    canonical = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    record = RunRecord(
        verb=f"datasets {verb}",
        code_version=version("cinefacs"),
        config=settings,
        config_digest=hashlib.sha256(canonical.encode()).hexdigest(),
        inputs=dict(manifest.inputs),
        models={},
        libraries={name: version(name) for name in _LIBRARIES},
        seed=seed,
        device="",
        started_at=started_at,
        finished_at=now(),
        notes=manifest.warnings,
    )
    write_run_record(layout.run_path, record)
