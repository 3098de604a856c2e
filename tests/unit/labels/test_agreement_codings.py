"""What a coder said of each frame: present, absent, or not judged, which is not the same."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from cinefacs.errors import StudyError
from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.agreement.codings import Coding, Unused, code_aus, code_emotions
from cinefacs.labels.agreement.raters import Rater
from cinefacs.labels.agreement.stretches import read_stretches
from cinefacs.records.au_label import AuLabel, Visibility
from cinefacs.records.clip import Clip
from cinefacs.records.coded_span import CodedSpan
from cinefacs.records.face_track import FaceTrack
from cinefacs.records.film import Film
from cinefacs.records.labels import Labels
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.face_tables import track_to_table
from cinefacs.storage.record_tables import write_records
from cinefacs.storage.study import StudyLayout
from cinefacs.storage.tables import write_table
from tests.support.noisy_coders import (
    FILM_ID,
    TIME_BASE,
    make_clip,
    make_coded,
    make_expression,
    make_film,
    make_label,
    write_study,
)

CLIP = make_clip(1, 100, 110)
ANN, BOB = (Rater(name=name, coder=name, label_set="round-1") for name in ("ann", "bob"))


def code(
    tmp_path: Path, *labels: AuLabel, coded: list[CodedSpan], unused: Unused | None = None
) -> Coding[int]:
    everything = Labels(aus=labels, coded=tuple(coded))
    layout = write_study(tmp_path, [CLIP], Labels())
    stretches = read_stretches(layout, everything.coded)
    _, codings = code_aus(everything, [ANN, BOB], stretches, unused or Unused())
    (coding,) = codings
    return coding


def write_rounded(root: Path) -> tuple[Clip, StudyLayout]:
    """Write a study of ten frames at 23.976 a second in ticks of 1 ms."""
    base = Fraction(1, 1000)
    span = TimeSpan(start_pts=0, end_pts=round(10 * TIME_BASE / base), time_base=base)
    layout = StudyLayout(root)
    clip = replace(CLIP, span=span, start_frame=0, end_frame=10)
    write_records(layout.films_path, Film, [replace(make_film(10), span=span)])
    write_records(layout.clips_path, Clip, [clip])
    return clip, layout


def shown(coding: Coding[int], rater: int, au: int) -> str:
    """Return a coder's judgements: ``+`` present, ``-`` absent, ``.`` not judged."""
    return "".join("-+."[c] for c in coding.present[rater, coding.channels.index(au)])


def test_absent_is_what_was_looked_for_and_not_seen(tmp_path: Path) -> None:
    coding = code(
        tmp_path,
        make_label(CLIP, "ann", 12, 2, 5),
        coded=[make_coded(CLIP, "ann", [4, 12]), make_coded(CLIP, "bob", [12], frames=(0, 6))],
    )
    assert shown(coding, 0, 12) == "--+++-----"
    assert shown(coding, 0, 4) == "----------"
    assert shown(coding, 1, 12) == "------...."
    assert shown(coding, 1, 4) == ".........."  # bob did not look for it


def test_not_codable_and_hidden_are_missing_but_what_was_seen_wins(tmp_path: Path) -> None:
    coding = code(
        tmp_path,
        make_label(CLIP, "ann", 12, 4, 6, side=Side.LEFT),
        make_label(CLIP, "ann", 12, 2, 8, visibility=Visibility.NOT_CODABLE),
        make_label(CLIP, "bob", 12, 0, 3, visibility=Visibility.HIDDEN),
        coded=[make_coded(CLIP, "ann", [12]), make_coded(CLIP, "bob", [12])],
    )
    assert shown(coding, 0, 12) == "--..++..--"
    assert shown(coding, 1, 12) == "...-------"
    assert coding.judged.all()
    assert list(coding.events) == [(0, 0)]


