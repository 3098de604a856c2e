"""From the invented sheets of two licensed data sets to leave-one-subject-out folds."""

from pathlib import Path

import pytest

from cinefacs.datasets.build import build_dataset
from cinefacs.datasets.config import BuildConfig, SplitConfig
from cinefacs.datasets.image_files import read_rgb, write_png
from cinefacs.datasets.leaks import check_dataset
from cinefacs.datasets.split import split_dataset
from cinefacs.errors import StudyError
from cinefacs.labels.licensed.import_data_set import import_data_set
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.records.dataset_manifest import SplitUnit
from cinefacs.records.film import Film
from cinefacs.records.sample import Part
from cinefacs.storage.label_tables import read_authors
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from tests.support.drawn_study import background
from tests.support.licensed_sheets import CASME2, SAMM, Example, write_pictures, write_xlsx


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyLayout:
    """Return a study of two data sets, each picture of which looks different."""
    root = Path(tmp_path_factory.mktemp("licensed"))
    layout = StudyLayout(root / "study")
    examples: list[tuple[DataSetName, Example]] = [
        (DataSetName.CASME2, CASME2),
        (DataSetName.SAMM, SAMM),
    ]
    seed = 0
    for name, example in examples:
        sheet = write_xlsx(root / f"{name}.xlsx", example.pages)
        frames = write_pictures(root / str(name), example.folders)
        for picture in sorted(frames.rglob("*.jpg")):
            seed += 1
            write_png(picture, background(seed))  # the content tells the format
        import_data_set(name, sheet, frames=frames, out=layout.root)
    return layout


def test_nobody_looked_for_faces_there(study: StudyLayout) -> None:
    coders = tuple(f"{coder}/{label_set}" for coder, label_set in read_authors(study))
    with pytest.raises(StudyError, match="nobody looked for any") as caught:
        build_dataset(study.root, "none", config=BuildConfig(labels=coders))
    assert "--whole-pictures" in caught.value.hint


def test_one_subject_is_left_out_at_a_time(study: StudyLayout) -> None:
    coders = tuple(f"{coder}/{label_set}" for coder, label_set in read_authors(study))
    config = BuildConfig(
        space="emotion", labels=coders, whole_pictures=True, unknown_apex="middle",
        neutral_ratio=0,
    )  # fmt: skip
    built = build_dataset(study.root, "megc", config=config)
    found = {(sample.label_source, sample.classes) for sample in built.manifest.samples}
    assert found == {
        ("casme2", ("disgust",)),
        ("casme2", ("happiness",)),
        ("samm", ("contempt",)),
        ("samm", ("happiness",)),
    }
    films = {film.film_id: Path(film.path) for film in read_records(study.films_path, Film)}
    for sample in built.manifest.samples:
        assert sample.box_xyxy is not None
        assert sample.box_xyxy[2:] == sample.image_wh
        assert not sample.points_xy
        folder = films[sample.film_id]
        source = sorted(folder.iterdir(), key=lambda p: int(p.stem[3:].lstrip("_") or 0))
        picture = read_rgb(study.root / sample.image_path)
        assert (picture == read_rgb(source[sample.frame_index])).all()
    split_dataset(built.layout, config=SplitConfig(megc=True), target=None)
    folds = check_dataset(built.layout)
    assert folds.leaks == ()
    by_source = split_dataset(
        built.layout, config=SplitConfig(by="source", leave_one_out=True), target=None
    ).manifest
    assert by_source.fold_names == ("casme2", "samm")
    assert by_source.protocol is not None
    assert by_source.protocol.unit is SplitUnit.SOURCE
    assert {s.label_source for s in by_source.select(Part.TEST, fold=1)} == {"samm"}


def test_a_folder_that_has_changed_is_named(study: StudyLayout) -> None:
    film = next(f for f in read_records(study.films_path, Film) if "EP01_01" in f.path)
    coders = tuple(f"{coder}/{label_set}" for coder, label_set in read_authors(study))
    extra = Path(film.path) / "img99.jpg"
    write_png(extra, background(1))
    try:
        config = BuildConfig(labels=coders, whole_pictures=True, neutral_ratio=0)
        with pytest.raises(StudyError, match="expected the 12 pictures that were imported"):
            build_dataset(study.root, "changed", config=config)
    finally:
        extra.unlink()
