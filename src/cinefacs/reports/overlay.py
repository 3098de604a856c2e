"""Draw boxes, names, action units and events onto a frame, legible from 360 lines to 2160."""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

from cinefacs.reports.config import AnnotatedFilmConfig
from cinefacs.reports.frame_view import EventView, FaceView, FrameView
from cinefacs.reports.lettering import Colour, Rgb, blend_box, text_width_px, write_text_on

__all__ = ["Overlay", "colour_of"]

Box: TypeAlias = tuple[float, float, float, float]

_PALETTE: tuple[Colour, ...] = (
    (255, 176, 0), (86, 180, 233), (0, 190, 130), (240, 228, 66),
    (230, 130, 190), (213, 94, 0), (120, 150, 255), (190, 210, 160),
)  # fmt: skip
"""Told apart by the colour-blind, too: after M. Okabe and K. Ito, "Color Universal Design", 2008,
lightened to stand out on dark grounds."""
_UNKNOWN: Colour = (190, 190, 190)
_WHITE: Colour = (255, 255, 255)
_DIM: Colour = (165, 165, 165)
_DARK: Colour = (12, 14, 18)
_GROUND_SHARE = 0.66
_GROOVE: Colour = (92, 96, 104)
_BAR_LINES = 3.2
"""Length of a full bar, in line heights."""
_KEPT_SIDE_BONUS = 0.25
"""How much worse than another side the one that a panel had may become before it moves, in areas
of the panel."""


def colour_of(person: int) -> Colour:
    """Return a character's colour: the same in every frame of every film."""
    return _PALETTE[(person - 1) % len(_PALETTE)] if person > 0 else _UNKNOWN


