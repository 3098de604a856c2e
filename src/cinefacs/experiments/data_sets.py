"""The pictures of an experiment: a synthetic study, a data set of it, and its divisions."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cinefacs.config import config_digest
from cinefacs.datasets.build import build_dataset
from cinefacs.datasets.config import BuildConfig, SplitConfig
from cinefacs.datasets.split import split_dataset
from cinefacs.detectors.data.layouts import read_labelled_set
from cinefacs.errors import ConfigError
from cinefacs.experiments.config import DataConfig, ExperimentConfig
from cinefacs.records.dataset_manifest import DatasetManifest
from cinefacs.records.sample import Part
from cinefacs.records.step import Step
from cinefacs.storage.datasets import DatasetLayout, digest_samples, read_dataset
from cinefacs.synth.make_set import SynthOptions, make_set

__all__ = ["Division", "prepare_data"]

_NAME = "experiment"


@dataclass(frozen=True, kw_only=True, slots=True)
class Division:
    """One division of the pictures into training, validation and test."""

    protocol: str
    """``grouped`` or ``random``."""
    repeat: int
    """Which of them."""
    path: Path
    """The data set's folder."""
    fold: int
    """Division of the data set."""
    digest: str
    """SHA-256 of what decides samples, classes and parts: of the recipe for synthetic pictures,
    whose pixels may differ by a shade from machine to machine; else of the samples themselves."""
    n_train: int
    """Faces, or whole pictures, that an epoch shows."""
    warnings: tuple[str, ...]
    """What whoever reports its scores must say."""


def prepare_data(
    config: ExperimentConfig,
    store: Path,
    *,
    own: Path | None = None,
    n_workers: int = 1,
    on_step: Callable[[Step], None] | None = None,
) -> list[Division]:
    """Return the divisions that the experiment needs; what is missing is made.

    Parameters
    ----------
    config
        Of the experiment.
    store
        Folder of all experiments; the study goes to ``data`` in it.
    own
        A data set of one's own, made by `datasets build`, in place of the synthetic one.
    n_workers
        Processes that draw.
    on_step
        Told how far the drawing is.

    Raises
    ------
    ConfigError
        More repeats than folds, or classes that the comparison cannot use.
    ModelError
        Drawing needs the extra ``synth``, the head data and EGL.
    StudyError, SchemaError, StorageError
        The data set cannot be read, divided or written.
    """
    if "grouped" in config.protocols and config.repeats > config.data.folds:
        raise ConfigError(
            f"repeats: expected at most one for each of {config.data.folds} folds, "
            f"got {config.repeats}"
        )
    layout, recipe = (DatasetLayout(own), "") if own is not None else _synthetic(
        config.data, store, n_workers, on_step
    )  # fmt: skip
    manifest = read_dataset(layout)
    if manifest.class_space.multi_label:
        raise ConfigError(
            f"{layout.root}: expected classes of which a face has one, got those of "
            f"{manifest.class_space.name!r}",
            hint="build it with --space emotion: the rivals' heads cannot learn several",
        )
    return [
        _divide(layout, config, protocol, repeat, recipe)
        for protocol in config.protocols
        for repeat in range(config.repeats)
    ]


def _synthetic(
    data: DataConfig, store: Path, n_workers: int, on_step: Callable[[Step], None] | None
) -> tuple[DatasetLayout, str]:
    """Draw the study and build its data set, unless both are there; return the recipe's digest."""
    options = SynthOptions(preset=data.preset, scale=data.scale, texture_px=data.texture_px)
    name = config_digest(options, {"seed": str(data.seed)})[:12]
    study = store / "data" / f"{data.preset}-{name}"
    made = make_set(study, options=options, seed=data.seed, n_workers=n_workers, on_step=on_step)
    build = BuildConfig(
        space=data.space, labels=("truth",), frames=data.frames, n_per_event=data.n_per_event,
        neutral_margin_frames=data.neutral_margin_frames,
    )  # fmt: skip
    built = config_digest(build, {})[:8]
    layout = build_dataset(study, f"{_NAME}-{built}", config=build, on_step=on_step).layout
    return layout, config_digest(build, {"set": made.digest, "options": config_digest(options, {})})


def _divide(
    layout: DatasetLayout, config: ExperimentConfig, protocol: str, repeat: int, recipe: str
) -> Division:
    """Return a division, made beside the data set where it is not there yet."""
    data, mode = config.data, config.train.mode
    if protocol == "grouped":
        split = SplitConfig(by="film", folds=data.folds, val_ratio=data.val_ratio)
        seed, fold = 0, repeat
    else:
        split = SplitConfig(paper=True, ratios=data.random_ratios)
        seed, fold = repeat, 0
    before = digest_samples(read_dataset(layout).samples)
    name = config_digest(split, {"seed": str(seed), "samples": before})[:8]
    target = DatasetLayout(layout.root.parent / f"{layout.root.name}-{protocol}-{name}")
    if not target.manifest_path.exists():
        split_dataset(layout, config=split, seed=seed, target=target)
    manifest = read_dataset(target)
    return Division(
        protocol=protocol,
        repeat=repeat,
        path=target.root,
        fold=fold,
        digest=config_digest(split, {"recipe": recipe, "seed": str(seed), "fold": str(fold)})
        if recipe
        else _digest(manifest, fold),
        n_train=_n_shown(target, fold, mode),
        warnings=manifest.warnings,
    )


def _n_shown(layout: DatasetLayout, fold: int, mode: str) -> int:
    """Return how many different faces, or whole pictures, an epoch shows."""
    pictures = read_labelled_set(layout.manifest_path, Part.TRAIN, fold=fold).pictures
    return len(pictures) if mode == "frame" else sum(len(each.boxes_xyxy) for each in pictures)


def _digest(manifest: DatasetManifest, fold: int) -> str:
    """Return the SHA-256 over classes, samples and the parts of one division."""
    document = {
        "class_space": manifest.class_space.as_document(),
        "samples": digest_samples(manifest.samples),
        "fold": fold,
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
