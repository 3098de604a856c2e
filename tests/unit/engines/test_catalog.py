"""The list of model files, where they lie, and how an altered one is noticed."""

import importlib.util
import os
import re
from pathlib import Path

import pytest

from cinefacs.engines import catalog
from cinefacs.engines.catalog import (
    ModelState,
    cache_dir,
    default_names,
    list_models,
    load_catalog,
    model_path,
    model_sha256,
    sha256_of,
    verify_models,
)
from cinefacs.engines.install import install_models
from cinefacs.errors import ModelError
from tests.support.small_catalog import SmallCatalog


@pytest.fixture
def installed(small_catalog: SmallCatalog, tmp_path: Path) -> Path:
    """Install the two base models and return the path of the first."""
    wheel = small_catalog.build_wheel(tmp_path, "alpha-models")
    install_models(["box", "points"], from_wheel=wheel)
    return model_path("box")


def test_every_entry_is_complete() -> None:
    entries = load_catalog()
    assert [entry.name for entry in entries] == [
        "centerface",
        "face-landmarks",
        "face-blendshapes",
        "dlib-face-recognition",
    ]
    for entry in entries:
        for digest in (entry.sha256, entry.wheel_member_sha256):
            assert re.fullmatch("[0-9a-f]{64}", digest)
        assert entry.licence in {"MIT", "Apache-2.0", "CC0-1.0"}
        assert min(len(entry.origin), len(entry.training_data), len(entry.role)) > 10
        assert (entry.zip_member is None) == (entry.sha256 == entry.wheel_member_sha256)
        assert entry.size_bytes > 0
        assert entry.wheel_bytes > 0


def test_the_68_point_predictor_is_never_taken() -> None:
    members = {entry.wheel_member for entry in load_catalog()}
    assert not [member for member in members if "68" in member]


def test_only_identity_models_belong_to_the_extra() -> None:
    extras = {entry.name: entry.extra for entry in load_catalog() if entry.extra}
    assert extras == {"dlib-face-recognition": "identity"}


def test_cache_dir_takes_own_variable_then_xdg_then_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINEFACS_CACHE", "/own")
    monkeypatch.setenv("XDG_CACHE_HOME", "/shared")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_dir() == Path("/own")
    monkeypatch.delenv("CINEFACS_CACHE")
    assert cache_dir() == Path("/shared/cinefacs")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_dir() == Path("/home/somebody/.cache/cinefacs")


@pytest.mark.parametrize("has_dlib", [True, False])
def test_default_names_leave_out_models_of_missing_extras(
    small_catalog: SmallCatalog, monkeypatch: pytest.MonkeyPatch, has_dlib: bool
) -> None:
    found = importlib.util.find_spec("json")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: found if has_dlib else None)
    expected = ("box", "points", "person") if has_dlib else ("box", "points")
    assert default_names() == expected


def test_unknown_name_says_what_was_meant() -> None:
    with pytest.raises(ModelError, match="expected a known name, got 'centrface'") as caught:
        model_path("centrface")
    assert caught.value.hint == "did you mean 'centerface'?"


def test_missing_model_names_the_command(small_catalog: SmallCatalog) -> None:
    with pytest.raises(ModelError, match="got nothing") as caught:
        model_path("box")
    assert "cinefacs models install" in caught.value.hint


@pytest.mark.parametrize("content", [b"finds bXxes", b"longer than it was"])
def test_altered_model_is_refused(installed: Path, content: bytes) -> None:
    installed.write_bytes(content)
    with pytest.raises(ModelError, match=r"expected .* with SHA-256 .*, got other content"):
        model_path("box")


def test_file_is_read_once_per_process(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def counting(path: Path) -> str:
        read.append(path)
        return sha256_of(path)

    catalog._sha256_once.cache_clear()
    monkeypatch.setattr(catalog, "sha256_of", counting)
    assert [model_path("box") for _ in range(3)] == [installed] * 3
    assert read == [installed]


def test_verify_reads_anew_what_kept_its_size_and_time(installed: Path) -> None:
    status = installed.stat()
    assert model_path("box") == installed
    installed.write_bytes(b"finds bXxes")
    os.utime(installed, ns=(status.st_atime_ns, status.st_mtime_ns))
    (row,) = verify_models(["box"])
    assert row.state is ModelState.ALTERED


def test_unreadable_file_is_an_error(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> str:
        raise PermissionError(13, "Permission denied")

    catalog._sha256_once.cache_clear()
    monkeypatch.setattr(catalog, "sha256_of", refuse)
    with pytest.raises(ModelError, match="got: Permission denied"):
        model_path("box")


def test_rows_tell_state_licence_and_path(installed: Path) -> None:
    rows = {row.name: row for row in list_models()}
    assert [row.state for row in rows.values()] == [
        ModelState.INSTALLED,
        ModelState.INSTALLED,
        ModelState.MISSING,
    ]
    assert rows["box"].path == installed
    assert rows["box"].licence == "MIT"
    assert rows["person"].extra == "identity"


def test_model_sha256_gives_what_a_run_records(small_catalog: SmallCatalog) -> None:
    (first, *_) = small_catalog.entries
    assert model_sha256(["box"]) == {"box": first.sha256}
