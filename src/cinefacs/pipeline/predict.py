"""``predict``: pictures through an exported detector; crops are cut where the finder says."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.engines.catalog import model_path
from cinefacs.engines.session import Session
from cinefacs.errors import ConfigError
from cinefacs.faces.finder import FaceFinder
from cinefacs.inference.exported import ExportedDetector
from cinefacs.media.decode import decode_film
from cinefacs.media.frame import Frame
from cinefacs.media.picture_files import read_picture_file
from cinefacs.media.read_ahead import read_ahead
from cinefacs.records.detections import Detections
from cinefacs.records.picture_suffixes import PICTURE_SUFFIXES
from cinefacs.records.step import Step
from cinefacs.storage.atomic import atomic_path, write_json

__all__ = [
    "FINDER",
    "FINDER_WIDTH_PX",
    "FoundThing",
    "PicturePrediction",
    "PredictSummary",
    "Still",
    "predict_film",
    "predict_pictures",
]

Rgb = npt.NDArray[np.uint8]

LABEL_THRESHOLD = 0.5
"""Score from which on a label of a face with several counts as said."""
FINDER = "centerface"
FINDER_WIDTH_PX = 640
_COLOUR = (255, 200, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundThing:
    """One box."""

    name: str
    """Its class; where a face has several, those from 0.5 up, joined by plus signs."""
    score: float
    """0 to 1: of the class, or of the face where it has several."""
    box_xyxy: tuple[float, float, float, float]
    """px of the picture."""
    class_scores: dict[str, float]
    """Score of every class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PicturePrediction:
    """What was found in one picture."""

    path: str
    """File of the picture."""
    found: tuple[FoundThing, ...]
    """Best first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PredictSummary:
    """What was found in all pictures."""

    detector: str
    """Name of the network."""
    pictures: tuple[PicturePrediction, ...]
    """In the order in which they were given."""
    out: Path | None
    """Where it was written."""

    def as_document(self) -> dict[str, Any]:
        """Return the summary as plain JSON values."""
        return {
            "detector": self.detector,
            "out": None if self.out is None else str(self.out),
            "pictures": [asdict(picture) for picture in self.pictures],
        }


@dataclass(frozen=True, slots=True)
class Still:
    """A picture as the face finder takes frames."""

    rgb: Rgb

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height, px."""
        return (self.rgb.shape[1], self.rgb.shape[0])

    def small_rgb(self, size_wh: tuple[int, int]) -> Rgb:
        """Return the picture scaled down."""
        small = cv2.resize(self.rgb, size_wh, interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.uint8)


def predict_pictures(
    detector: Path,
    sources: Sequence[Path],
    *,
    out: Path | None = None,
    score_floor: float | None = None,
    is_drawn: bool = False,
    is_rect: bool = False,
    device: str = "CPU",
    on_step: Callable[[Step], None] | None = None,
) -> PredictSummary:
    """Find faces and what they show in pictures.

    Parameters
    ----------
    detector
        Folder that ``cinefacs export`` made.
    sources
        Pictures, and folders whose pictures are all taken.
    out
        Folder for ``predictions.json`` and drawn pictures; None writes nothing.
    score_floor
        Least score; None takes the threshold that training chose.
    is_drawn
        Write each picture with its boxes.
    is_rect
        Show whole pictures in the smallest rectangle instead of the square; crops are square.
    device
        OpenVINO device.
    on_step
        Told after each picture.

    Raises
    ------
    ConfigError
        No picture was given, drawing was asked for without a folder, or rectangles of a detector
        of crops or of one with fixed sides.
    ModelError
        The detector or the face finder cannot be read.
    FilmError
        A picture cannot be read.
    """
    if is_drawn and out is None:
        raise ConfigError("--draw: expected a folder to draw into, got none", hint="give --out")
    paths = list(_pictures(sources))
    network = ExportedDetector(detector, device=device)
    if is_rect and network.card.input_spec.mode == "crop":
        raise ConfigError(
            "--rect: expected a detector of whole pictures, got one of crops",
            hint="leave --rect out: a face is read in a square",
        )
    finder = None
    if network.card.input_spec.mode == "crop":
        finder = FaceFinder(Session(model_path(FINDER), device=device), width_px=FINDER_WIDTH_PX)
    predictions = []
    for number, path in enumerate(paths, start=1):
        rgb = read_picture_file(path)
        found = _find(network, finder, rgb, score_floor, is_rect=is_rect)
        predictions.append(PicturePrediction(path=str(path), found=_things(found)))
        if is_drawn and out is not None:
            _draw(out / f"{number:05d}-{path.stem}.png", rgb, predictions[-1])
        if on_step is not None:
            on_step(Step(name="predict", n_done=number, n_total=len(paths), unit="pictures"))
    summary = PredictSummary(detector=network.card.network, pictures=tuple(predictions), out=out)
    if out is not None:
        write_json(out / "predictions.json", summary.as_document())
    return summary


