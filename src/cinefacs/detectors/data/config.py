"""How pictures are changed while training; imports no array library."""

from dataclasses import dataclass, fields

from cinefacs.errors import ConfigError

__all__ = ["AugmentConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AugmentConfig:
    """Changes that a picture may meet; all follow from seed, epoch and sample."""

    mosaic: float = 1.0
    """Share of whole pictures that are put together from four. Face crops never are, whatever
    stands here: a face of 40 to 70 px inside a mosaic shows no expression."""
    mosaic_off_epochs: int = 10
    """Last epochs without mosaics."""
    scale: float = 0.5
    """Largest change of size: 0.5 gives 0.5 to 1.5 times. On crops a fifth of it."""
    shift: float = 0.1
    """Largest shift over the input's side."""
    turn_deg: float = 0.0
    """Largest turn of whole pictures, degrees; crops are turned by up to 10 in any case, as eyes
    are never quite level."""
    flip: float = 0.5
    """Share of the pictures that are mirrored; left and right action units change places."""
    hue: float = 0.015
    """Largest change of the hue, of the whole circle."""
    saturation: float = 0.7
    """Largest relative change of the saturation."""
    brightness: float = 0.4
    """Largest relative change of the brightness."""
    exposure: float = 0.3
    """Largest change of the exposure: gamma from 2^-0.3 to 2^0.3."""
    grey: float = 0.05
    """Share of the pictures that lose their colour."""
    blur: float = 0.1
    """Share of the pictures that are blurred, by up to 1.5 px."""
    jpeg: float = 0.2
    """Share of the pictures that are compressed, quality 30 to 90."""
    shade: float = 0.3
    """Share of the faces cut beforehand over which the light falls off to one side."""
    noise: float = 0.2
    """Share of the faces cut beforehand that get grain."""
    erase: float = 0.1
    """Share of the faces cut beforehand of which a square, a quarter of the side, is covered."""
    rest_unknown: float = 0.1
    """Share of the faces that are shown as if their person's face at rest were not known."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        for field in fields(self):
            value = getattr(self, field.name)
            most = {"turn_deg": 180, "mosaic_off_epochs": 10**6, "scale": 0.9}.get(field.name, 1)
            if not 0 <= value <= most:
                raise ConfigError(f"augment: {field.name}: expected 0 to {most}, got {value}")
