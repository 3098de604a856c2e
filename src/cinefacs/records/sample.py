"""One face in one picture of a data set, or a picture without any face."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from cinefacs.records.checks import require

__all__ = ["Part", "Sample", "SampleRole"]


class SampleRole(StrEnum):
    """Why a face stands in a data set."""

    APEX = "apex"
    """At the apex of an expression or of an action unit."""
    EVENT = "event"
    """Between onset and offset."""
    NEUTRAL = "neutral"
    """A coder looked and found nothing."""
    OTHER_FACE = "other_face"
    """In the picture of another sample; nobody labelled it."""
    NO_FACE = "no_face"
    """The picture shows no face that was found."""
    IMPORTED = "imported"
    """From a data set that does not say."""


class Part(StrEnum):
    """What a sample is for in one division of a data set."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"
    UNUSED = "unused"
    """Left out, so that nothing leaks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A face, its picture, its classes and where all of it comes from.

    Faces of one picture have the same `image_path`. A class that is neither in `classes` nor in
    `unknown_classes` is known to be absent.
    """

    sample_id: str
    """Name, unique in the data set, such as ``003-06-000172``: film, character, frame."""
    role: SampleRole
    """Why it was taken."""
    film_id: str
    """SHA-256 of the film, or the name of the folder or the file that an import came from."""
    film_number: int
    """The tag's first field; 0 where there is no study."""
    character_number: int | None
    """The tag's second field; None where the face belongs to no character, or there is none."""
    subject: str
    """Person whose samples never stand on both sides: the character such as ``003-06``, or a name
    for characters of several films; empty where it is not known or there is no face."""
    shot_index: int | None
    """Shot of the film; None where it is not known."""
    clip_tag: str | None
    """Clip such as ``003-06-0007``; None where the frame lies in none."""
    event_id: str
    """Expression or action unit that it was taken from; empty: of none."""
    frame_index: int
    """Frame of the film, from 0."""
    pts: int
    """Time stamp, ticks of `time_base`."""
    time_base: Fraction
    """Seconds per tick."""
    image_path: str
    """The whole picture, with ``/``, relative to the manifest's base."""
    image_sha256: str
    """SHA-256 of the picture's file."""
    image_width_px: int
    """Width of the picture."""
    image_height_px: int
    """Height of the picture."""
    box_xyxy: tuple[float, ...] | None
    """Corners of the face, px of the picture, may reach beyond its border; None: no face."""
    points_xy: tuple[float, ...] | None = None
    """The five points of `cinefacs.records.face_track.FaceTrack`, x and y in turn, 10 numbers, px;
    None where they are not known."""
    classes: tuple[str, ...] = ()
    """Classes that hold, in the order of the class space; none for a picture without face."""
    intensities: tuple[int, ...] = ()
    """For each of `classes` 1 to 5 for A to E, or 0 where it was not said; or none at all."""
    unknown_classes: tuple[str, ...] = ()
    """Classes of which nothing is known: nobody looked, or could not tell."""
    hidden_classes: tuple[str, ...] = ()
    """Those of `unknown_classes` that are there but that the picture does not show."""
    au_codes: tuple[str, ...] = ()
    """Action units at this moment as coders write them, such as ``L12B``, whatever the space."""
    kind: str = ""
    """``micro`` or ``macro`` as the coder called the expression; empty: not said."""
    coder: str = ""
    """Who labelled it; empty for faces and pictures that nobody labelled."""
    label_set: str = ""
    """Version of the coder's work."""
    label_source: str = ""
    """Where the label came from, such as ``cvat``, ``casme2`` or ``synthetic``."""
    parts: tuple[str, ...] = ()
    """What it is for, a `Part` for each fold of the manifest; none before the data set is
    split."""

    def __post_init__(self) -> None:
        """Check identity, picture, box and classes."""
        require(bool(self.sample_id), "Sample.sample_id", "a name", self.sample_id)
        require(bool(self.film_id), "Sample.film_id", "a name", self.film_id)
        require(self.film_number >= 0, "Sample.film_number", "0 or more", self.film_number)
        require(self.frame_index >= 0, "Sample.frame_index", "0 or more", self.frame_index)
        require(self.time_base > 0, "Sample.time_base", "a fraction above 0", self.time_base)
        self._check_picture()
        self._check_box()
        self._check_classes()
        known = set(Part)
        require(set(self.parts) <= known, "Sample.parts", f"of {sorted(known)}", self.parts)

    def _check_picture(self) -> None:
        path = self.image_path
        is_inside = bool(path) and not path.startswith("/") and "\\" not in path
        is_inside = is_inside and not {"", ".", ".."} & set(path.split("/"))
        require(is_inside, "Sample.image_path", "a relative path with / and without ..", path)
        digest = self.image_sha256
        is_sha256 = len(digest) == 64 and set(digest) <= set("0123456789abcdef")
        require(is_sha256, "Sample.image_sha256", "64 hexadecimal digits", digest)
        size_wh = self.image_wh
        require(min(size_wh) >= 1, "Sample image size", "at least 1x1 px", size_wh)

    def _check_box(self) -> None:
        has_face = self.role is not SampleRole.NO_FACE
        for name in ("box_xyxy", "points_xy"):  # whole numbers too, so that digests agree
            values = getattr(self, name)
            if values is not None:
                object.__setattr__(self, name, tuple(float(value) for value in values))
        box = self.box_xyxy
        expected = "corners of a face" if has_face else "None, as there is no face"
        if self.role is not SampleRole.IMPORTED:
            require((box is not None) == has_face, "Sample.box_xyxy", expected, box)
        if box is not None:
            is_box = len(box) == 4 and box[0] < box[2] and box[1] < box[3]
            is_box = is_box and all(abs(corner) < float("inf") for corner in box)
            require(is_box, "Sample.box_xyxy", "x1 < x2 and y1 < y2, finite", box)
        points = self.points_xy
        if points is not None:
            is_points = box is not None and len(points) == 10
            is_points = is_points and all(abs(value) < float("inf") for value in points)
            require(is_points, "Sample.points_xy", "10 finite numbers beside a box", points)

    def _check_classes(self) -> None:
        classes, unknown = set(self.classes), set(self.unknown_classes)
        is_once = len(classes) == len(self.classes) and len(unknown) == len(self.unknown_classes)
        require(is_once, "Sample.classes", "each class once", self.classes)
        both = classes & unknown
        require(not both, "Sample.classes", "no class both held and unknown", sorted(both))
        hidden = set(self.hidden_classes)
        require(hidden <= unknown, "Sample.hidden_classes", "unknown classes", sorted(hidden))
        has_face = self.box_xyxy is not None
        require(has_face or not classes, "Sample.classes", "none without a face", self.classes)
        n_given, n_classes = len(self.intensities), len(self.classes)
        require(
            n_given in {0, n_classes} and all(0 <= rank <= 5 for rank in self.intensities),
            "Sample.intensities",
            f"{n_classes} numbers from 0 to 5, or none",
            self.intensities,
        )

    @property
    def image_wh(self) -> tuple[int, int]:
        """Width and height of the picture, px."""
        return self.image_width_px, self.image_height_px

    @property
    def has_face(self) -> bool:
        """Whether the sample is a face."""
        return self.box_xyxy is not None

    @property
    def frame_key(self) -> tuple[str, int]:
        """Film and frame: samples of one picture have the same."""
        return self.film_id, self.frame_index