def test_labels_are_cut_at_the_clip_and_the_strongest_intensity_counts(tmp_path: Path) -> None:
    coding = code(
        tmp_path,
        make_label(CLIP, "ann", 12, -5, 4, intensity=Intensity.B, apex_pts=97),
        make_label(CLIP, "ann", 12, 3, 15, intensity=Intensity.D, apex_pts=105),
        coded=[make_coded(CLIP, "ann", [12])],
    )
    assert shown(coding, 0, 12) == "++++++++++"
    assert coding.rank[0, 0].tolist() == [2, 2, 2, 4, 4, 4, 4, 4, 4, 4]
    first, second = coding.events[0, 0]
    assert (first.start, first.end, first.apex) == (100, 104, None)  # the apex is cut off
    assert (second.start, second.end, second.apex) == (103, 110, 105)


def test_labels_that_say_nothing_are_counted(tmp_path: Path) -> None:
    unused = Unused()
    coding = code(
        tmp_path,
        make_label(CLIP, "ann", 12, 40, 50),  # outside every clip
        make_label(CLIP, "ann", 4, 0, 3),  # nobody looked for AU 4
        make_label(CLIP, "bob", 12, 6, 9),  # bob did not go through these frames
        coded=[make_coded(CLIP, "ann", [12]), make_coded(CLIP, "bob", [12], frames=(0, 6))],
        unused=unused,
    )
    assert (unused.n_outside_stretches, unused.n_not_coded) == (1, 2)
    assert coding.events == {}


def test_a_label_half_outside_what_was_coded_counts_inside(tmp_path: Path) -> None:
    coding = code(
        tmp_path,
        make_label(CLIP, "bob", 12, 4, 8),
        coded=[make_coded(CLIP, "bob", [12], frames=(0, 6))],
    )
    assert shown(coding, 1, 12) == "----++...."


def test_a_label_shorter_than_a_frame_takes_the_frame_that_it_lies_in(tmp_path: Path) -> None:
    """Frames last 41.7 ms; a label from 70 to 73 ms lies in the second, after its middle."""
    clip, layout = write_rounded(tmp_path)
    span = TimeSpan(start_pts=70, end_pts=73, time_base=Fraction(1, 1000))
    labels = Labels(
        aus=(make_label(CLIP, "ann", 12, 0, 1, span=span),),
        coded=(replace(make_coded(CLIP, "ann", [12]), span=clip.span),),
    )
    _, codings = code_aus(labels, [ANN], read_stretches(layout, labels.coded), Unused())
    coding = next(codings)
    assert shown(coding, 0, 12) == "-+--------"
    assert (coding.events[0, 0][0].start, coding.events[0, 0][0].end) == (70, 73)


def test_other_people_and_other_characters_are_passed_over(tmp_path: Path) -> None:
    coding = code(
        tmp_path,
        make_label(CLIP, "zoe", 12, 0, 5),
        make_label(CLIP, "ann", 12, 0, 5, character_number=2),
        coded=[make_coded(CLIP, "ann", [12]), make_coded(CLIP, "zoe", [12])],
    )
    assert shown(coding, 0, 12) == "----------"
    assert coding.present.shape[0] == 2


def test_labels_in_another_time_base_and_rounded_frames(tmp_path: Path) -> None:
    """A film at 23.976 a second in ticks of 1 ms: frames begin at rounded ticks.

    Frame k begins at k * 41.708 ms. A label of frames 2 to 4 by exact frame times in ticks of
    1/90000 s must cover these three frames, though 2 * 1001 / 24000 s is no whole millisecond.
    """
    tick = TIME_BASE
    clip, layout = write_rounded(tmp_path)
    exact = TimeSpan(
        start_pts=round(2 * tick * 90000), end_pts=round(5 * tick * 90000),
        time_base=Fraction(1, 90000),
    )  # fmt: skip
    coded = make_coded(CLIP, "ann", [12])
    coded = replace(coded, span=clip.span)
    labels = Labels(aus=(make_label(CLIP, "ann", 12, 0, 1, span=exact),), coded=(coded,))
    stretches = read_stretches(layout, labels.coded)
    _, codings = code_aus(labels, [ANN], stretches, Unused())
    assert shown(next(codings), 0, 12) == "--+++-----"


