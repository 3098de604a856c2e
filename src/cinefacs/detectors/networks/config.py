"""Which network: everything that can be chosen about one; imports no array library."""

import re
from dataclasses import dataclass, fields
from typing import Literal, get_args, get_type_hints

from cinefacs.errors import ConfigError, did_you_mean

__all__ = [
    "RIVALS",
    "Attention",
    "BoxLoss",
    "NetworkConfig",
    "find_network",
    "preset_names",
]

Family = Literal["yolov8", "yolov5", "yolov3", "yolov3-tiny", "faster-rcnn-vgg16", "ssd300-vgg16"]
Scale = Literal["n", "s", "m", "l", "x"]
Attention = Literal["none", "mca", "se", "cbam", "eca"]
BoxLoss = Literal["ciou", "mpdiou", "diou", "giou", "eiou", "iou"]

RIVALS = ("faster-rcnn-vgg16", "ssd300-vgg16")
"""The networks that are torchvision's."""
_SCALED = ("yolov8", "yolov5")
_MODIFIERS: dict[str, dict[str, str]] = {
    "mca": {"attention": "mca"},
    "se": {"attention": "se"},
    "cbam": {"attention": "cbam"},
    "eca": {"attention": "eca"},
    "vovgscsp": {"vovgscsp": "neck"},
    "vovgscsp-everywhere": {"vovgscsp": "everywhere"},
    "gsconv": {"downsampling": "gsconv"},
    "before-sppf": {"attention_at": "before_sppf"},
    "after-sppf": {"attention_at": "after_sppf"},
    "crop-reader": {"reader": "crop"},
    **{name: {"box_loss": name} for name in get_args(BoxLoss)},
}
"""What may follow a plus sign in a network's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkConfig:
    """One network; the paper gives no positions, so each is a switch."""

    family: Family = "yolov8"
    """Backbone, neck and head that the switches below act on."""
    scale: Scale | None = "n"
    """Depth and width of YOLOv8 and YOLOv5; None for the others."""
    vovgscsp: Literal["none", "neck", "everywhere"] = "none"
    """Which C2f stages of YOLOv8 become VoVGSCSP: those of the neck, or of the backbone too."""
    attention: Attention = "none"
    """Attention block of YOLOv8."""
    attention_at: Literal["neck_outputs", "before_sppf", "after_sppf"] = "neck_outputs"
    """Where the attention block stands: on each of the three maps that the head reads, or at the
    end of the backbone."""
    downsampling: Literal["conv", "gsconv"] = "conv"
    """What halves the maps in YOLOv8's neck."""
    reader: Literal["points", "crop"] = "points"
    """Where YOLOv8 reads several labels of a face: at each anchor point, as the paper's networks
    do, or once from the whole crop of a face (docs/decisions/0026)."""
    box_loss: BoxLoss = "ciou"
    """Overlap in the loss of the boxes; the assigner keeps CIoU."""
    width_share: float = 1.0
    """Channels as a share of the scale's own, 0 to 1: small networks for quick trials."""

    def __post_init__(self) -> None:
        """Check that each switch exists and has something to act on."""
        self._check_values()
        if (self.family in _SCALED) != (self.scale is not None):
            expected = "a scale n, s, m, l or x" if self.family in _SCALED else "no scale"
            raise ConfigError(f"network {self.family}: expected {expected}, got {self.scale!r}")
        if self.family != "yolov8":
            plain = NetworkConfig()
            for name in ("vovgscsp", "attention", "attention_at", "downsampling", "reader"):
                if getattr(self, name) != getattr(plain, name):
                    raise ConfigError(
                        f"network {self.family}: expected {name} {getattr(plain, name)!r}, "
                        f"got {getattr(self, name)!r}",
                        hint="only yolov8 has this switch",
                    )
        if self.family in RIVALS and self.box_loss != "ciou":
            raise ConfigError(
                f"network {self.family}: expected no choice of box_loss, got {self.box_loss!r}",
                hint="torchvision's detectors have a loss of their own",
            )

    def _check_values(self) -> None:
        for name, kind in get_type_hints(NetworkConfig).items():
            value = getattr(self, name)
            choices = [word for part in (kind, *get_args(kind)) for word in get_args(part)]
            known = [word for word in choices if isinstance(word, str)]
            if known and value is not None and value not in known:
                raise ConfigError(
                    f"network: {name}: expected one of {', '.join(known)}, got {value!r}"
                )
        if not 0 < self.width_share <= 1:
            raise ConfigError(
                f"network: width_share: expected more than 0, at most 1, got {self.width_share}"
            )

    @property
    def name(self) -> str:
        """Name that `find_network` turns back into this configuration."""
        base = f"{self.family}{self.scale or ''}"
        rest = dict(_switches(self))
        smart = {"vovgscsp": "neck", "attention": "mca", "box_loss": "mpdiou"}
        if smart.items() <= rest.items():
            base += "-smart"
            rest = {key: value for key, value in rest.items() if key not in smart}
        for word, change in _MODIFIERS.items():
            if change.items() <= rest.items():
                base += f"+{word}"
                rest = {key: value for key, value in rest.items() if key not in change}
        return base if self.width_share == 1 else f"{base}*{self.width_share:g}"


