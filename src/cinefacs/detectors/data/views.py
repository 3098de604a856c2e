"""What a network is shown: whole pictures or the squares around faces, for training and after."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from cinefacs.detectors.data.config import AugmentConfig
from cinefacs.detectors.data.labelled_set import LabelledSet, truth_of
from cinefacs.detectors.data.pixels import change_greys, change_pixels
from cinefacs.detectors.data.placing import (
    Boxed,
    Placed,
    crop_to_input,
    keep_visible,
    mirror,
    place_crop,
    place_face,
    place_mosaic,
    place_picture,
)
from cinefacs.detectors.protocol import PictureTruth
from cinefacs.engines.face_input import stack_as_input
from cinefacs.engines.network_input import (
    as_network_input,
    prepare_face,
    prepare_picture,
)
from cinefacs.errors import ConfigError, SchemaError
from cinefacs.geometry.boxes import clip_boxes
from cinefacs.media.picture_files import read_picture_file
from cinefacs.records.box_truth import BoxTruth
from cinefacs.records.input_spec import InputSpec

__all__ = ["EpochSampler", "EvaluationViews", "PlainView", "Shown", "TrainingViews", "collate"]


_AS_IT_IS = AugmentConfig(mosaic=0.0)


class Shown(NamedTuple):
    """One input and its truth."""

    image: Tensor
    """(3, side, side) float32, 0 to 1."""
    truth: PictureTruth
    """Boxes in px of the input."""


def collate(items: Sequence[Shown]) -> tuple[Tensor, list[PictureTruth]]:
    """Return a batch: images stacked, truth as a list."""
    return torch.stack([item.image for item in items]), [item.truth for item in items]


def _view_list(labelled: LabelledSet, spec: InputSpec) -> list[tuple[int, int]]:
    """Return (picture, face) of each view; face is -1 where the view is the whole picture."""
    is_cut = {picture.cut is not None for picture in labelled.pictures}
    if is_cut != {False}:
        if is_cut != {True} or (spec.mode, spec.colour) != ("crop", "grey"):
            raise ConfigError(
                "faces cut beforehand: expected crops in grey, got "
                f"mode {spec.mode!r}, colour {spec.colour!r}",
                hint="--mode crop --colour grey",
            )
        needed = "neutral" if spec.has_rest else "before" if spec.n_crops > 1 else "now"
        if all(getattr(picture.cut, needed) < 0 for picture in labelled.pictures):
            raise ConfigError(
                f"temporal {spec.temporal!r}: expected a face set that holds {spec.temporal}, got "
                "one without",
                hint="draw it with --step-ms, or train with --temporal fitted_neutral or single",
            )
        steps_ms = {picture.cut.step_ms for picture in labelled.pictures if picture.cut is not None}
        if spec.temporal == "neighbours" and steps_ms != {spec.step_ms}:
            raise ConfigError(
                f"step_ms: expected {', '.join(map(str, sorted(steps_ms)))} as in the face set, "
                f"got {spec.step_ms}",
                hint="its neighbours were cut that far from each face: --step-ms takes this number",
            )
    elif spec.temporal != "single":
        raise ConfigError(
            f"temporal: expected single for a data set of pictures, got {spec.temporal!r}",
            hint="only a face set holds what a face is shown with",
        )
    if spec.mode == "frame":
        return [(i, -1) for i in range(len(labelled.pictures))]
    views = [
        (i, face)
        for i, picture in enumerate(labelled.pictures)
        for face in range(len(picture.boxes_xyxy))
    ]
    if not views:
        raise SchemaError("labelled pictures: expected faces to cut out, got none")
    return views


class TrainingViews(Dataset[Shown]):
    """Views changed by chance; a view is a function of seed, epoch and its number.

    Parameters
    ----------
    labelled
        The pictures.
    spec
        Whole pictures or faces, side, colour.
    augment
        How far the changes may go.
    seed
        Of everything random.
    n_epochs
        For the last epochs without mosaics.
    """

    def __init__(
        self,
        labelled: LabelledSet,
        spec: InputSpec,
        augment: AugmentConfig,
        *,
        seed: int,
        n_epochs: int,
    ) -> None:
        self._labelled, self._spec, self._augment = labelled, spec, augment
        self._seed, self._n_epochs = seed, n_epochs
        self._views = _view_list(labelled, spec)

    def __len__(self) -> int:
        """Return the number of views in an epoch."""
        return len(self._views)

    def __getitem__(self, key: tuple[int, int]) -> Shown:
        """Return a view.

        Parameters
        ----------
        key
            Epoch from 0, and number of the view.
        """
        epoch, number = key
        rng = np.random.default_rng([self._seed, epoch, number])
        placed = self._place(epoch, number, rng)
        if rng.random() < self._augment.flip:
            placed = mirror(placed, self._labelled.class_space)
        is_cut = self._labelled.pictures[self._views[number][0]].cut is not None
        if is_cut:
            image = stack_as_input(change_greys(placed.rgb, self._augment, rng), self._spec)
        else:
            image = as_network_input(change_pixels(placed.rgb, self._augment, rng), self._spec)
        return Shown(
            torch.from_numpy(image),
            PictureTruth(
                torch.from_numpy(placed.boxes_xyxy.astype(np.float32)),
                torch.from_numpy(placed.labels.astype(np.float32)),
                torch.from_numpy(placed.is_known),
                placed.own,
            ),
        )

    def _place(self, epoch: int, number: int, rng: np.random.Generator) -> Placed:
        index, face = self._views[number]
        picture = self._labelled.pictures[index]
        if picture.cut is not None:
            has_rest = rng.random() >= self._augment.rest_unknown
            return place_crop(
                picture.cut.stack(self._spec, has_rest=has_rest), Boxed.of(picture),
                crop_scale=picture.cut.crop_scale, spec=self._spec, config=self._augment, rng=rng,
            )  # fmt: skip
        if face >= 0:
            return place_face(
                read_picture_file(picture.path), Boxed.of(picture), face,
                eyes_xy=picture.eyes_of(face), spec=self._spec, config=self._augment, rng=rng,
            )  # fmt: skip
        has_mosaic = epoch < self._n_epochs - self._augment.mosaic_off_epochs
        is_mosaic = rng.random() < self._augment.mosaic
        if has_mosaic and is_mosaic:
            others = rng.integers(0, len(self._labelled.pictures), 3)
            four = [picture, *(self._labelled.pictures[i] for i in others)]
            parts = [(read_picture_file(p.path), Boxed.of(p)) for p in four]
            return place_mosaic(parts, side_px=self._spec.side_px, config=self._augment, rng=rng)
        return place_picture(
            read_picture_file(picture.path), Boxed.of(picture),
            side_px=self._spec.side_px, config=self._augment, rng=rng,
        )  # fmt: skip


class EpochSampler(Sampler[tuple[int, int]]):
    """The order of an epoch, a function of seed and epoch; each process takes every n-th view.

    Parameters
    ----------
    n_views
        Views in an epoch.
    seed
        Of the order.
    rank, n_ranks
        Which of how many processes. The last ones get views again where it does not come out
        even, so that all processes take the same number of steps.
    """

    def __init__(self, n_views: int, *, seed: int, rank: int = 0, n_ranks: int = 1) -> None:
        self._n_views, self._seed = n_views, seed
        self._rank, self._n_ranks = rank, n_ranks
        self.epoch = 0

    def __len__(self) -> int:
        """Return the number of views of this process."""
        return (self._n_views + self._n_ranks - 1) // self._n_ranks

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield epoch and number of each view."""
        order = np.random.default_rng([self._seed, self.epoch]).permutation(self._n_views)
        padded = np.resize(order, len(self) * self._n_ranks)
        for number in padded[self._rank :: self._n_ranks].tolist():
            yield self.epoch, number