def test_emotions_are_judged_together_and_capitals_do_not_matter(tmp_path: Path) -> None:
    labels = Labels(
        expressions=(
            make_expression(CLIP, "ann", ["Happiness"], 2, 5),
            make_expression(CLIP, "bob", ["happiness", "surprise"], 3, 6),
        ),
        coded=(
            make_coded(CLIP, "ann", [], has_emotions=True),
            make_coded(CLIP, "bob", [12], has_emotions=False),
        ),
    )
    layout = write_study(tmp_path, [CLIP], Labels())
    stretches = read_stretches(layout, labels.coded)
    emotions, codings = code_emotions(labels, [ANN, BOB], stretches, Unused())
    assert emotions == ("happiness", "surprise")
    (coding,) = codings
    assert coding.present[0].tolist() == [[0, 0, 1, 1, 1, 0, 0, 0, 0, 0], [0] * 10]
    assert (coding.present[1] == -1).all()  # bob was not asked for emotions


class TestStretches:
    def test_films_without_clips_are_compared_where_any_coder_went(self, tmp_path: Path) -> None:
        layout = StudyLayout(tmp_path)
        write_records(layout.films_path, Film, [make_film(1000)])
        coded = [
            make_coded(CLIP, "ann", [12], frames=(0, 20)),
            make_coded(CLIP, "bob", [12], frames=(15, 30)),
            make_coded(CLIP, "bob", [12], frames=(50, 60)),
        ]
        stretches = read_stretches(layout, coded)
        assert [(s.span.start_pts, s.span.end_pts, s.n_frames) for s in stretches] == [
            (100, 130, 30), (150, 160, 10),
        ]  # fmt: skip
        assert [s.is_clip for s in stretches] == [False, False]
        assert stretches[0].name == "001-01+4.171s"

    def test_a_variable_rate_takes_the_times_at_which_faces_were_found(
        self, tmp_path: Path
    ) -> None:
        film = make_film(1000)
        variable = replace(film, is_constant_rate=False)
        layout = StudyLayout(tmp_path)
        write_records(layout.films_path, Film, [variable])
        write_records(layout.clips_path, Clip, [CLIP])
        pts, ones = np.array([90, 100, 101, 104, 108, 115]), np.ones(6, np.float32)
        track = FaceTrack(
            film_id=FILM_ID,
            track_id=0,
            shot_index=0,
            time_base=TIME_BASE,
            frame_index=np.arange(6),
            pts=pts,
            end_pts=120,
            box_xyxy=np.ones((6, 4), np.float32),
            points_xy=np.zeros((6, 5, 2), np.float32),
            score=ones,
            is_measured=ones > 0,
            sharpness=ones,
            luma=ones,
            codability_code=np.zeros(6, np.uint8),
        )
        write_table(layout.tracks_path, track_to_table(track))
        (stretch,) = read_stretches(layout, [])
        assert stretch.frame_edges.tolist() == [100, 101, 104, 108, 110]

    def test_a_film_that_is_not_in_the_study(self, tmp_path: Path) -> None:
        layout = write_study(tmp_path, [CLIP], Labels())
        coded = make_coded(CLIP, "ann", [12])
        stray = replace(coded, film_id="9" * 64)
        with pytest.raises(StudyError, match="expected films of the study"):
            read_stretches(layout, [stray])

    def test_frames_never_last_less_than_a_tick(self, tmp_path: Path) -> None:
        """A clip of 10 frames in 4 ticks: no more frames than ticks can be told apart."""
        short = replace(CLIP, span=TimeSpan(start_pts=0, end_pts=4, time_base=Fraction(1, 2)))
        layout = write_study(tmp_path, [short], Labels())
        (stretch,) = read_stretches(layout, [])
        assert np.diff(stretch.frame_edges).tolist() == [1, 1, 1, 1]
