"""What a run holds must not pile up: networks are gone before clips are cut."""

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cinefacs.engines.session import Session
from cinefacs.pipeline.collect import collect
from cinefacs.pipeline.config import CollectConfig
from cinefacs.pipeline.cut import cut_clips
from cinefacs.pipeline.readers import FaceTools
from tests.support.encoding import write_film


def sessions() -> int:
    gc.collect()
    return sum(type(each) is Session for each in gc.get_objects())


def test_unloaded_networks_are_gone_and_come_back() -> None:
    before = sessions()
    tools = FaceTools(CollectConfig(identity="off"), device="CPU")
    reader = tools.make_reader("a" * 64, 0)
    assert sessions() == before + 3
    tools.unload()
    assert sessions() == before + 3  # the reader still needs them
    del reader
    assert sessions() == before
    assert tools.make_reader("a" * 64, 7).next_track_id == 7


def test_no_network_is_held_while_clips_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "grey.mp4"
    write_film(film, [np.full((48, 64, 3), 128, np.uint8)] * 24)
    before, seen = sessions(), []

    def cut_and_count(*words: Any, **options: Any) -> Any:  # noqa: ANN401
        seen.append(sessions() - before)
        return cut_clips(*words, **options)

    monkeypatch.setattr("cinefacs.pipeline.collect.cut_clips", cut_and_count)
    collect([film], out=tmp_path / "study", config=CollectConfig(identity="off"))
    assert seen == [0]
