"""Whoever watches the face reader sees each face under one number, and hears of its end."""

from collections.abc import Sequence

from cinefacs.faces.config import FaceConfig, ReadabilityConfig
from cinefacs.faces.reader import FaceReader, FaceReading
from cinefacs.media.frame import Frame
from cinefacs.records.face_track import Codability
from cinefacs.records.seen_face import SeenFace
from tests.support.scripted_faces import (
    FILM_ID,
    FlatBlendshapes,
    Script,
    ScriptedFinder,
    ScriptedMesher,
    box_at,
    cut_into_pieces,
)

SHOTS = (20, 30)


def two_and_a_glimpse(index: int) -> list:  # type: ignore[type-arg]
    """Two people in the first shot; one in the second, and somebody for a single frame."""
    if index < 20:
        return [box_at(60 + index, 90), box_at(220, 90)]
    glimpse = [box_at(60, 60, 50)] if index == 28 else []
    return [box_at(250, 110, 70), *glimpse]


class Watcher:
    """Write down everything."""

    readability = ReadabilityConfig()

    def __init__(self) -> None:
        self.seen: dict[int, list[tuple[int, SeenFace]]] = {}
        self.ended: list[int] = []
        self.forgotten: list[int] = []

    def push(self, frame: Frame, faces: Sequence[SeenFace], /) -> None:
        for each in faces:
            assert each.face not in self.ended
            self.seen.setdefault(each.face, []).append((frame.index, each))

    def end(self, face: int, /) -> None:
        self.ended.append(face)

    def forget(self, face: int, /) -> None:
        assert face in self.ended
        self.forgotten.append(face)


def watch(script: Script, config: FaceConfig | None = None) -> tuple[Watcher, list[FaceReading]]:
    watcher = Watcher()
    reader = FaceReader(
        FILM_ID,
        config or FaceConfig(),
        finder=ScriptedFinder(script),
        mesher=ScriptedMesher(script),
        blendshapes=FlatBlendshapes(),
        embedder=None,
        watcher=watcher,
    )
    pieces = cut_into_pieces(SHOTS, piece=7)
    readings = [reading for piece in pieces for reading in reader.push(piece)]
    return watcher, readings + reader.finish()


def test_each_track_was_seen_under_its_number() -> None:
    watcher, readings = watch(two_and_a_glimpse)
    assert len(readings) == 3
    for reading in readings:
        seen = watcher.seen[reading.face]
        frames = [frame for frame, _ in seen]
        assert frames[: len(reading.track)] == reading.track.frame_index.tolist()
        for (_, face), box in zip(seen, reading.track.box_xyxy, strict=False):
            if face.is_readable:
                assert face.box_xyxy.tolist() == box.tolist()
    verdicts = {face.codability for faces in watcher.seen.values() for _, face in faces}
    assert Codability.CODABLE in verdicts
    faces = [face for seen in watcher.seen.values() for _, face in seen]
    assert all(face.is_readable for face in faces if face.codability is Codability.CODABLE)


def test_what_is_no_track_is_forgotten() -> None:
    watcher, readings = watch(two_and_a_glimpse)
    tracks = {reading.face for reading in readings}
    assert sorted(watcher.ended) == sorted(watcher.seen)  # all ended, each once
    assert set(watcher.forgotten) == set(watcher.seen) - tracks
    assert len(watcher.forgotten) == 1


def test_pieces_of_a_long_track_are_faces_of_their_own() -> None:
    watcher, readings = watch(two_and_a_glimpse, FaceConfig(max_track_s=0.5))
    assert len(readings) > 3
    assert len({reading.face for reading in readings}) == len(readings)
    assert {reading.face for reading in readings} <= set(watcher.ended)