class Overlay:
    """Draw one frame after the other; panels stay on the side of a face where they were.

    Parameters
    ----------
    config
        What is shown.
    """

    def __init__(self, config: AnnotatedFilmConfig) -> None:
        self._config = config
        self._sides: dict[int, int] = {}
        self._line_px = 0.0

    def paint(self, picture: Rgb, view: FrameView) -> None:
        """Draw into a picture.

        Parameters
        ----------
        picture : (H, W, 3) uint8, written
        view
            What is to be shown.
        """
        height, width = picture.shape[:2]
        share = self._config.text_share * min(height, width * 9 / 16)
        self._line_px = max(self._config.min_text_px, share)
        taken: list[Box] = [_box(face) for face in view.faces]
        for face in view.faces:
            self._frame_face(picture, face)
        taken += [self._name_face(picture, face) for face in view.faces]
        for face in view.faces:
            if face.aus:
                taken.append(self._list_aus(picture, face, taken))
        self._sides = {
            face.key: self._sides[face.key] for face in view.faces if face.key in self._sides
        }
        self._list_events(picture, view.events)
        if self._config.has_clock and view.clock:
            self._tell_time(picture, view.clock)

    def _frame_face(self, picture: Rgb, face: FaceView) -> None:
        """Draw the box: whole where the face was read, its corners alone where not."""
        x1, y1, x2, y2 = (round(edge) for edge in _box(face))
        weight = max(1, round(self._line_px / 8))
        for thickness, colour in ((weight + 2, _DARK), (weight, colour_of(face.person))):
            if not face.reason:
                cv2.rectangle(picture, (x1, y1), (x2, y2), colour, thickness, cv2.LINE_AA)
                continue
            reach = max(2, min(x2 - x1, y2 - y1) // 5)
            for x, dx in ((x1, reach), (x2, -reach)):
                for y, dy in ((y1, reach), (y2, -reach)):
                    corner = np.array([[x + dx, y], [x, y], [x, y + dy]], np.int32)
                    cv2.polylines(picture, [corner], False, colour, thickness, cv2.LINE_AA)  # noqa: FBT003  (OpenCV's own)

    def _name_face(self, picture: Rgb, face: FaceView) -> Box:
        """Write name and, where the face was not read, the reason, on a tab at the box."""
        line, colour = self._line_px, colour_of(face.person)
        pad = line / 4
        name_width = text_width_px(face.name, line) if face.name else 0.0
        reason_width = text_width_px(face.reason, line) + pad if face.reason else 0.0
        width, height = name_width + reason_width + 2 * pad, line * 1.15
        x1, y1, _, y2 = _box(face)
        left = min(max(0.0, x1), max(0.0, picture.shape[1] - width))
        top = y1 - height
        if top < 0:  # no room above: below, or within where the box fills the picture
            top = y2 if y2 + height <= picture.shape[0] else max(0.0, y1)
        tab = (left, top, left + width, top + height)
        if face.name:
            blend_box(picture, (left, top, left + name_width + 2 * pad, tab[3]), colour, share=1)
        if face.reason:
            start = left + name_width + 2 * pad if face.name else left
            blend_box(picture, (start, top, tab[2] + pad, tab[3]), _DARK, share=_GROUND_SHARE)
            write_text_on(
                picture, face.reason, left=start + pad / 2, top=top, line_px=line, colour=_WHITE
            )
        write_text_on(picture, face.name, left=left + pad, top=top, line_px=line, colour=_DARK)
        return tab

    def _list_aus(self, picture: Rgb, face: FaceView, taken: Sequence[Box]) -> Box:
        """Write the action units with bars, where they hide least."""
        line = self._line_px
        pad = line / 4
        label_width = max(text_width_px(f"AU{each.au}", line) for each in face.aus)
        bar_px = _BAR_LINES * line
        size = (label_width + bar_px + 3 * pad, line * 1.1 * len(face.aus) + pad)
        left, top = self._place(picture, face, size, taken)
        panel = (left, top, left + size[0], top + size[1])
        blend_box(picture, panel, _DARK, share=_GROUND_SHARE)
        for row, each in enumerate(face.aus):
            y = top + pad / 2 + row * line * 1.1
            colour = _WHITE if each.is_in_event else _DIM
            write_text_on(
                picture, f"AU{each.au}", left=left + pad, top=y, line_px=line, colour=colour
            )
            x = left + label_width + 2 * pad
            y1, y2 = y + line * 0.24, y + line * 0.80
            blend_box(picture, (x, y1, x + bar_px, y2), _GROOVE, share=1)
            filled = colour_of(face.person) if each.is_in_event else _DIM
            blend_box(picture, (x, y1, x + bar_px * each.score, y2), filled, share=1)
        return panel

    def _place(
        self, picture: Rgb, face: FaceView, size: tuple[float, float], taken: Sequence[Box]
    ) -> tuple[float, float]:
        """Return the corner of the panel at the side that hides least of other things."""
        height, width = picture.shape[:2]
        x1, y1, x2, y2 = _box(face)
        gap = self._line_px / 4
        corners = (
            (x2 + gap, y1),
            (x1 - gap - size[0], y1),
            (x1, y2 + gap),
            (x1, y2 - size[1]),
        )
        inside = [
            (
                min(max(0.0, left), max(0.0, width - size[0])),
                min(max(0.0, top), max(0.0, height - size[1])),
            )
            for left, top in corners
        ]
        area = size[0] * size[1]
        kept = self._sides.get(face.key)
        costs = [
            sum(_shared((left, top, left + size[0], top + size[1]), box) for box in taken) / area
            - (_KEPT_SIDE_BONUS if side == kept else 0.0)
            for side, (left, top) in enumerate(inside)
        ]
        best = min(range(len(costs)), key=lambda side: (costs[side], side))
        self._sides[face.key] = best
        return inside[best]

    def _list_events(self, picture: Rgb, events: Sequence[EventView]) -> None:
        """Write the events at the lower left, the newest at the bottom."""
        line, pad = self._line_px, self._line_px / 3
        top = picture.shape[0] - pad
        for event in reversed(events):
            top -= line * 1.25
            if top < 0:
                return
            room = picture.shape[1] - 2 * pad
            words = _fitting(event.words, line, room - line)
            right = pad + line + text_width_px(words, line) + pad
            blend_box(picture, (pad, top, right, top + line * 1.15), _DARK, share=_GROUND_SHARE)
            colour = _DIM if event.is_over else colour_of(event.person)
            mark = (pad, top, pad + line * 0.4, top + line * 1.15)
            blend_box(picture, mark, colour, share=1)
            ink = _DIM if event.is_over else _WHITE
            write_text_on(picture, words, left=pad + line * 0.7, top=top, line_px=line, colour=ink)

    def _tell_time(self, picture: Rgb, clock: str) -> None:
        line, pad = self._line_px * 0.85, self._line_px / 4
        left = picture.shape[1] - text_width_px(clock, line) - 2 * pad
        ground = (left - pad, pad, picture.shape[1] - pad, pad + line * 1.15)
        blend_box(picture, ground, _DARK, share=_GROUND_SHARE)
        write_text_on(picture, clock, left=left, top=pad, line_px=line, colour=_WHITE)


def _box(face: FaceView) -> Box:
    x1, y1, x2, y2 = (float(edge) for edge in face.box_xyxy)
    return x1, y1, x2, y2


def _shared(a: Box, b: Box) -> float:
    """Return the area that two boxes share, px."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height)


def _fitting(words: str, line_px: float, room_px: float) -> str:
    """Return as much of a text as fits, with dots where it was cut."""
    if text_width_px(words, line_px) <= room_px:
        return words
    kept = words
    while kept and text_width_px(f"{kept}...", line_px) > room_px:
        kept = kept[:-1]
    return f"{kept}..."
