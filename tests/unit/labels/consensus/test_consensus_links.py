"""Agreed action units are part of the agreed expression that holds more than half of them."""

from pathlib import Path

import pytest

from cinefacs.labels.agreement.config import ConsensusConfig
from cinefacs.labels.agreement.raters import Rater
from cinefacs.labels.agreement.stretches import read_stretches
from cinefacs.labels.consensus.consensus import settle
from cinefacs.labels.consensus.labels import consensus_labels
from cinefacs.records.labels import Labels
from tests.support.labels import WHEN
from tests.support.noisy_coders import (
    make_clip,
    make_coded,
    make_expression,
    make_label,
    write_study,
)

CLIPS = [make_clip(1, 0, 100), make_clip(2, 200, 300)]
CODERS = ("ann", "bob", "cem")


def links(tmp_path: Path, start: int, end: int, *, clip: int = 0) -> list[str]:
    """Return whose part an action unit is; all coders saw fear 20 to 40 and joy 40 to 60."""
    labels = Labels(
        aus=tuple(make_label(CLIPS[clip], coder, 4, start, end) for coder in CODERS),
        expressions=tuple(
            make_expression(CLIPS[0], coder, [emotion], first, first + 20)
            for coder in CODERS
            for emotion, first in (("fear", 20), ("joy", 40))
        ),
        coded=tuple(
            make_coded(each, coder, [4], has_emotions=True) for each in CLIPS for coder in CODERS
        ),
    )
    layout = write_study(tmp_path / "study", CLIPS, Labels())
    raters = [Rater(name=coder, coder=coder, label_set="round-1") for coder in CODERS]
    settled = settle(
        labels, Labels(), raters, read_stretches(layout, labels.coded), config=ConsensusConfig()
    )
    made = consensus_labels(settled, label_set="consensus-1", changed_at=WHEN)
    emotion_of = {each.expression_id: each.emotions[0] for each in made.expressions}
    assert sorted(emotion_of.values()) == ["fear", "joy"]
    return [emotion_of.get(au.expression_id, au.expression_id) for au in made.aus]


@pytest.mark.parametrize(
    ("start", "end", "holder"),
    [
        (25, 30, "fear"),
        (20, 40, "fear"),
        (15, 30, "fear"),  # 10 of 15 frames lie within
        (10, 30, ""),  # just half does
        (45, 70, "joy"),
        (35, 50, "joy"),
        (30, 50, ""),  # half within either
        (70, 90, ""),
    ],
)
def test_more_than_half_of_its_time_lies_within(
    tmp_path: Path, start: int, end: int, holder: str
) -> None:
    assert links(tmp_path, start, end) == [holder]


def test_an_expression_of_another_clip_holds_nothing(tmp_path: Path) -> None:
    assert links(tmp_path, 25, 30, clip=1) == [""]
