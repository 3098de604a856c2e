"""Folders of numbered pictures."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cinefacs.errors import FilmError
from cinefacs.media.picture_folder import find_picture_folders, open_picture_folder
from tests.support.licensed_sheets import PICTURE


def fill(folder: Path, names: Sequence[str], content: bytes = PICTURE) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(content)
    return folder


def test_numbers_and_not_names_order_the_pictures(tmp_path: Path) -> None:
    names = ["img10.jpg", "img9.jpg", "img0011.JPG", "cover.jpg", "._img12.jpg", "img13.txt"]
    folder = open_picture_folder(fill(tmp_path, names))

    assert folder.names == ("img9.jpg", "img10.jpg", "img0011.JPG")
    assert folder.numbers == (9, 10, 11)
    assert len(folder) == 3
    assert folder.picture_path(1) == tmp_path / "img10.jpg"
    assert folder.size_wh() == (8, 6)
    assert folder.codec == "mjpeg"


def test_a_folder_without_numbered_pictures_is_told(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="expected pictures with a number at the end"):
        open_picture_folder(fill(tmp_path, ["cover.jpg"]))
    with pytest.raises(FilmError, match="expected a folder of pictures, got: No such file"):
        open_picture_folder(tmp_path / "none")


def test_a_number_that_two_pictures_have_is_told(tmp_path: Path) -> None:
    fill(tmp_path, ["img1.jpg", "reg_img1.jpg"])
    with pytest.raises(FilmError, match=r"expected each number once, got img1\.jpg and reg_img1"):
        open_picture_folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no picture", PICTURE[:30]])
def test_a_first_picture_that_cannot_be_read_is_told(tmp_path: Path, content: bytes) -> None:
    folder = open_picture_folder(fill(tmp_path, ["1.jpg"], content))
    with pytest.raises(FilmError, match=r"1\.jpg: expected a picture"):
        folder.size_wh()


def test_the_digest_knows_content_and_owner_but_no_place(tmp_path: Path) -> None:
    names = [f"{n}.jpg" for n in range(1, 6)]
    folder = open_picture_folder(fill(tmp_path / "a", names))
    same = open_picture_folder(fill(tmp_path / "b" / "c", names))
    digest = folder.digest("casme2", "sub01", "x")

    assert len(digest) == 64
    assert same.digest("casme2", "sub01", "x") == digest
    assert same.digest("casme2", "sub02", "x") != digest

    (tmp_path / "a" / "3.jpg").write_bytes(PICTURE[:-1] + b"!")
    middle = folder.digest("casme2", "sub01", "x")
    (tmp_path / "a" / "3.jpg").write_bytes(PICTURE)
    (tmp_path / "a" / "2.jpg").write_bytes(PICTURE + b"!")
    size = folder.digest("casme2", "sub01", "x")
    fill(tmp_path / "a", ["2.jpg", "6.jpg"])
    more = open_picture_folder(tmp_path / "a").digest("casme2", "sub01", "x")
    assert len({digest, middle, size, more}) == 4


def test_a_picture_that_went_away_is_told(tmp_path: Path) -> None:
    folder = open_picture_folder(fill(tmp_path, ["1.jpg", "2.jpg"]))
    (tmp_path / "2.jpg").unlink()
    with pytest.raises(FilmError, match="expected pictures, got: No such file"):
        folder.digest()


def test_folders_are_found_at_any_depth_and_through_links_once(tmp_path: Path) -> None:
    deep = fill(tmp_path / "root" / "a" / "b", ["1.jpg"])
    fill(tmp_path / "root" / "a" / "text", ["1.txt", "cover.png"])
    outside = fill(tmp_path / "elsewhere" / "c", ["2.png"])
    (tmp_path / "root" / "link").symlink_to(outside)
    (tmp_path / "root" / "a" / "b" / "loop").symlink_to(tmp_path / "root")

    found = find_picture_folders(tmp_path / "root")
    assert found == [deep.resolve(), tmp_path.resolve() / "root" / "link"]
    assert find_picture_folders(outside) == [outside.resolve()]
