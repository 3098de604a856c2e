"""A chosen face, or a picture without one, written down as a sample."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cinefacs.datasets.film_faces import Face
from cinefacs.datasets.frame_pictures import Picture
from cinefacs.datasets.selection import Pick
from cinefacs.datasets.targets import au_codes
from cinefacs.records.clip import Clip
from cinefacs.records.film import Film
from cinefacs.records.sample import Sample, SampleRole
from cinefacs.records.shot import Shot

if TYPE_CHECKING:
    from cinefacs.records.au_label import AuLabel
    from cinefacs.records.coded_span import CodedSpan
    from cinefacs.records.expression_label import ExpressionLabel

__all__ = ["empty_sample", "face_sample"]


def face_sample(
    face: Face,
    pick: Pick,
    picture: Picture,
    *,
    film: Film,
    clips: Sequence[Clip],
    subjects: Mapping[int, str],
) -> Sample:
    """Return the sample of a face.

    Parameters
    ----------
    face, pick, picture
        The face, why it was chosen and what is said of it, and what shows it.
    film, clips
        Film and all its clips.
    subjects
        Whom the samples of each character belong to, by number.
    """
    number, target = face.character_number, pick.target
    owner = f"t{face.track_id}" if number is None else f"{number:02d}"
    coder, label_set, source = _authorship(pick)
    return Sample(
        sample_id=f"{film.film_number:03d}-{owner}-{face.frame_index:06d}",
        role=pick.role,
        film_id=film.film_id,
        film_number=film.film_number,
        character_number=number,
        subject="" if number is None else subjects[number],
        shot_index=face.shot_index,
        clip_tag=_clip_of(clips, number, face.frame_index),
        event_id=pick.event_id,
        frame_index=face.frame_index,
        pts=face.pts,
        time_base=film.span.time_base,
        image_path=picture.path,
        image_sha256=picture.sha256,
        image_width_px=picture.size_wh[0],
        image_height_px=picture.size_wh[1],
        # Cropped pictures of one sequence may differ in size.
        box_xyxy=face.box_xyxy if face.points_xy else (0, 0, *picture.size_wh),
        points_xy=face.points_xy,
        classes=target.classes,
        intensities=target.intensities,
        unknown_classes=target.unknown,
        hidden_classes=target.hidden,
        au_codes=au_codes(pick.moment.aus),
        kind=_kind(pick),
        coder=coder,
        label_set=label_set,
        label_source=source,
    )


def empty_sample(
    frame_index: int, picture: Picture, *, film: Film, shots: Sequence[Shot]
) -> Sample:
    """Return the sample of a picture without a face.

    Parameters
    ----------
    frame_index, picture
        The frame and what shows it.
    film, shots
        Film and all its shots.
    """
    shot = next(each for each in shots if each.start_frame <= frame_index < each.end_frame)
    return Sample(
        sample_id=f"{film.film_number:03d}-{frame_index:06d}",
        role=SampleRole.NO_FACE,
        film_id=film.film_id,
        film_number=film.film_number,
        character_number=None,
        subject="",
        shot_index=shot.shot_index,
        clip_tag=None,
        event_id="",
        frame_index=frame_index,
        pts=picture.pts,
        time_base=film.span.time_base,
        image_path=picture.path,
        image_sha256=picture.sha256,
        image_width_px=picture.size_wh[0],
        image_height_px=picture.size_wh[1],
        box_xyxy=None,
    )


def _clip_of(clips: Sequence[Clip], number: int | None, frame: int) -> str | None:
    return next(
        (
            clip.tag
            for clip in clips
            if clip.character_number == number and clip.start_frame <= frame < clip.end_frame
        ),
        None,
    )


def _kind(pick: Pick) -> str:
    kinds = [
        str(label.kind)
        for label in pick.moment.expressions
        if label.kind is not None and pick.event_id in {"", label.expression_id}
    ]
    return kinds[0] if kinds else ""


def _authorship(pick: Pick) -> tuple[str, str, str]:
    """Return coder, label set and source of a face; nobody's where nothing is known of it."""
    moment = pick.moment
    ordered = sorted(moment.expressions, key=lambda label: label.expression_id != pick.event_id)
    said: tuple[ExpressionLabel | AuLabel | CodedSpan, ...] = (
        *ordered, *moment.aus, *moment.coded,
    )  # fmt: skip
    for label in said:
        return label.coder, label.label_set, label.source
    return "", "", ""