def predict_film(
    detector: Path,
    film: Path,
    *,
    score_floor: float | None = None,
    device: str = "CPU",
) -> Iterator[tuple[Frame, Detections]]:
    """Yield what a detector of whole pictures finds in each frame of a film, in order.

    A thread decodes while the network computes; memory does not grow with the film. Whole frames
    are the paper's way; `cinefacs.analyze` follows faces and makes events of what it reads.

    Parameters
    ----------
    detector
        Folder that ``cinefacs export`` made.
    film
        The file.
    score_floor
        Least score; None takes the threshold that training chose.
    device
        OpenVINO device.

    Raises
    ------
    ConfigError
        The detector reads crops of faces.
    FilmError
        The film cannot be read.
    ModelError
        The detector cannot be read.
    """
    network = ExportedDetector(detector, device=device)
    is_free = network.card.shape.size_wh is None
    with closing(read_ahead(decode_film(film))) as chunks:
        frames = ((frame, frame.rgb()) for chunk in chunks for frame in chunk)
        yield from network.stream_pictures(frames, score_floor=score_floor, is_rect=is_free)


def _pictures(sources: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for source in sources:
        if source.is_dir():
            inside = (p for p in source.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)
            found += sorted(inside)
        else:
            found.append(source)
    if not found:
        raise ConfigError("sources: expected at least one picture, got none")
    return found


def _find(
    network: ExportedDetector,
    finder: FaceFinder | None,
    rgb: Rgb,
    score_floor: float | None,
    *,
    is_rect: bool,
) -> Detections:
    if finder is None:
        return network.find([rgb], score_floor=score_floor, is_rect=is_rect)
    faces = finder.find(Still(rgb))
    return network.read_faces(
        rgb, faces.box_xyxy, eyes_xy=faces.points_xy[:, :2], score_floor=score_floor
    )


def _things(found: Detections) -> tuple[FoundThing, ...]:
    names = found.class_space.names
    face = found.class_space.box_index
    things = []
    for row in np.argsort(-found.score, kind="stable"):
        scores = {} if found.class_scores is None else {
            name: round(float(value), 5)
            for name, value in zip(names, found.class_scores[row], strict=True)
        }  # fmt: skip
        name = names[found.class_index[row]]
        if face is not None:
            said = [n for n, s in scores.items() if s >= LABEL_THRESHOLD and n != names[face]]
            name = "+".join(said) or names[face]
        x1, y1, x2, y2 = (round(float(v), 2) for v in found.boxes_xyxy[row])
        things.append(
            FoundThing(
                name=name,
                score=round(float(found.score[row]), 5),
                box_xyxy=(x1, y1, x2, y2),
                class_scores=scores,
            )
        )
    return tuple(things)


def _draw(path: Path, rgb: Rgb, prediction: PicturePrediction) -> None:
    """Write a picture with its boxes and what they are called."""
    canvas = rgb.copy()
    width = max(1, round(max(rgb.shape) / 400))
    for thing in prediction.found:
        x1, y1, x2, y2 = (round(v) for v in thing.box_xyxy)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), _COLOUR, width)
        text = f"{thing.name} {thing.score:.2f}"
        place = (x1, max(12 * width, y1 - 4))
        cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45 * width, _COLOUR, width)
    _, png = cv2.imencode(".png", np.ascontiguousarray(canvas[:, :, ::-1]))
    with atomic_path(path) as temporary:
        temporary.write_bytes(png.tobytes())
