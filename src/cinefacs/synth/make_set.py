"""Make a set of synthetic films: several processes, a film each; goes on after an interruption."""

import datetime as dt
import json
import multiprocessing
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cinefacs.config import as_document, config_digest
from cinefacs.engines.catalog import sha256_of
from cinefacs.errors import StorageError, StudyError
from cinefacs.records.clip import ClipFrame
from cinefacs.records.expression_label import ExpressionLabel
from cinefacs.records.film import Film
from cinefacs.records.run_record import RunRecord
from cinefacs.records.step import Step
from cinefacs.storage.atomic import write_json, write_text
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.run_records import read_run_record, write_run_record
from cinefacs.storage.study import StudyLayout, lock_study
from cinefacs.storage.tables import read_table
from cinefacs.synth.assets import ASSETS_SHA256, load_assets
from cinefacs.synth.film_file import RECIPE_VERSION, recipe_digest, write_film
from cinefacs.synth.film_plan import HardCondition
from cinefacs.synth.gpu import open_gpu
from cinefacs.synth.presets import FilmSpec, draw_plan, picture_frames, preset_films
from cinefacs.synth.renderer import Renderer
from cinefacs.synth.sample_film import sample_path
from cinefacs.synth.study_file import face_truth_path, has_parts, merge_parts, write_parts
from cinefacs.synth.truth_tables import TRUTH_SCHEMA
from cinefacs.synth.workers import follow_parent

if TYPE_CHECKING:
    import ctypes

__all__ = ["SynthOptions", "SynthSummary", "make_film", "make_set", "part_folder", "set_digest"]