def _switches(config: NetworkConfig) -> list[tuple[str, str]]:
    """Return the switches that stand otherwise than in a plain network."""
    found = []
    for field in fields(NetworkConfig):
        value = getattr(config, field.name)
        if field.name not in {"family", "scale", "width_share"} and value != field.default:
            found.append((field.name, str(value)))
    return found


def preset_names() -> list[str]:
    """Return the names without modifiers: what the paper compares, in every scale."""
    scaled = [f"{family}{scale}" for family in _SCALED for scale in get_args(Scale)]
    smart = [f"yolov8{scale}-smart" for scale in get_args(Scale)]
    return sorted([*scaled, *smart, "yolov3", "yolov3-tiny", *RIVALS])


def find_network(name: str) -> NetworkConfig:
    """Return the configuration that a name stands for.

    Parameters
    ----------
    name
        A preset such as ``yolov8n-smart``, with switches after plus signs
        (``yolov8n+se+before-sppf``) and a share of the width after a star
        (``yolov8n-smart*0.25``).

    Raises
    ------
    ConfigError
        Unknown preset or switch, two switches about one thing, or a switch that the family has not.
    """
    match = re.fullmatch(r"([^+*]+)((?:\+[^+*]+)*)(?:\*([0-9.]+))?", name)
    base = match[1] if match else name
    if match is None or base not in preset_names():
        raise ConfigError(
            f"network: expected a known name, got {name!r}",
            hint=did_you_mean(base, preset_names()),
        )
    chosen: dict[str, str] = {}
    if base.endswith("-smart"):
        chosen = {"vovgscsp": "neck", "attention": "mca", "box_loss": "mpdiou"}
    seen: set[str] = set()
    for word in match[2].split("+")[1:]:
        if word not in _MODIFIERS:
            raise ConfigError(
                f"network {base}: expected a known switch, got {word!r}",
                hint=did_you_mean(word, _MODIFIERS),
            )
        if twice := seen & _MODIFIERS[word].keys():
            raise ConfigError(f"network {name}: expected one {twice.pop()}, got two")
        seen |= _MODIFIERS[word].keys()
        chosen |= _MODIFIERS[word]
    family, scale = _split_base(base.removesuffix("-smart"))
    share = _read_share(name, match[3])
    return NetworkConfig(family=family, scale=scale, width_share=share, **chosen)  # type: ignore[arg-type]


def _read_share(name: str, text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError as error:
        raise ConfigError(f"network {name}: expected a number after *, got {text!r}") from error


def _split_base(base: str) -> tuple[Family, Scale | None]:
    for family in _SCALED:
        scale = base.removeprefix(family)
        if scale in get_args(Scale):
            return family, scale  # type: ignore[return-value]
    return base, None  # type: ignore[return-value]
