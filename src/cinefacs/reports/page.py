"""What all pages share: the templates' environment, and how they write numbers and pictures."""

import base64
from fractions import Fraction

import jinja2
from markupsafe import Markup

from cinefacs.timing.clock import format_timecode

__all__ = ["make_environment"]


def make_environment() -> jinja2.Environment:
    """Return the environment of the pages' templates: everything is escaped, nothing is missing."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cinefacs.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "picture": _as_data_url,
        "svg": Markup,
        "timecode": format_timecode,
        "percent": _percent,
        "seconds": _seconds,
        "count": _count,
        "reason": lambda reason: reason.replace("_", " "),
    }
    return environment


def _as_data_url(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def _seconds(value: Fraction | float) -> str:
    return f"{float(value):.2f} s"


def _count(n: int) -> str:
    return f"{n:,}"
