"""Make a face set of a preset: several processes, a film each; goes on after an interruption."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cinefacs.config import as_document, config_digest
from cinefacs.errors import ConfigError, StorageError, StudyError
from cinefacs.records.class_space import emotion_au_space
from cinefacs.records.step import Step
from cinefacs.storage.atomic import write_text
from cinefacs.storage.face_sets import (
    FACE_SET_NAME,
    FacePart,
    has_part,
    read_face_set,
    write_face_part,
    write_face_set,
)
from cinefacs.synth.assets import ASSETS_SHA256, load_assets
from cinefacs.synth.film_file import RECIPE_VERSION
from cinefacs.synth.gpu import open_gpu
from cinefacs.synth.presets import FilmSpec, draw_plan, preset_films
from cinefacs.synth.renderer import Renderer
from cinefacs.synth.takes import CROP_SPEC, TAKES_VERSION, TakeConfig, shoot_faces
from cinefacs.synth.workers import follow_parent

__all__ = ["FaceSetSummary", "FacesOptions", "make_faces"]


@dataclass(frozen=True, kw_only=True, slots=True)
class FacesOptions:
    """Which faces are made."""

    preset: str = "weights"
    """Preset whose films the faces are taken from; each shot shows one face."""
    scale: float = 1.0
    """Factor on the number of films, and so of people."""
    texture_px: int = 256
    """Side of the skin textures."""
    supersample: int = 1
    """Each pixel is the mean of this many by this many; faces are scaled down afterwards too."""
    takes: TakeConfig = field(default_factory=TakeConfig)
    """Which moments."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceSetSummary:
    """What was made."""

    out: Path
    """The folder."""
    n_faces: dict[str, int]
    """Labelled faces by split."""
    n_people: dict[str, int]
    """People by split."""
    was_done: bool
    """Whether an earlier run had made it already."""

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "out": str(self.out), "n_faces": self.n_faces, "n_people": self.n_people,
            "was_done": self.was_done,
        }  # fmt: skip


def make_faces(
    out: str | Path,
    *,
    options: FacesOptions | None = None,
    seed: int = 0,
    n_workers: int = 2,
    on_step: Callable[[Step], None] | None = None,
) -> FaceSetSummary:
    """Make the faces of a preset.

    Parameters
    ----------
    out
        Folder of the face set.
    options
        Which; defaults when None.
    seed
        0 to 9999.
    n_workers
        Processes, a film each.
    on_step
        Told after each film.

    Raises
    ------
    ConfigError
        A preset whose shots show more than one face, a seed or scale that cannot be used.
    ModelError
        The extra, the assets or EGL is missing.
    StudyError
        The folder holds other faces.
    StorageError
        The disk refused, or a process died; films that are finished are kept.
    """
    options = options or FacesOptions()
    folder = Path(out)
    specs = preset_films(options.preset, seed=seed, scale=options.scale)
    if any(len(spec.config.people_odds) > 1 or spec.is_stills for spec in specs):
        raise ConfigError(
            f"preset: expected one of films with one face a shot, got {options.preset!r}",
            hint="--preset weights",
        )
    load_assets()
    open_gpu().context.release()  # told before any work is handed out
    digest = config_digest(options, {"assets": ASSETS_SHA256, "recipe": str(RECIPE_VERSION),
                                     "seed": str(seed), "takes": str(TAKES_VERSION)})  # fmt: skip
    was_done = _begin(folder, digest)
    todo = [spec for spec in specs if not has_part(folder, spec.name)]
    todo.sort(key=lambda spec: spec.split == "train")  # so that a set that is begun can be tried
    n_before = len(specs) - len(todo)

    def tell(n_done: int) -> None:
        if on_step is not None:
            name = f"faces: {options.preset}"
            on_step(Step(name=name, n_done=n_before + n_done, n_total=len(specs), unit="films"))

    _make_parts(folder, todo, options, n_workers, tell)
    parts = [FacePart(name=spec.name, split=spec.split) for spec in specs]
    if not was_done:
        _write_page(folder, parts, options, seed, digest)
    splits = {part.split for part in parts}
    read = {split: read_face_set(folder, split) for split in sorted(splits)}
    return FaceSetSummary(
        out=folder,
        n_faces={split: sum(len(part) for part in found) for split, found in read.items()},
        n_people={
            split: len({who for part in found for who in part.person.tolist()})
            for split, found in read.items()
        },
        was_done=was_done,
    )


def _begin(folder: Path, digest: str) -> bool:
    """Return whether the set is finished; raise if the folder holds something else."""
    begun = folder / "digest"
    found = begun.read_text(encoding="utf-8") if begun.exists() else None
    strangers = folder.is_dir() and found is None and any(folder.iterdir())
    if strangers or found not in {None, digest}:
        raise StudyError(
            f"{folder}: expected an empty folder or the same face set, got another",
            hint="give the same options, or choose another --out",
        )
    write_text(begun, digest)
    return (folder / FACE_SET_NAME).is_file()


def _write_page(
    folder: Path, parts: list[FacePart], options: FacesOptions, seed: int, digest: str
) -> None:
    page = {
        "config": as_document(options), "seed": seed, "digest": digest,
        "recipe_version": RECIPE_VERSION, "assets_sha256": ASSETS_SHA256,
    }  # fmt: skip
    write_face_set(folder, parts, emotion_au_space(), crop_scale=CROP_SPEC.crop_scale,
                   step_ms=options.takes.step_ms, facts=page)  # fmt: skip


def _make_parts(
    folder: Path,
    todo: list[FilmSpec],
    options: FacesOptions,
    n_workers: int,
    tell: Callable[[int], None],
) -> None:
    """Make the films that are not there yet."""
    if n_workers <= 1 or len(todo) <= 1:
        for n, spec in enumerate(todo):
            make_part(folder, spec, options)
            tell(n + 1)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_workers, mp_context=context, initializer=follow_parent) as pool:
        waiting = [pool.submit(make_part, folder, spec, options) for spec in todo]
        try:
            for n, future in enumerate(as_completed(waiting)):
                future.result()
                tell(n + 1)
        except BrokenProcessPool as error:
            raise StorageError(
                f"{folder}: expected every process to finish its film, got one that died",
                hint="run the same command again to go on",
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def make_part(folder: Path, spec: FilmSpec, options: FacesOptions) -> None:
    """Draw the faces of one film and write them.

    Parameters
    ----------
    folder
        Of the face set.
    spec
        The film.
    options
        How.
    """
    plan = draw_plan(spec)
    with Renderer(
        plan.size_wh,
        supersample=options.supersample,
        levels=0,
        texture_px=options.texture_px,
        n_kept=8,
    ) as renderer:
        faces = shoot_faces(plan, renderer, options.takes, people=spec.people)
    write_face_part(folder, spec.name, faces)
