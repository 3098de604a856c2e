"""Draw people at random: the same seed gives the same person."""

from collections.abc import Sequence

import numpy as np

from cinefacs.synth.assets import load_assets
from cinefacs.synth.drives import SHAPE_AUS
from cinefacs.synth.person import Clothes, Colour, HairStyle, Hat, Person, Skin

__all__ = ["draw_person", "skin_colour"]

_TONES = np.array(
    [
        [0.64, 0.445, 0.370],
        [0.56, 0.365, 0.285],
        [0.45, 0.280, 0.205],
        [0.32, 0.187, 0.128],
        [0.19, 0.104, 0.067],
        [0.095, 0.053, 0.036],
    ]
)
"""Skin reflectance by Fitzpatrick type 1 to 6: chosen by eye in the order of that scale."""
_HAIRS: tuple[tuple[str, Colour], ...] = (
    ("black", (0.012, 0.010, 0.009)),
    ("dark", (0.035, 0.022, 0.014)),
    ("brown", (0.095, 0.052, 0.027)),
    ("fair", (0.30, 0.19, 0.095)),
    ("blond", (0.48, 0.34, 0.18)),
    ("red", (0.24, 0.075, 0.025)),
)
_IRISES: tuple[Colour, ...] = (
    (0.045, 0.022, 0.011),
    (0.11, 0.055, 0.022),
    (0.17, 0.12, 0.045),
    (0.10, 0.17, 0.10),
    (0.11, 0.19, 0.28),
    (0.16, 0.22, 0.27),
)
_FOLDER_SPREAD = {
    "head": 0.28, "eyes": 0.25, "nose": 0.32, "mouth": 0.28, "chin": 0.30, "cheek": 0.32,
    "forehead": 0.3, "eyebrows": 0.3, "ears": 0.35, "neck": 0.12,
}  # fmt: skip
_TOO_STRANGE = (
    "age-decr", "age-incr", "trans-in", "trans-out", "head-trans", "scale-vert", "scale-horiz",
    "eye-trans", "push", "ear-shape-pointed", "ear-flap", "eyefold-angle", "mouth-trans",
    "head-back", "head-angle", "neck-trans", "measure-neck", "nose-trans", "mouth-scale-depth",
    "head-triangular", "head-invertedtriangular", "head-diamond", "eyebrows-trans",
)  # fmt: skip
_OPPOSITES = (
    ("decr", "incr"), ("down", "up"), ("in", "out"), ("backward", "forward"),
    ("concave", "convex"), ("compress", "uncompress"),
)  # fmt: skip


def skin_colour(tone: float) -> Colour:
    """Return the reflectance of skin of a Fitzpatrick type, 1 to 6, between types by logarithm."""
    logs = np.log(_TONES)
    mixed = [float(np.exp(np.interp(tone - 1, np.arange(6), logs[:, k]))) for k in range(3)]
    return mixed[0], mixed[1], mixed[2]


def draw_person(
    seed: int,
    *,
    age_years: float | None = None,
    is_male: bool | None = None,
    glasses_share: float = 0.15,
    hat_share: float = 0.07,
) -> Person:
    """Return the person of a seed.

    Parameters
    ----------
    seed
        0 or more; the same seed with the same options gives the same person.
    age_years
        Asked age, 5 to 70; None draws it.
    is_male
        Asked gender; None draws it, half and half.
    glasses_share, hat_share
        Shares of people who wear them, 0 to 1.
    """
    rng = np.random.default_rng([seed, 20_261])
    age = float(rng.uniform(5, 70)) if age_years is None else age_years
    male = bool(rng.random() < 0.5) if is_male is None else is_male
    shares = rng.dirichlet([0.45, 0.45, 0.45])
    origin = (float(shares[0]), float(shares[1]), float(1 - shares[0] - shares[1]))
    middle = 5.4 * origin[0] + 3.0 * origin[1] + 2.1 * origin[2]
    tone = float(np.clip(rng.normal(middle, 0.65), 1, 6))
    hair_style = _draw_hair_style(rng, age, is_male=male, african=origin[0])
    return Person(
        seed=seed,
        age_years=age,
        maleness=_maleness(rng, age, is_male=male),
        origin=origin,
        weight=float(np.clip(rng.normal(0.52, 0.13), 0.2, 0.95)),
        muscle=float(np.clip(rng.normal(0.5, 0.12), 0.2, 0.8)),
        shapes=_draw_shapes(rng, age),
        skin=_draw_skin(rng, tone, age, is_male=male),
        iris=_draw_iris(rng, tone),
        pupil=float(rng.uniform(0.30, 0.46)),
        hair_style=hair_style,
        hair=_draw_hair(rng, tone, age),
        hair_line=float(rng.uniform(-0.06, 0.06) + (0.10 if male and age > 40 else 0.0)),
        hair_length=float(rng.uniform(0.8, 1.25)),
        part=float(rng.uniform(-0.8, 0.8)),
        glasses=int(rng.integers(1, 4)) if rng.random() < glasses_share else 0,
        glasses_colour=_pick(rng, ((0.01, 0.01, 0.012), (0.10, 0.045, 0.02), (0.35, 0.33, 0.30))),
        glasses_tint=float(rng.uniform(0.0, 0.10)) if rng.random() < 0.88 else 0.75,
        hat=_draw_hat(rng, hat_share),
        hat_colour=_vivid(rng, 0.45),
        clothes=_draw_clothes(rng),
        au_gain=tuple(float(g) for g in np.clip(rng.normal(1.0, 0.16, len(SHAPE_AUS)), 0.65, 1.4)),
        au_asymmetry=tuple(
            float(a) for a in np.clip(rng.normal(0, 0.07, len(SHAPE_AUS)), -0.2, 0.2)
        ),
        wrinkle_gain=_draw_wrinkles(rng, age),
        wrinkle_shift=float(rng.normal(0, 0.018)),
        wrinkle_wave=float(rng.uniform(0.2, 1.0)),
        asymmetry=float(rng.uniform(0.1, 0.6)),
        arm_drop_deg=float(rng.uniform(22, 33)),
    )