class PlainView(NamedTuple):
    """One input as it is."""

    image: Tensor
    """(3, side, side) float32, 0 to 1."""
    matrix: npt.NDArray[np.float64]
    """(2, 3) map from the picture to the input."""
    picture_wh: tuple[int, int]
    """Size of the picture, px."""


class EvaluationViews(Dataset[PlainView]):
    """Views as they are, each with the map from its picture.

    Faces are cut out around their true boxes, turned upright where their eyes are known: what is
    measured is how they are read, not how a finder finds them.

    Parameters
    ----------
    labelled
        The pictures.
    spec
        Whole pictures or faces, side, colour.
    """

    def __init__(self, labelled: LabelledSet, spec: InputSpec) -> None:
        self._labelled, self._spec = labelled, spec
        self._views = _view_list(labelled, spec)

    def __len__(self) -> int:
        """Return the number of views."""
        return len(self._views)

    def __getitem__(self, number: int) -> PlainView:
        """Return a view."""
        index, face = self._views[number]
        picture = self._labelled.pictures[index]
        if picture.cut is not None:
            stack, cut = picture.cut.stack(self._spec), picture.cut
            placed = place_crop(
                stack, Boxed.of(picture), crop_scale=cut.crop_scale, spec=self._spec,
                config=_AS_IT_IS, rng=None,
            )  # fmt: skip
            image = torch.from_numpy(stack_as_input(placed.rgb, self._spec))
            side = stack.shape[0]
            return PlainView(image, crop_to_input(side, cut.crop_scale, self._spec), (side, side))
        rgb = read_picture_file(picture.path)
        if face >= 0:
            tensor, matrix = prepare_face(
                rgb, picture.boxes_xyxy[face], self._spec, eyes_xy=picture.eyes_of(face)
            )
        else:
            tensor, matrix = prepare_picture(rgb, self._spec)
        return PlainView(torch.from_numpy(tensor), matrix, (rgb.shape[1], rgb.shape[0]))

    def truth(self, views: Sequence[PlainView]) -> BoxTruth:
        """Return the truth of all views: in px of the picture, or of the crop.

        Parameters
        ----------
        views
            Each view, in order; its image is not looked at. Boxes are cut at the picture's
            border, as those found are; of crops the boxes that show in them are carried over.
        """
        shown: list[Boxed] = []
        names: list[str] = []
        for (index, face), view in zip(self._views, views, strict=True):
            picture = self._labelled.pictures[index]
            boxed = Boxed.of(picture)
            if face < 0:
                shown.append(_within(boxed, view.picture_wh))
            else:
                side = self._spec.side_px
                shown.append(keep_visible(boxed.moved(view.matrix), (0, 0, side, side)))
            names += [picture.names[k] if picture.names else "" for k in shown[-1].position]
        return truth_of(
            [boxed.boxes_xyxy.astype(np.float32) for boxed in shown],
            [boxed.labels for boxed in shown],
            [~boxed.is_known for boxed in shown],
            self._labelled.class_space,
            names=names,
        )

    @property
    def is_cropped(self) -> bool:
        """Whether boxes are measured in the crop instead of in the picture."""
        return self._spec.mode == "crop"


def _within(boxed: Boxed, picture_wh: tuple[int, int]) -> Boxed:
    """Return the boxes cut at the border, without those that lie outside."""
    cut = clip_boxes(boxed.boxes_xyxy, resolution_wh=picture_wh).astype(np.float64)  # (M, 4)
    is_inside = np.asarray((cut[:, 2:] > cut[:, :2]).all(axis=1))
    return boxed.cut(cut, is_inside)
