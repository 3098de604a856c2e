"""Shoot a planned film: yield each frame's finished picture with the truth of its faces."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cinefacs.synth.backdrop import draw_backdrop
from cinefacs.synth.camera import Camera
from cinefacs.synth.film_plan import FilmPlan, ShotPlan
from cinefacs.synth.grade import grade_picture
from cinefacs.synth.renderer import Renderer
from cinefacs.synth.stage import Actor, Moment
from cinefacs.synth.truth import FaceTruth, measure_face

__all__ = ["ShotFrame", "draw_backing", "draw_shot", "shoot"]

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShotFrame:
    """One frame."""

    frame: int
    """Frame of the film."""
    rgb: Picture
    """(H, W, 3) finished picture."""
    shot_index: int
    """Shot that it belongs to."""
    faces: tuple[tuple[int, FaceTruth], ...]
    """Position in the shot's parts, and truth, of the faces that are in the picture."""


def shoot(
    plan: FilmPlan, renderer: Renderer, *, first_frame: int = 0, motion_samples: int = 1
) -> Iterator[ShotFrame]:
    """Yield the frames of a film in order.

    Parameters
    ----------
    plan
        The film.
    renderer
        Of the plan's picture size.
    first_frame
        Frame to begin with.
    motion_samples
        Pictures that each frame is the mean of, over half of its time (the usual shutter); 1
        freezes all motion.
    """
    backdrops: dict[int, Picture] = {}
    owners = np.repeat(
        np.arange(len(plan.shots)), [shot.end_frame - shot.start_frame for shot in plan.shots]
    )
    for frame in range(first_frame, plan.n_frames):
        own = int(owners[frame])
        mixed = np.zeros((plan.size_wh[1], plan.size_wh[0], 3), np.float32)
        faces: tuple[tuple[int, FaceTruth], ...] = ()
        shares = plan.shares(frame)
        picture: Picture | None = None
        for k, share in shares:
            if k not in backdrops:
                backdrops = {key: value for key, value in backdrops.items() if key >= k - 1}
                backdrops[k] = draw_backing(plan.shots[k])
            shot = plan.shots[k]
            rgb, found = draw_shot(
                plan, shot, frame - shot.core_start_frame, renderer,
                backdrop=backdrops[k], motion_samples=motion_samples,
            )  # fmt: skip
            graded = grade_picture(rgb, plan.shots[k].grade, seed=plan.seed * 1_000_003 + frame)
            if k == own:
                faces = found
            if share == 1.0 and len(shares) == 1:
                picture = graded
            mixed += np.float32(share) * graded
        yield ShotFrame(
            frame=frame,
            rgb=(mixed + 0.5).astype(np.uint8) if picture is None else picture,
            shot_index=own,
            faces=faces,
        )


def draw_backing(shot: ShotPlan) -> Picture:
    """Return what stands behind the people of a shot, wider than the view."""
    rng = np.random.default_rng([shot.backing.seed, 9])
    return draw_backdrop(
        rng, shot.backing.kind, blur_px=shot.backing.blur_px, brightness=shot.backing.brightness
    )


def draw_shot(
    plan: FilmPlan,
    shot: ShotPlan,
    local: int,
    renderer: Renderer,
    *,
    backdrop: Picture,
    motion_samples: int,
) -> tuple[Picture, tuple[tuple[int, FaceTruth], ...]]:
    """Return the picture of one shot at one moment, before it is graded, and its faces' truth.

    Parameters
    ----------
    plan
        Whose picture size and rate count.
    shot
        One of its shots, or one that was changed.
    local
        Frame, from the first of the shot's core.
    renderer
        Of the plan's picture size.
    backdrop
        From `draw_backing`.
    motion_samples
        As in `shoot`.
    """
    total = np.zeros((plan.size_wh[1], plan.size_wh[0], 3), np.float32)
    faces: list[tuple[int, FaceTruth]] = []
    rgb: Picture = np.zeros((1, 1, 3), np.uint8)
    for sample in range(motion_samples):
        time = local + 0.5 * sample / motion_samples
        moment = _moment(plan, shot, local, time, backdrop)
        drawn = renderer.draw(moment)
        rgb = drawn.rgb
        if motion_samples > 1:
            total += rgb
        if sample == 0:
            for position, (part, actor) in enumerate(zip(shot.parts, drawn.actors, strict=True)):
                intensities = part.performance.intensities(local)
                truth = measure_face(actor, moment.camera, drawn.depth, intensities)
                if truth.inside_share > 0 and truth.visible_share > 0:
                    faces.append((position, truth))
    if motion_samples > 1:
        rgb = (total / motion_samples + 0.5).astype(np.uint8)
    return rgb, tuple(faces)


def _moment(plan: FilmPlan, shot: ShotPlan, local: int, time: float, backdrop: Picture) -> Moment:
    n = max(1, shot.core_end_frame - shot.core_start_frame)
    camera = shot.camera.at(time / n, time / plan.rate_fps, plan.size_wh)
    actors = tuple(
        Actor(
            person=part.person,
            pose=part.performance.pose(local),
            place=part.place,
            facing_deg=part.facing_deg,
            hand=part.hand,
        )
        for part in shot.parts
    )
    return Moment(
        camera=camera,
        light=shot.light,
        actors=actors,
        backdrop=backdrop,
        window=_window(shot, camera),
    )


def _window(shot: ShotPlan, camera: Camera) -> tuple[float, float, float, float]:
    """Return the part of the backdrop that the camera sees: it slides as the camera turns."""
    first = shot.camera.at(0.0, 0.0, camera.size_wh)
    yaw, pitch = _heading(camera)
    yaw0, pitch0 = _heading(first)
    height = min(0.9, 0.30 + camera.height_deg / 70)
    width = min(0.95, height * camera.size_wh[0] / camera.size_wh[1] * 0.66)
    left = (1 - width) / 2 + (yaw - yaw0) / 90
    top = (1 - height) / 2 - (pitch - pitch0) / 90
    return float(np.clip(left, 0, 1 - width)), float(np.clip(top, 0, 1 - height)), width, height


def _heading(camera: Camera) -> tuple[float, float]:
    way = np.array(camera.target) - np.array(camera.eye)
    yaw = float(np.degrees(np.arctan2(way[0], -way[2])))
    return yaw, float(np.degrees(np.arctan2(way[1], np.hypot(way[0], way[2]))))