def _pick(rng: np.random.Generator, choices: Sequence[Colour]) -> Colour:
    return choices[int(rng.integers(len(choices)))]


def _maleness(rng: np.random.Generator, age: float, *, is_male: bool) -> float:
    """Return the shape's maleness: children differ little."""
    grown = float(np.clip((age - 9) / 8, 0, 1))
    strength = 0.5 + (0.18 + 0.24 * grown) + float(rng.normal(0, 0.04))
    strength = min(strength, 1.0)
    return strength if is_male else 1 - strength


def _draw_shapes(rng: np.random.Generator, age: float) -> tuple[tuple[str, float], ...]:
    """Return weights of local shape targets: one draw for a target and its opposite, left as right.

    A pair of opposites (such as *decr* and *incr*) is one axis; half of the axes are left alone.
    """
    youth = float(np.clip((age - 4) / 14, 0.35, 1))
    chosen: dict[str, float] = {}
    names = load_assets().target_names
    known = set(names)
    for name in names:
        folder, _, rest = name.partition("/")
        if folder not in _FOLDER_SPREAD or any(word in name for word in _TOO_STRANGE):
            continue
        if rest.startswith("r-"):
            continue
        opposite = _opposite(name)
        if opposite is not None and opposite in known and opposite < name:
            continue  # the axis was drawn with its other end
        value = float(np.clip(rng.normal(0, _FOLDER_SPREAD[folder]), -0.8, 0.8)) * youth
        is_left_alone = rng.random() < 0.45
        if is_left_alone:
            continue
        end = name if value > 0 or opposite not in known else opposite
        if opposite not in known:
            value = abs(value) * 0.5
        chosen[str(end)] = abs(value)
        if rest.startswith("l-"):
            chosen[str(end).replace("/l-", "/r-")] = abs(value)
    for name in names:
        if name.startswith("asym/") and rng.random() < 0.25:
            chosen[name] = float(rng.uniform(0, 0.35)) * youth
    return tuple(sorted(chosen.items()))


def _opposite(name: str) -> str | None:
    """Return the name of the target at the other end of an axis."""
    for one, other in _OPPOSITES:
        for ending, swapped in ((one, other), (other, one)):
            if name.endswith(f"-{ending}"):
                return f"{name.removesuffix(ending)}{swapped}"
    return None


def _draw_skin(rng: np.random.Generator, tone: float, age: float, *, is_male: bool) -> Skin:
    colour = np.array(skin_colour(tone))
    grown = float(np.clip((age - 15) / 5, 0, 1))
    old = float(np.clip((age - 28) / 40, 0, 1))
    makeup = (
        float(rng.uniform(0.2, 0.9)) if not is_male and age > 16 and rng.random() < 0.4 else 0.0
    )
    paint = np.array(_pick(rng, ((0.45, 0.06, 0.07), (0.40, 0.14, 0.13), (0.30, 0.05, 0.10))))
    natural = colour * np.array([0.86, 0.56, 0.57]) * rng.uniform(0.85, 1.02)
    lip = natural * (1 - 0.7 * makeup) + paint * 0.7 * makeup
    shaven = rng.random() < 0.35
    bearded = is_male and age > 19 and rng.random() < 0.28
    teen_spots = 0.25 * float(13 < age < 22) + 0.04
    return Skin(
        tone=tone,
        redness=float(
            np.clip(rng.normal(0.55, 0.18), 0.1, 1) * np.clip(1.15 - 0.12 * tone, 0.4, 1)
        ),
        freckles=float(rng.uniform(0.1, 0.8)) if tone < 3 and rng.random() < 0.3 else 0.0,
        moles=float(rng.uniform(0, 0.16)) * grown,
        spots=float(rng.uniform(0, teen_spots)),
        pores=float(np.clip(rng.normal(0.5, 0.15), 0.1, 1) * (0.35 + 0.65 * grown)),
        lines=float(np.clip(old + rng.normal(0, 0.08), 0, 1)),
        under_eye=float(np.clip(rng.normal(0.22, 0.12) + 0.3 * old, 0, 0.9)),
        stubble=0.0 if not is_male or shaven else float(rng.uniform(0.15, 1)) * grown,
        beard=float(rng.uniform(0.7, 1)) if bearded else 0.0,
        makeup=makeup,
        lip=(float(lip[0]), float(lip[1]), float(lip[2])),
        brow_density=float(np.clip(rng.normal(0.55 + 0.12 * is_male, 0.15), 0.2, 1)),
        brow_thick=float(np.clip(rng.normal(0.95 + 0.2 * is_male, 0.15), 0.6, 1.5)),
        brow_arch=float(rng.uniform(-0.7, 0.5) + 0.3 * (not is_male)),
        brow_lift=float(rng.normal(0.0, 0.008)),
    )


