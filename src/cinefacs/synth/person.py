"""A person of the synthetic films: everything that makes one face differ from another."""

from dataclasses import dataclass
from enum import StrEnum

from cinefacs.records.checks import require

__all__ = ["Clothes", "Colour", "HairStyle", "Hat", "Person", "Skin"]

Colour = tuple[float, float, float]
"""Linear red, green, blue reflectance, 0 to 1."""


class HairStyle(StrEnum):
    """How the hair is worn."""

    BALD = "bald"
    BUZZ = "buzz"
    SHORT = "short"
    SIDE = "side"
    MEDIUM = "medium"
    LONG = "long"
    CURLY = "curly"
    AFRO = "afro"
    TIED = "tied"


class Hat(StrEnum):
    """What is worn on the head."""

    NONE = "none"
    BEANIE = "beanie"
    CAP = "cap"


@dataclass(frozen=True, kw_only=True, slots=True)
class Skin:
    """How the skin looks."""

    tone: float
    """Fitzpatrick type on a continuous scale, 1 (palest) to 6 (darkest)."""
    redness: float
    """Blood near the surface, 0 to 1."""
    freckles: float
    """0 to 1."""
    moles: float
    """Share of places that carry one, 0 to 1."""
    spots: float
    """Blemishes, 0 to 1."""
    pores: float
    """Depth of the pores, 0 to 1."""
    lines: float
    """Lines at rest, 0 (child) to 1 (old)."""
    under_eye: float
    """Darkness under the eyes, 0 to 1."""
    stubble: float
    """Beard shadow, 0 to 1."""
    beard: float
    """A grown beard, 0 to 1."""
    makeup: float
    """Colour on lids and lips, 0 to 1."""
    lip: Colour
    """Colour of the lips."""
    brow_density: float
    """0 to 1."""
    brow_thick: float
    """Thickness of the brows, about 1."""
    brow_arch: float
    """-1 (flat) to 1 (arched)."""
    brow_lift: float
    """Height of the brows, dm."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clothes:
    """What is worn."""

    colour: Colour
    """Colour of the top."""
    second: Colour
    """Second colour of a pattern."""
    trousers: Colour
    """Colour below the waist."""
    pattern: int
    """0 plain, 1 stripes, 2 checks, 3 knit, 4 blotches."""
    neck_line: float
    """Half the width of the neck line, dm."""
    neck_dip: float
    """Depth of the neck line at the sides, dm; in front it is more than twice as deep."""
    neck_v: float
    """How much deeper still it runs to a point, dm; 0: round."""
    sleeve: float
    """Where sleeves end, dm from the middle."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One person, drawn from a seed by `cinefacs.synth.people.draw_person`."""

    seed: int
    """What it was drawn from; part of its identity."""
    age_years: float
    """5 to 70."""
    maleness: float
    """0 (female) to 1 (male)."""
    origin: Colour
    """Shares of the African, Asian and Caucasian shape sets; they sum to 1."""
    weight: float
    """Body weight, 0 to 1; 0.5 is average."""
    muscle: float
    """0 to 1; 0.5 is average."""
    shapes: tuple[tuple[str, float], ...]
    """Local shape targets with their weights."""
    skin: Skin
    """Skin, lips and brows."""
    iris: Colour
    """Colour of the iris."""
    pupil: float
    """Pupil over iris, 0 to 1."""
    hair_style: HairStyle
    """How the hair is worn."""
    hair: Colour
    """Colour of the hair."""
    hair_line: float
    """How far the front hair line is lifted, dm."""
    hair_length: float
    """Factor on the style's length, about 1."""
    part: float
    """Where the hair parts, -1 (right) to 1 (left)."""
    fringe: float = 0.0
    """Hair over the face: 0 none, to -1 over the right eye or 1 over the left one."""
    glasses: int
    """0 none, 1 round, 2 square, 3 half rims."""
    glasses_colour: Colour
    """Colour of the frame."""
    glasses_tint: float
    """Darkness of the lenses, 0 to 1."""
    hat: Hat
    """What is worn on the head."""
    hat_colour: Colour
    """Its colour."""
    clothes: Clothes
    """What else is worn."""
    au_gain: tuple[float, ...]
    """How much each action unit of `SHAPE_AUS` moves this face, about 1."""
    au_asymmetry: tuple[float, ...]
    """Left minus right of each of them, relative, about 0."""
    wrinkle_gain: tuple[float, ...]
    """Depth of each of the eight wrinkle patterns; some people hardly have them."""
    wrinkle_shift: float
    """Where the wrinkles lie, dm."""
    wrinkle_wave: float
    """How crooked they are, 0 to 1."""
    asymmetry: float
    """Strength of the resting face's asymmetry, 0 to 1."""
    arm_drop_deg: float
    """How far the arms hang down from the base mesh's pose."""

    def __post_init__(self) -> None:
        """Check age and origin."""
        require(5 <= self.age_years <= 70, "Person.age_years", "5 to 70", self.age_years)
        total = sum(self.origin)
        require(abs(total - 1) < 1e-6, "Person.origin", "shares that sum to 1", self.origin)
        require(len(self.wrinkle_gain) == 8, "Person.wrinkle_gain", "8", len(self.wrinkle_gain))

    @property
    def is_child(self) -> bool:
        """Whether the person is younger than 14 years."""
        return self.age_years < 14