_LIBRARIES = ("av", "moderngl", "numpy", "opencv-python-headless", "scipy")
_VERB = "datasets synth"
_POLL_S = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class SynthOptions:
    """Which set is made."""

    preset: str = "smoke"
    """``smoke``, ``trial``, ``bench``, ``paper``, ``sample`` or ``heldout-v1``."""
    scale: float = 1.0
    """Factor on the number of shots or pictures."""
    conditions: tuple[HardCondition, ...] = ()
    """Hard conditions that every shot has; none: each at its natural rate."""
    texture_px: int = 512
    """Side of the skin textures."""
    supersample: int = 2
    """Each pixel is the mean of this many by this many."""
    motion_samples: int = 1
    """Pictures that each frame of a film is the mean of; above 1 gives motion blur."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SynthSummary:
    """What was made."""

    out: Path
    """The study."""
    digest: str
    """Of all plans: the same digest means the same films and truth."""
    films: tuple[Film, ...]
    """The films."""
    n_pictures: int
    """Pictures in ``frames``."""
    n_faces: int
    """Faces with truth."""
    n_expressions: int
    """Expressions that are labelled."""
    device: str
    """What drew."""
    was_done: bool
    """Whether an earlier run had made it already."""

    def as_document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "out": str(self.out),
            "digest": self.digest,
            "films": [
                {"film_id": film.film_id, "path": film.path, "n_frames": film.n_frames}
                for film in self.films
            ],
            "n_pictures": self.n_pictures,
            "n_faces": self.n_faces,
            "n_expressions": self.n_expressions,
            "device": self.device,
            "was_done": self.was_done,
        }


def set_digest(specs: Sequence[FilmSpec]) -> str:
    """Return what tells a set of films apart: SHA-256 over the recipes of all of them."""
    recipes = {spec.name: recipe_digest(draw_plan(spec)) for spec in specs}
    return config_digest(SynthOptions(), recipes)


def make_set(
    out: str | Path,
    *,
    options: SynthOptions | None = None,
    seed: int = 0,
    n_workers: int = 2,
    force: bool = False,
    on_step: Callable[[Step], None] | None = None,
) -> SynthSummary:
    """Make a set of synthetic films as a study.

    Parameters
    ----------
    out
        Folder of the study.
    options
        Which set; defaults when None.
    seed
        0 to 9999; the same seed and options give the same films.
    n_workers
        Processes, 1 or more; each makes one film after the other.
    force
        Make anew what an earlier run made.
    on_step
        Told how far the work has come.

    Raises
    ------
    ConfigError
        A name, seed or scale that cannot be used.
    ModelError
        The extra, the assets or EGL is missing; the hint names what to install.
    StudyError
        The folder holds another study or another set.
    StorageError
        The disk refused; films that are finished are kept for the next run.
    """
    options = options or SynthOptions()
    specs = preset_films(
        options.preset, seed=seed, scale=options.scale, conditions=options.conditions
    )
    load_assets()
    gpu = open_gpu()  # told before any work is handed out
    device = gpu.renderer
    gpu.context.release()
    layout = StudyLayout(Path(out))
    models = {"synth-head": ASSETS_SHA256, "recipe": str(RECIPE_VERSION)}
    digest = config_digest(_Identity(options=options, seed=seed), models)
    started_at = _now()
    with lock_study(layout):
        try:
            was_done = _begin(layout, digest, force=force)
            if not was_done:
                on_step = on_step or (lambda _step: None)
                _make_films(layout, specs, options, n_workers, on_step)
                merge_parts(layout, [part_folder(layout, k) for k in range(len(specs))])
                _write_set(layout, specs)
                record = RunRecord(
                    verb=_VERB,
                    code_version=version("cinefacs"),
                    config=as_document(_Identity(options=options, seed=seed)),
                    config_digest=digest,
                    inputs={},
                    models=models,
                    libraries={name: version(name) for name in _LIBRARIES},
                    seed=seed,
                    device=device,
                    started_at=started_at,
                    finished_at=_now(),
                )
                write_run_record(layout.run_path, record)
        finally:
            if layout.run_path.exists():  # nothing is left to go on with
                shutil.rmtree(layout.work_dir, ignore_errors=True)
    return _summarise(layout, device=device, was_done=was_done)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Identity:
    """What a finished set is told apart by."""

    options: SynthOptions
    seed: int


def _begin(layout: StudyLayout, digest: str, *, force: bool) -> bool:
    """Return whether the set is finished; raise if the folder holds something else."""
    record = read_run_record(layout.run_path)
    begun_path = layout.work_dir / "synth_digest"
    begun = begun_path.read_text(encoding="utf-8") if begun_path.exists() else None
    found = record.config_digest if record is not None else begun
    if record is not None and record.verb != _VERB:
        raise StudyError(
            f"{layout.root}: expected an empty folder or a synthetic set, got a study by "
            f"`{record.verb}`",
            hint="choose another --out",
        )
    if force:
        _clear(layout)
    elif found not in {None, digest}:
        raise StudyError(
            f"{layout.root}: expected the options that it was begun with ({(found or '')[:12]}), "
            f"got others ({digest[:12]})",
            hint="give the same options, choose another --out, or make it anew with --force",
        )
    elif record is not None:
        return True
    write_text(begun_path, digest)
    return False


def _clear(layout: StudyLayout) -> None:
    """Delete what an earlier run made."""
    for path in (
        layout.films_path, layout.shots_path, layout.tracks_path, layout.characters_path,
        layout.clips_path, layout.frames_path, layout.labels_path, layout.expression_labels_path,
        layout.coded_spans_path, face_truth_path(layout), layout.run_path, layout.synth_path,
    ):  # fmt: skip
        path.unlink(missing_ok=True)
    for folder in (_film_dir(layout), layout.frame_dir, layout.work_dir / "parts"):
        shutil.rmtree(folder, ignore_errors=True)


def _film_dir(layout: StudyLayout) -> Path:
    return layout.root / "films"


def part_folder(layout: StudyLayout, k: int) -> Path:
    """Return where the tables of the film at a position of the set lie until all are there."""
    return layout.work_dir / "parts" / f"{k + 1:03d}"


def _make_films(
    layout: StudyLayout,
    specs: Sequence[FilmSpec],
    options: SynthOptions,
    n_workers: int,
    on_step: Callable[[Step], None],
) -> None:
    """Make the films that are not there yet."""
    todo = [k for k in range(len(specs)) if not has_parts(part_folder(layout, k))]
    n_frames = {k: _expected_frames(spec) for k, spec in enumerate(specs)}
    done = sum(n_frames[k] for k in range(len(specs)) if k not in todo)
    total = sum(n_frames.values())
    name = f"synthetic films: {options.preset}"
    if n_workers <= 1 or len(todo) <= 1:
        for k in todo:
            base = done

            def tell(n: int, base: int = base) -> None:
                on_step(Step(name=name, n_done=min(base + n, total), n_total=total, unit="frames"))

            make_film(layout.root, k, specs[k], options, tell)
            done += n_frames[k]
        return
    context = multiprocessing.get_context("spawn")
    counts = context.RawArray("q", len(specs))  # frames done, by film
    with ProcessPoolExecutor(
        min(n_workers, len(todo)), mp_context=context, initializer=_begin_worker, initargs=(counts,)
    ) as pool:
        waiting: set[Future[None]] = {
            pool.submit(_make_film_counted, layout.root, k, specs[k], options) for k in todo
        }
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
                now = done + sum(counts)
                on_step(Step(name=name, n_done=min(now, total), n_total=total, unit="frames"))
        except BrokenProcessPool as error:
            raise StorageError(
                f"{layout.root}: expected every process to finish its film, got one that died",
                hint="run the same command again to go on; with fewer --workers it needs less "
                "memory",
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def _expected_frames(spec: FilmSpec) -> int:
    config = spec.config
    if spec.is_stills:
        return config.n_shots
    return round(config.n_shots * sum(config.shot_s) / 2 * config.rate_fps)


_shared: dict[str, "ctypes.Array[Any]"] = {}
"""What a worker shares with the process that started it."""


def _begin_worker(counts: "ctypes.Array[Any]") -> None:
    """Make a new process ready: it counts where its parent sees it, and ends with its parent."""
    _shared["counts"] = counts
    follow_parent()


def _make_film_counted(root: Path, k: int, spec: FilmSpec, options: SynthOptions) -> None:
    """Make a film in a process of its own, and count its frames."""
    counts = _shared["counts"]

    def tell(n: int) -> None:
        counts[k] = n

    make_film(root, k, spec, options, tell)
    counts[k] = _expected_frames(spec)


def make_film(
    root: Path, k: int, spec: FilmSpec, options: SynthOptions, tell: Callable[[int], None]
) -> None:
    """Make one film: its file or pictures, and its tables.

    Parameters
    ----------
    root
        The study.
    k
        Position of the film in the set, from 0.
    spec, options
        What is made.
    tell
        Told the number of frames that are done.
    """
    layout = StudyLayout(root)
    plan = draw_plan(spec)
    is_small = plan.size_wh[1] <= 288
    number = k + 1
    folder = part_folder(layout, k)
    path = _film_dir(layout) / f"{number:03d}.mp4"
    pictures = folder / "pictures"
    with Renderer(
        plan.size_wh,
        supersample=options.supersample,
        levels=0 if is_small else 1,
        texture_px=options.texture_px,
        n_kept=16,
    ) as renderer:
        file = write_film(
            plan,
            path,
            renderer=renderer,
            picture_dir=pictures,
            pictures=picture_frames(plan, spec.pictures_per_shot),
            motion_samples=options.motion_samples,
            on_frame=tell,
        )
    if spec.is_sample:  # what the package has, whatever this machine draws of the same plan
        shutil.copyfile(sample_path(), path)
        file = replace(file, film_id=sha256_of(path))
    place = str(layout.synth_path) if plan.is_stills else str(path.resolve())
    names = write_parts(folder, plan, file, film_number=number, path=place)
    layout.frame_dir.mkdir(parents=True, exist_ok=True)
    for name in names:
        (pictures / f"{name.frame:06d}.png").replace(layout.frame_dir / f"{name.row.tag}.png")
    shutil.rmtree(pictures, ignore_errors=True)


def _write_set(layout: StudyLayout, specs: Sequence[FilmSpec]) -> None:
    """Write down which film belongs to which split, and who is in it."""
    write_json(
        layout.synth_path,
        {
            "schema_version": 1,
            "recipe_version": RECIPE_VERSION,
            "digest": set_digest(specs),
            "films": [
                {
                    "film_number": k + 1,
                    "name": spec.name,
                    "split": spec.split,
                    "seed": spec.seed,
                    "people": list(spec.people),
                }
                for k, spec in enumerate(specs)
            ],
        },
    )


def _summarise(layout: StudyLayout, *, device: str, was_done: bool) -> SynthSummary:
    """Return what a finished set holds."""
    document = json.loads(layout.synth_path.read_text(encoding="utf-8"))
    return SynthSummary(
        out=layout.root,
        digest=document["digest"],
        films=tuple(read_records(layout.films_path, Film)),
        n_pictures=len(read_records(layout.frames_path, ClipFrame)),
        n_faces=read_table(face_truth_path(layout), TRUTH_SCHEMA).num_rows,
        n_expressions=len(read_records(layout.expression_labels_path, ExpressionLabel)),
        device=device,
        was_done=was_done,
    )


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
