"""Help for tests of the synthetic films: what is missing skips the test and says so."""

from functools import cache

from cinefacs.errors import ModelError
from cinefacs.synth.assets import HeadAssets, load_assets
from cinefacs.synth.gpu import open_gpu
from tests.support.media import skip_or_fail

__all__ = ["need_assets", "need_egl"]


def need_assets() -> HeadAssets:
    """Return the head data, or skip the test where it is not installed."""
    try:
        return load_assets()
    except ModelError as error:
        skip_or_fail(f"{error.message}: {error.hint}")
        raise


@cache
def _egl_fault() -> str:
    try:
        open_gpu().context.release()
    except ModelError as error:
        return f"{error.message}: {error.hint}"
    return ""


def need_egl() -> None:
    """Skip the test where there is no off-screen OpenGL or no head data."""
    need_assets()
    fault = _egl_fault()
    if fault:
        skip_or_fail(fault)
