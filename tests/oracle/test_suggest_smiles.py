"""AU 12 of `labels suggest` against smiles that were coded by eye.

Truth: `smiles_by_eye.csv`, frame ranges written down by looking at every frame, committed before
the first run of `labels suggest`. Half-open, in frames of the file. In the woman's clip the mouth
of her crying (frames 0 to 140) is drawn wide too, and a hand lies over it for a while: that counts
as no smile here, and makes her clip the hard one.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from cinefacs.labels.suggest.blendshape_mapping import standard_mappings
from cinefacs.labels.suggest.config import SuggestConfig
from cinefacs.pipeline.suggest import read_scores
from cinefacs.pipeline.suggest_spans import suggest_for_character
from cinefacs.records.au_label import AuLabel
from cinefacs.records.character import Character
from cinefacs.records.film import Film
from cinefacs.records.label_checks import SUGGESTED
from cinefacs.storage.label_tables import read_labels
from cinefacs.storage.record_tables import read_records
from cinefacs.storage.study import StudyLayout
from tests.support.collecting import collect_by_command
from tests.support.networks import open_network

BY_EYE_PATH = Path(__file__).with_name("smiles_by_eye.csv")
with BY_EYE_PATH.open(encoding="utf-8", newline="") as lines:
    BY_EYE = [
        (row["file"], int(row["start_frame"]), int(row["end_frame"]))
        for row in csv.DictReader(lines)
    ]
FILES = sorted({file for file, _, _ in BY_EYE})


@dataclass(frozen=True, kw_only=True)
class Read:
    """What was made of one clip."""

    frame_index: npt.NDArray[np.int64]
    au12: npt.NDArray[np.float32]
    suggested: tuple[AuLabel, ...]
    frame_pts: npt.NDArray[np.int64]


@pytest.fixture(scope="module")
def study(pyfeat_media: Path, tmp_path_factory: pytest.TempPathFactory) -> StudyLayout:
    open_network("face-blendshapes")  # skips where the models are not installed
    out = tmp_path_factory.mktemp("smiles") / "study"
    films = [pyfeat_media / file for file in FILES]
    collect_by_command(*films, out=out, words=["--frames.mode", "none", "--identity", "off"])
    done = subprocess.run(
        [sys.executable, "-m", "cinefacs", "labels", "suggest", str(out), "--figure", "--json"],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert len(json.loads(done.stdout)["characters"]) == len(FILES)
    return StudyLayout(out)


@pytest.fixture(scope="module")
def clips(study: StudyLayout) -> Mapping[str, Read]:
    characters = read_records(study.characters_path, Character)
    labels = read_labels(study, authors=[(SUGGESTED, "blendshapes")]).aus
    mappings = [each for each in standard_mappings() if each.au == 12]
    found = {}
    for film in read_records(study.films_path, Film):
        ((number, tracks),) = read_scores(study, film, characters, mappings).items()
        own = suggest_for_character(
            number, tracks, mappings, SuggestConfig(), changed_at="2026-01-01T00:00:00+00:00"
        )
        found[Path(film.path).name] = Read(
            frame_index=own.scores.frame_index,
            au12=own.rise[12],
            suggested=tuple(
                label for label in labels if label.film_id == film.film_id and label.au == 12
            ),
            frame_pts=own.scores.pts,
        )
    return found


def is_smile(clip: Read, file: str) -> npt.NDArray[np.bool_]:
    """Return of each frame whether a smile was seen in it."""
    smiles: npt.NDArray[np.bool_] = np.any(
        [
            (clip.frame_index >= start) & (clip.frame_index < end)
            for name, start, end in BY_EYE
            if name == file
        ],
        axis=0,
    )
    return smiles


@pytest.mark.parametrize(("file", "start", "end"), BY_EYE)
def test_au_12_is_higher_in_each_smile_than_outside(
    clips: Mapping[str, Read], file: str, start: int, end: int
) -> None:
    clip = clips[file]
    in_smile = (clip.frame_index >= start) & (clip.frame_index < end)
    inside = float(clip.au12[in_smile].mean())
    outside = float(clip.au12[~is_smile(clip, file)].mean())
    assert inside - outside > 0, (inside, outside)


@pytest.mark.parametrize(("file", "start", "end"), BY_EYE)
def test_a_suggestion_begins_before_each_smile_is_a_quarter_of_a_second_old(
    clips: Mapping[str, Read], file: str, start: int, end: int
) -> None:
    """One may begin earlier: in the woman's clip the mouth comes out behind the hand at 228."""
    clip = clips[file]
    soon = (clip.frame_index >= start) & (clip.frame_index <= start + 7)
    suggested = np.any(
        [
            (clip.frame_pts >= label.span.start_pts) & (clip.frame_pts < label.span.end_pts)
            for label in clip.suggested
        ],
        axis=0,
    )
    assert (suggested & soon).any()


def test_no_score_of_the_man_is_high_outside_his_smile(clips: Mapping[str, Read]) -> None:
    for file in ("single_face.mp4", "face_noface.mov", "noface_face.mov"):
        clip = clips[file]
        assert clip.au12[~is_smile(clip, file)].max() < SuggestConfig().start_rise


def test_figures_are_drawn(study: StudyLayout) -> None:
    names = {path.name for path in study.suggestion_dir("blendshapes").glob("*.svg")}
    assert names == {f"{number:03d}-01.svg" for number in range(1, len(FILES) + 1)}