def _draw_iris(rng: np.random.Generator, tone: float) -> Colour:
    light = float(np.clip((3.4 - tone) / 2.4, 0, 1)) * 0.75
    first = rng.integers(2, len(_IRISES)) if rng.random() < light else rng.integers(0, 2)
    scale = float(rng.uniform(0.8, 1.2))
    red, green, blue = _IRISES[int(first)]
    return red * scale, green * scale, blue * scale


def _draw_hair(rng: np.random.Generator, tone: float, age: float) -> Colour:
    light = float(np.clip((3.2 - tone) / 2.2, 0, 1))
    odds = np.array(
        [0.55 - 0.5 * light, 0.35, 0.1 + 0.35 * light, 0.3 * light, 0.2 * light, 0.1 * light]
    )
    colour = np.array(_HAIRS[int(rng.choice(len(_HAIRS), p=odds / odds.sum()))][1])
    colour = colour * rng.uniform(0.8, 1.25)
    grey = float(np.clip((age - 46) / 28 + rng.normal(0, 0.12), 0, 1))
    colour = colour * (1 - grey) + np.array([0.24, 0.235, 0.23]) * grey
    return float(colour[0]), float(colour[1]), float(colour[2])


def _draw_hair_style(
    rng: np.random.Generator, age: float, *, is_male: bool, african: float
) -> HairStyle:
    if rng.random() < african * 0.75:
        styles = [HairStyle.BUZZ, HairStyle.AFRO, HairStyle.CURLY, HairStyle.TIED]
        odds = [0.5, 0.3, 0.2, 0.0] if is_male else [0.1, 0.35, 0.3, 0.25]
    elif is_male:
        styles = [
            HairStyle.BALD, HairStyle.BUZZ, HairStyle.SHORT, HairStyle.SIDE, HairStyle.CURLY,
            HairStyle.MEDIUM,
        ]  # fmt: skip
        odds = [0.12 if age > 32 else 0.0, 0.15, 0.33, 0.25, 0.10, 0.05]
    else:
        styles = [
            HairStyle.SHORT, HairStyle.SIDE, HairStyle.MEDIUM, HairStyle.LONG, HairStyle.CURLY,
            HairStyle.TIED,
        ]  # fmt: skip
        odds = [0.06, 0.08, 0.28, 0.28, 0.12, 0.18]
    chance = np.array(odds) / sum(odds)
    return styles[int(rng.choice(len(styles), p=chance))]


def _draw_hat(rng: np.random.Generator, share: float) -> Hat:
    if rng.random() >= share:
        return Hat.NONE
    return Hat.BEANIE if rng.random() < 0.5 else Hat.CAP


def _vivid(rng: np.random.Generator, top: float) -> Colour:
    """Return a colour of clothes: most are muted, a few are strong."""
    value = float(rng.uniform(0.02, top))
    hue = rng.uniform(0, 1, 3)
    strength = float(rng.beta(1.3, 2.2))
    colour = value * (1 - strength + strength * hue * 1.6)
    return float(colour[0]), float(colour[1]), float(colour[2])


def _draw_clothes(rng: np.random.Generator) -> Clothes:
    is_v = rng.random() < 0.3
    return Clothes(
        colour=_vivid(rng, 0.55),
        second=_vivid(rng, 0.6),
        trousers=_vivid(rng, 0.2),
        pattern=int(rng.choice(5, p=[0.45, 0.15, 0.12, 0.2, 0.08])),
        neck_line=float(rng.uniform(0.66, 0.92)),
        neck_dip=float(rng.uniform(0.22, 0.36)),
        neck_v=float(rng.uniform(0.25, 0.6)) if is_v else 0.0,
        sleeve=float(rng.choice([2.5, 4.15], p=[0.35, 0.65])),
    )


def _draw_wrinkles(rng: np.random.Generator, age: float) -> tuple[float, ...]:
    """Return the depth of each pattern: independent draws, weak in the young, so no shortcut."""
    grown = float(np.interp(age, [5, 16, 30, 50, 70], [0.05, 0.3, 0.6, 0.9, 1.2]))
    depth = rng.beta(1.3, 1.6, 8) * 1.5 * grown
    depth[rng.random(8) < 0.2] = 0.0
    return tuple(float(d) for d in depth)
