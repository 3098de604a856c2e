"""A tag has one spelling: what is read is written again letter by letter."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.facs.tags import ClipTag, FrameTag, LabelTag

PAPER_FRAME = "003-06-0007-0008"
"""Paper, section 4.1: the eighth frame of the seventh shot of the sixth character in the third
film."""

numbers = st.integers(1, 10**7)
clip_tags = st.builds(ClipTag, numbers, numbers, numbers)
frame_tags = st.builds(FrameTag, clip_tags, numbers)
label_tags = st.builds(
    LabelTag,
    frame_tags,
    st.integers(0, 99),
    st.none() | st.integers(0, 10**6),
    st.lists(st.integers(0, 10**4), min_size=1, max_size=8, unique=True).map(tuple),
)


@st.composite
def near_tags(draw: st.DrawFn) -> str:
    """Draw a tag, or a tag with one character put in, taken out or changed."""
    text = str(draw(st.one_of(clip_tags, frame_tags, label_tags)))
    at = draw(st.integers(0, len(text)))
    taken_out = draw(st.integers(0, 1))
    put_in = draw(st.sampled_from(["", "0", "1", "-"]))
    return text[:at] + put_in + text[at + taken_out :]


@given(clip_tags)
def test_clip_tags_survive_writing_and_reading(tag: ClipTag) -> None:
    assert ClipTag.parse(str(tag)) == tag


@given(frame_tags)
def test_frame_tags_survive_writing_and_reading(tag: FrameTag) -> None:
    assert FrameTag.parse(str(tag)) == tag


@given(label_tags)
def test_label_tags_survive_writing_and_reading(tag: LabelTag) -> None:
    assert LabelTag.parse(str(tag)) == tag


@given(near_tags())
def test_what_is_read_is_written_as_it_was(text: str) -> None:
    for kind in (ClipTag, FrameTag, LabelTag):
        if kind.is_tag(text):
            assert str(kind.parse(text)) == text
        else:
            with pytest.raises(SchemaError, match="expected"):
                kind.parse(text)


@given(label_tags, label_tags)
def test_two_tags_never_share_a_spelling(one: LabelTag, other: LabelTag) -> None:
    assert (str(one) == str(other)) == (one == other)


def test_the_papers_example_names_film_character_shot_and_frame() -> None:
    tag = FrameTag.parse(PAPER_FRAME)
    assert FrameTag.is_tag(PAPER_FRAME)
    assert (tag.clip.film_number, tag.clip.character_number) == (3, 6)
    assert (tag.clip.clip_number, tag.picture_number) == (7, 8)


@pytest.mark.parametrize(
    ("text", "emotion", "combination", "aus"),
    [
        (f"{PAPER_FRAME}-05-06-12", 5, None, (6, 12)),
        (f"{PAPER_FRAME}-0512-06-12", 5, 12, (6, 12)),
        (f"{PAPER_FRAME}-0405-57", 4, 5, (57,)),
        (f"{PAPER_FRAME}-03100-01-02-04-05-07-20-26", 3, 100, (1, 2, 4, 5, 7, 20, 26)),
        (f"{PAPER_FRAME}-00-00", 0, None, (0,)),
        (f"{PAPER_FRAME}-07-120", 7, None, (120,)),
    ],
)
def test_both_forms_of_the_emotion_are_read(
    text: str, emotion: int, combination: int | None, aus: tuple[int, ...]
) -> None:
    tag = LabelTag.parse(text)
    assert str(tag.frame) == PAPER_FRAME
    assert (tag.emotion_number, tag.combination, tag.aus) == (emotion, combination, aus)
    assert str(tag) == text


def test_digits_widen_and_do_not_wrap() -> None:
    tag = FrameTag(ClipTag(1000, 100, 10000), 10000)
    assert str(tag) == "1000-100-10000-10000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3-6-7",
        "0003-06-0007",  # a zero too many: film 3 is 003
        "003-06-0007\n",
        "003-06-0007-",
        "٠٠٣-06-0007",
        "003_06_0007",
        " 003-06-0007",
    ],
)
def test_other_spellings_of_a_clip_are_refused(text: str) -> None:
    assert not ClipTag.is_tag(text)
    with pytest.raises(SchemaError, match="003-06-0007"):
        ClipTag.parse(text)


@pytest.mark.parametrize(
    "tail",
    ["", "-05", "-5-06", "-051-06", "-05-6", "-05-006", "-05-06-06", "-050012-06", "-05-06-"],
)
def test_other_spellings_of_a_label_are_refused(tail: str) -> None:
    assert not LabelTag.is_tag(PAPER_FRAME + tail)


@pytest.mark.parametrize("text", ["000-06-0007", "003-00-0007", "003-06-0000"])
def test_numbers_begin_at_one(text: str) -> None:
    with pytest.raises(SchemaError, match="expected 1 or more, got 0"):
        ClipTag.parse(text)


def test_pictures_begin_at_one() -> None:
    with pytest.raises(SchemaError, match="picture: expected 1 or more"):
        FrameTag.parse("003-06-0007-0000")


@pytest.mark.parametrize(
    ("emotion", "combination", "aus", "message"),
    [
        (100, None, (6,), "emotion: expected 0 to 99, got 100"),
        (-1, None, (6,), "emotion: expected 0 to 99, got -1"),
        (5, -1, (6,), "combination: expected 0 or more, got -1"),
        (5, None, (), "one or more"),
        (5, None, (6, 6), "each once"),
        (5, None, (-6,), "0 or more"),
    ],
)
def test_labels_that_no_tag_can_hold_are_refused(
    emotion: int, combination: int | None, aus: tuple[int, ...], message: str
) -> None:
    with pytest.raises(SchemaError, match=re.escape(message)):
        LabelTag(FrameTag.parse(PAPER_FRAME), emotion, combination, aus)


def test_clips_are_sorted_by_number_and_not_by_spelling() -> None:
    tags = [ClipTag(1000, 1, 1), ClipTag(2, 1, 1), ClipTag(2, 1, 10000), ClipTag(2, 1, 9999)]
    assert [str(tag) for tag in sorted(tags)] == [
        "002-01-0001", "002-01-9999", "002-01-10000", "1000-01-0001",
    ]  # fmt: skip
