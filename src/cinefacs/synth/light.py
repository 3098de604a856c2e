"""How a scene is lit: key, fill, rim and sky, as film people set them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cinefacs.synth.person import Colour

__all__ = ["Light", "LightKind", "draw_light"]


class LightKind(StrEnum):
    """Manner of lighting."""

    SOFT = "soft"
    KEY = "key"
    SIDE = "side"
    TOP = "top"
    BACK = "back"
    LOW_KEY = "low_key"


@dataclass(frozen=True, kw_only=True, slots=True)
class Light:
    """The lamps of one shot; directions point from the scene to the lamp."""

    key_dir: Colour
    """Unit direction to the key light."""
    key: Colour
    """Its radiance."""
    fill_dir: Colour
    """Unit direction to the fill light."""
    fill: Colour
    """Its radiance."""
    rim_dir: Colour
    """Unit direction to the rim light."""
    rim: Colour
    """Its radiance."""
    sky_up: Colour
    """Light from above."""
    sky_down: Colour
    """Light from below."""
    sky_side: Colour
    """Light from the sides."""
    exposure: float
    """Factor before the film's curve."""
    softness: float
    """Width of the shadows' borders, of the shadow map's side."""


_ANGLES: dict[LightKind, tuple[tuple[float, float], tuple[float, float], float, float]] = {
    # yaw range, pitch range, key strength, sky strength
    LightKind.SOFT: ((-35, 35), (20, 50), 1.15, 0.75),
    LightKind.KEY: ((25, 55), (20, 45), 1.9, 0.42),
    LightKind.SIDE: ((65, 95), (5, 30), 1.9, 0.36),
    LightKind.TOP: ((-25, 25), (58, 72), 1.7, 0.45),
    LightKind.BACK: ((135, 205), (15, 45), 2.6, 0.50),
    LightKind.LOW_KEY: ((45, 85), (0, 35), 1.25, 0.16),
}
_WARM: Colour = (1.0, 0.87, 0.73)
_DAY: Colour = (1.0, 0.97, 0.94)
_COOL: Colour = (0.80, 0.91, 1.0)


def _direction(yaw_deg: float, pitch_deg: float) -> Colour:
    yaw, pitch = np.radians([yaw_deg, pitch_deg])
    return (
        float(np.sin(yaw) * np.cos(pitch)),
        float(np.sin(pitch)),
        float(np.cos(yaw) * np.cos(pitch)),
    )


def _scaled(colour: Colour, factor: float) -> Colour:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def draw_light(rng: np.random.Generator, kind: LightKind, *, facing_deg: float = 0.0) -> Light:
    """Return a random light of a kind.

    Parameters
    ----------
    rng
        Source of randomness.
    kind
        Manner of lighting.
    facing_deg
        Yaw from which the camera looks at the scene: light is set for the camera.
    """
    yaws, pitches, strength, sky_strength = _ANGLES[kind]
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    yaw = facing_deg + mirror * float(rng.uniform(*yaws))
    pitch = float(rng.uniform(*pitches))
    tints = (_DAY, _WARM, _COOL)
    key_tint = tints[int(rng.choice(3, p=[0.5, 0.35, 0.15]))]
    sky_tint = tints[int(rng.choice(3, p=[0.5, 0.15, 0.35]))]
    strength *= float(rng.uniform(0.85, 1.15))
    sky = sky_strength * float(rng.uniform(0.85, 1.2))
    rim = float(rng.uniform(0.2, 1.1)) if rng.random() < 0.7 else 0.0
    return Light(
        key_dir=_direction(yaw, pitch),
        key=_scaled(key_tint, strength),
        fill_dir=_direction(facing_deg - mirror * float(rng.uniform(30, 60)), 10),
        fill=_scaled(sky_tint, strength * float(rng.uniform(0.08, 0.28))),
        rim_dir=_direction(facing_deg - mirror * float(rng.uniform(130, 165)), 30),
        rim=_scaled(tints[int(rng.integers(3))], rim),
        sky_up=_scaled(sky_tint, sky * 0.95),
        sky_down=_scaled((0.85, 0.72, 0.62), sky * 0.50),
        sky_side=_scaled(sky_tint, sky * 0.70),
        exposure=0.92,
        softness=float(rng.uniform(0.004, 0.014)),
    )
