"""What a detector wants to be shown: the page that travels with its weights."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from cinefacs.records.checks import require

__all__ = ["InputSpec"]

STRIDE_PX = 32
"""What divides the sides of every network's input."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InputSpec:
    """How a picture or a face becomes the input of a network.

    Training and inference read the same page, and the same function does it
    (`cinefacs.engines.network_input`).
    """

    side_px: int = 640
    """Width and height of the input, a multiple of 32."""
    mode: Literal["frame", "crop"] = "frame"
    """Whole pictures, or one square around each face."""
    colour: Literal["rgb", "grey"] = "rgb"
    """``grey`` shows brightness alone, normalised in each picture to mean 1/2 and deviation 1/6:
    skin tone, colour cast and exposure disappear."""
    crop_scale: float = 1.3
    """Side of the square around a face over the longer side of its box."""
    temporal: Literal["single", "neighbours", "neutral", "fitted_neutral"] = "single"
    """What a face is shown with (only where `mode` is ``crop`` and `colour` is ``grey``).

    ``single``: alone. ``neighbours``: with the same face `step_ms` before and after. ``neutral``:
    with the same person's face at rest, and the difference of the two. ``fitted_neutral``: the
    same, the face at rest laid on the other first (`cinefacs.engines.rest_fit`)."""
    step_ms: int = 0
    """Time from a face to each of its neighbours; 0 unless `temporal` is ``neighbours``."""

    @property
    def n_crops(self) -> int:
        """Crops that one input is made of."""
        return {"single": 1, "neighbours": 3, "neutral": 2, "fitted_neutral": 2}[self.temporal]

    @property
    def has_rest(self) -> bool:
        """Whether a face is shown with the same person's face at rest."""
        return self.temporal in {"neutral", "fitted_neutral"}

    def __post_init__(self) -> None:
        """Check the values."""
        side = self.side_px
        is_side = side > 0 and side % STRIDE_PX == 0
        require(is_side, "InputSpec.side_px", f"a multiple of {STRIDE_PX}", side)
        require(self.mode in {"frame", "crop"}, "InputSpec.mode", "frame or crop", self.mode)
        require(self.colour in {"rgb", "grey"}, "InputSpec.colour", "rgb or grey", self.colour)
        require(1 <= self.crop_scale <= 4, "InputSpec.crop_scale", "1 to 4", self.crop_scale)
        known = {"single", "neighbours", "neutral", "fitted_neutral"}
        is_known = self.temporal in known
        require(is_known, "InputSpec.temporal", f"one of {sorted(known)}", self.temporal)
        is_grey_crop = (self.mode, self.colour) == ("crop", "grey")
        require(
            self.temporal == "single" or is_grey_crop,
            "InputSpec.temporal",
            "single, unless crops are shown in grey",
            self.temporal,
        )
        has_step = self.temporal == "neighbours"
        require(
            (self.step_ms > 0) if has_step else self.step_ms == 0,
            "InputSpec.step_ms",
            "above 0 with neighbours, else 0",
            self.step_ms,
        )

    def as_document(self) -> dict[str, Any]:
        """Return the page as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "InputSpec":
        """Return the page that `as_document` wrote.

        Raises
        ------
        SchemaError
            A key is missing, unknown or wrong.
        """
        names = {field.name for field in fields(cls)}
        is_mapping = isinstance(document, Mapping)
        require(is_mapping and set(document) == names, "input spec", f"keys {names}", document)
        return cls(**document)
