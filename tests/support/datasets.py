"""Hypothesis strategies for samples and data sets, and a plain sample to alter."""

from fractions import Fraction

from hypothesis import strategies as st

from cinefacs.records.class_space import ClassSpace, emotion_au_space, emotion_space
from cinefacs.records.dataset_manifest import (
    DatasetManifest,
    ImageBase,
    SplitProtocol,
    SplitUnit,
)
from cinefacs.records.sample import Part, Sample, SampleRole
from tests.support.records import FILM_ID, time_bases

DIGEST = "0f" * 32
SAMPLE = Sample(
    sample_id="003-06-000172",
    role=SampleRole.APEX,
    film_id=FILM_ID,
    film_number=3,
    character_number=6,
    subject="003-06",
    shot_index=4,
    clip_tag="003-06-0007",
    event_id="e1",
    frame_index=172,
    pts=172,
    time_base=Fraction(1, 24),
    image_path="datasets/first/images/003-000172.png",
    image_sha256=DIGEST,
    image_width_px=320,
    image_height_px=240,
    box_xyxy=(100.0, 50.0, 180.5, 150.25),
    classes=("happiness",),
    kind="micro",
    coder="consensus",
    label_set="round-1",
    label_source="majority",
)

words = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)


@st.composite
def samples(draw: st.DrawFn, *, space: ClassSpace, n_folds: int = 0) -> Sample:
    role = draw(st.sampled_from(SampleRole))
    has_face = role is not SampleRole.NO_FACE
    x, y, width, height = (draw(st.integers(1, 300)) / 4 for _ in range(4))
    points = st.lists(st.floats(-1e4, 1e4), min_size=10, max_size=10).map(tuple)
    some = draw(st.sets(st.sampled_from(space.names), max_size=4 if space.multi_label else 1))
    held = tuple(name for name in space.names if name in some) if has_face else ()
    rest = [name for name in space.names if name not in some]
    unknown = tuple(sorted(draw(st.sets(st.sampled_from(rest), max_size=3))))
    has_ranks = draw(st.booleans())
    return Sample(
        sample_id=draw(words),
        role=role,
        film_id=draw(words),
        film_number=draw(st.integers(0, 2000)),
        character_number=draw(st.none() | st.integers(1, 300)),
        subject=draw(words | st.just("")),
        shot_index=draw(st.none() | st.integers(0, 9)),
        clip_tag=draw(st.none() | words),
        event_id=draw(words | st.just("")),
        frame_index=draw(st.integers(0, 10**6)),
        pts=draw(st.integers(-(10**9), 10**9)),
        time_base=draw(time_bases),
        image_path="images/" + draw(words) + ".png",
        image_sha256=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        image_width_px=draw(st.integers(1, 4000)),
        image_height_px=draw(st.integers(1, 4000)),
        box_xyxy=(x, y, x + width, y + height) if has_face else None,
        points_xy=draw(st.none() | points) if has_face else None,
        classes=held,
        intensities=tuple(draw(st.integers(0, 5)) for _ in held) if has_ranks else (),
        unknown_classes=unknown,
        hidden_classes=unknown[:1] if draw(st.booleans()) else (),
        au_codes=tuple(draw(st.lists(st.sampled_from(["L12B", "4"]), max_size=2))),
        kind=draw(st.sampled_from(["", "micro", "macro"])),
        coder=draw(words | st.just("")),
        label_set=draw(words | st.just("")),
        label_source=draw(words | st.just("")),
        parts=tuple(str(draw(st.sampled_from(Part))) for _ in range(n_folds)),
    )


@st.composite
def manifests(draw: st.DrawFn) -> DatasetManifest:
    space = draw(st.sampled_from([emotion_space(), emotion_au_space()]))
    n_folds = draw(st.integers(0, 3))
    protocol = SplitProtocol(unit=SplitUnit.FILM, method="folds", seed=draw(st.integers(0, 99)))
    return DatasetManifest(
        name=draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,8}", fullmatch=True)),
        class_space=space,
        samples=tuple(
            draw(
                st.lists(
                    samples(space=space, n_folds=n_folds),
                    max_size=4,
                    unique_by=lambda sample: sample.sample_id,
                )
            )
        ),
        image_base=draw(st.sampled_from(ImageBase)),
        protocol=protocol if n_folds else None,
        fold_names=tuple(f"fold-{number}" for number in range(n_folds)),
        warnings=tuple(draw(st.lists(words, max_size=2))),
        config={"build": {"n": draw(st.integers(0, 9)), "kinds": ["micro"]}},
        inputs={"films/003": DIGEST},
        counts={"not codable": draw(st.integers(0, 9))},
        code_version="0.1.0",
        created_at="2026-11-25T10:00:00+00:00",
    )
