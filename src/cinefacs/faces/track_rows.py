"""Gather what was seen of one face, frame by frame, until it becomes a record."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from cinefacs.faces.codability import FaceEvidence, is_readable_face, judge, measure_light
from cinefacs.faces.config import FaceConfig, FaceLimits
from cinefacs.faces.portraits import FacePicture, PortraitKeeper, cut_picture, rate_quality
from cinefacs.faces.tracker import Sighting
from cinefacs.media.frame import Frame
from cinefacs.records.face_track import (
    CODABILITY_ORDER,
    Blendshapes,
    Codability,
    FaceTrack,
    recognisable,
)

__all__ = ["TrackRows"]


class TrackRows:
    """The rows of one track, or of one piece of a long track.

    Parameters
    ----------
    config
        Limits of codability and number of portraits.
    readability
        Limits of what a detector reads.
    shot_index
        Shot that the track lies in.
    """

    def __init__(self, config: FaceConfig, readability: FaceLimits, *, shot_index: int) -> None:
        self._config = config
        self._readability = readability
        self._shot_index = shot_index
        self._frames: list[tuple[int, int, int]] = []  # index, pts, end_pts
        self._box: list[npt.NDArray[np.float32]] = []
        self._points: list[npt.NDArray[np.float32]] = []
        self._numbers: list[tuple[float, float, float, float]] = []  # score luma sharpness presence
        self._is_measured: list[bool] = []
        self._is_seen: list[bool] = []
        self._pose: list[npt.NDArray[np.float32]] = []
        self._blendshapes: list[npt.NDArray[np.float32] | None] = []
        self._keeper = PortraitKeeper()
        self._size_wh = (0, 0)
        self._time_base = Fraction(1)

    @property
    def start_pts(self) -> int:
        """Time of the first frame, ticks."""
        return self._frames[0][1]

    def add(
        self, frame: Frame, sighting: Sighting, blendshapes: npt.NDArray[np.float32] | None
    ) -> tuple[Codability, bool]:
        """Note what is known of the face in the next frame; return who could read it.

        A face that is seen again after frames without sight has, in these frames, moved on the
        straight line between both sightings, which is nearer to the truth than the guesses.

        Parameters
        ----------
        frame
            The frame after the last one.
        sighting
            The face in it.
        blendshapes : (52,) float32, or None without a mesh

        Returns
        -------
        Codability
            Whether a coder could, and if not, why.
        bool
            Whether a detector can.
        """
        luma, sharpness = measure_light(frame.rgb(), sighting.box_xyxy)
        mesh = sighting.mesh
        presence = 0.0 if mesh is None else float(mesh.presence)
        self._size_wh, self._time_base = frame.size_wh, frame.time_base
        self._frames.append((frame.index, frame.pts, frame.end_pts))
        self._box.append(sighting.box_xyxy)
        self._points.append(sighting.points_xy)
        self._numbers.append((sighting.score, luma, sharpness, presence))
        self._is_measured.append(sighting.is_measured)
        self._is_seen.append(sighting.is_seen)
        self._pose.append(np.zeros(3, np.float32) if mesh is None else mesh.pose_deg)
        self._blendshapes.append(blendshapes)
        evidence, size_wh = self._evidence(slice(-1, None)), frame.size_wh
        code = judge(evidence, resolution_wh=size_wh, config=self._config.codability)[0]
        codability = CODABILITY_ORDER[int(code)]
        is_readable = mesh is not None and bool(
            is_readable_face(evidence, resolution_wh=size_wh, config=self._readability)[0]
        )
        if sighting.is_seen:
            self._bridge_gap()
            self._offer_portrait(frame, sighting, codability)
        return codability, is_readable

    def trim(self, last_frame: int, *, n_min_sightings: int) -> bool:
        """Drop what lies after the last sighting; return whether enough of them are left.

        Parameters
        ----------
        last_frame
            Last frame of the film that belongs to the track.
        n_min_sightings
            Sightings by finder and landmark model, both counted.
        """
        n = min(max(0, last_frame - self._frames[0][0] + 1), len(self._frames))
        while n > 0 and not self._is_seen[n - 1]:
            n -= 1
        for rows in (self._frames, self._box, self._points, self._numbers, self._is_measured,
                     self._is_seen, self._pose, self._blendshapes):  # fmt: skip
            del rows[n:]
        n_meshes = sum(each is not None for each in self._blendshapes)
        return n > 0 and sum(self._is_measured) + n_meshes >= n_min_sightings

    def to_records(self, film_id: str, track_id: int) -> tuple[FaceTrack, Blendshapes]:
        """Return the track and its blendshapes."""
        frame_index, pts, _ = np.array(self._frames, np.int64).T
        score, luma, sharpness, _ = np.array(self._numbers, np.float32).T
        track = FaceTrack(
            film_id=film_id,
            track_id=track_id,
            shot_index=self._shot_index,
            time_base=self._time_base,
            frame_index=frame_index,
            pts=pts,
            end_pts=self._frames[-1][2],
            box_xyxy=np.array(self._box, np.float32),
            points_xy=np.array(self._points, np.float32),
            score=score,
            is_measured=np.array(self._is_measured, np.bool_),
            sharpness=sharpness,
            luma=luma,
            codability_code=judge(
                self._evidence(slice(None)),
                resolution_wh=self._size_wh,
                config=self._config.codability,
            ),
        )
        has_mesh = [i for i, scores in enumerate(self._blendshapes) if scores is not None]
        blendshapes = Blendshapes(
            film_id=film_id,
            track_id=track_id,
            frame_index=frame_index[has_mesh],
            pose_deg=np.array([self._pose[i] for i in has_mesh], np.float32).reshape(-1, 3),
            scores=np.array(
                [scores for scores in self._blendshapes if scores is not None], np.float32
            ).reshape(-1, 52),
        )
        return track, blendshapes

    def pictures(self) -> list[FacePicture]:
        """Return the best pictures of the track, best first."""
        return self._keeper.choose(
            self._config.portraits_per_track, last_frame=self._frames[-1][0]
        )  # fmt: skip

    def _evidence(self, rows: slice) -> FaceEvidence:
        """Return what is known of the face in some of the frames."""
        _, luma, sharpness, presence = np.array(self._numbers[rows], np.float32).T
        return FaceEvidence(
            box_xyxy=np.array(self._box[rows], np.float32),
            points_xy=np.array(self._points[rows], np.float32),
            luma=luma,
            sharpness=sharpness,
            presence=presence,
            pose_deg=np.array(self._pose[rows], np.float32),
        )

    def _offer_portrait(self, frame: Frame, sighting: Sighting, codability: Codability) -> None:
        """Keep the picture of the last row if it is a good one."""
        points = sighting.points_xy
        _, luma, sharpness, _ = self._numbers[-1]
        if not np.ptp(points, axis=0).any():
            return
        height_px = sighting.box_xyxy[3:] - sighting.box_xyxy[1:2]  # (1,)
        is_recognisable = recognisable(
            np.array([CODABILITY_ORDER.index(codability)], np.uint8),
            height_px=height_px,
            luma=np.array([luma], np.float32),
        )
        quality = rate_quality(
            height_px=float(height_px[0]),
            sharpness=sharpness,
            pose_deg=None if sighting.mesh is None else sighting.mesh.pose_deg,
            is_codable=codability is Codability.CODABLE,
        )
        self._keeper.offer(
            frame.pts * frame.time_base,
            quality,
            lambda: cut_picture(
                frame.rgb(),
                points,
                frame_index=frame.index,
                quality=quality,
                is_recognisable=bool(is_recognisable[0]),
            ),
        )

    def _bridge_gap(self) -> None:
        """Put unseen frames just before the last one on the straight line between sightings."""
        last = len(self._frames) - 1
        first = last
        while first > 0 and not self._is_seen[first - 1]:
            first -= 1
        if first in {0, last}:
            return
        start, end = self._frames[first - 1][1], self._frames[last][1]
        for i in range(first, last):
            share = np.float32((self._frames[i][1] - start) / (end - start))
            for rows in (self._box, self._points):
                rows[i] = rows[first - 1] + share * (rows[last] - rows[first - 1])
