"""Effects of SMART's parts, from answers in which they are known."""

import itertools

import pytest

from cinefacs.experiments.factorial import part_effects
from cinefacs.experiments.store import Answers
from cinefacs.records.experiment import CellState, ExperimentRow
from tests.support.experiments import face, row

NETWORKS = {
    (False, False, False): "yolov8n",
    (True, False, False): "yolov8n+vovgscsp",
    (False, True, False): "yolov8n+mca",
    (False, False, True): "yolov8n+mpdiou",
    (True, True, False): "yolov8n+mca+vovgscsp",
    (False, True, True): "yolov8n+mca+mpdiou",
    (True, False, True): "yolov8n+vovgscsp+mpdiou",
    (True, True, True): "yolov8n-smart",
}
N = 20


def n_right(has: tuple[bool, ...]) -> int:
    """MCA helps by 4 faces alone and by 8 beside VoVGSCSP, VoVGSCSP by 2; MPDIoU does nothing."""
    vovgscsp, mca, _ = has
    return 6 + 2 * vovgscsp + 4 * mca + 4 * (vovgscsp and mca)


def rows(n_repeats: int = 2) -> list[ExperimentRow]:
    return [
        row(name, repeat, table="grid", map50=n_right(has) / 100)
        for has, name in NETWORKS.items()
        for repeat in range(n_repeats)
    ]


def read(each: ExperimentRow) -> Answers:
    has = next(level for level, name in NETWORKS.items() if name == each.network)
    faces = [
        face(k, "fear", "fear" if k < n_right(has) else "anger", subject=f"p{k % 5}")
        for k in range(N)
    ]
    return Answers(faces=faces, boxes=[])


def test_effects_and_interactions_are_those_put_in() -> None:
    found = part_effects(rows(), read, cluster="character", n_resamples=100)
    assert len(found) == 7
    by_parts = {each.parts: each for each in found}
    # VoVGSCSP: +2 where MCA is not, +6 where it is; MCA: +4 and +8; together half of the difference
    assert by_parts["VoVGSCSP",].difference == pytest.approx(4 / N)
    assert by_parts["MCA",].difference == pytest.approx(6 / N)
    assert by_parts["MPDIoU",].difference == 0
    assert by_parts["VoVGSCSP", "MCA"].difference == pytest.approx(2 / N)
    rest = [each for parts, each in by_parts.items() if "MPDIoU" in parts]
    assert [each.difference for each in rest] == [0] * 4
    mca = by_parts["MCA",]
    assert mca.by_repeat == pytest.approx((6 / N, 6 / N))
    assert mca.map50_difference == pytest.approx(0.06)
    assert mca.n_clusters == 5
    assert mca.p_value == pytest.approx(2 / 2**5)  # all five people to one side
    assert mca.p_corrected >= mca.p_value
    assert mca.low <= mca.difference <= mca.high


def test_a_repeat_that_lacks_a_network_is_left_out() -> None:
    some = [each for each in rows(2) if (each.network, each.repeat) != ("yolov8n+mca", 1)]
    found = part_effects(some, read, cluster="character", n_resamples=20)
    assert {len(each.by_repeat) for each in found} == {1}
    none = [each for each in rows(1) if each.network != "yolov8n"]
    assert part_effects(none, read, cluster="character", n_resamples=20) == []


def test_other_networks_and_hard_sets_are_no_part_of_the_grid() -> None:
    others = [row(name, table="grid") for name in ("yolov5n", "yolov8n-smart+before-sppf")]
    others.append(row("yolov8n", table="grid", condition="back_light", strength=1.0))
    nothing = dict.fromkeys(("accuracy", "accuracy_all", "map50", "f1"))
    others.append(row("yolov8n", 5, table="grid", state=CellState.MISSING, **nothing))
    plain = part_effects(rows(), read, cluster="character", n_resamples=20)
    assert part_effects([*rows(), *others], read, cluster="character", n_resamples=20) == plain


def test_every_pair_of_parts_has_a_row() -> None:
    found = part_effects(rows(1), read, cluster="character", n_resamples=20)
    names = ("VoVGSCSP", "MCA", "MPDIoU")
    wanted = [c for n in (1, 2, 3) for c in itertools.combinations(names, n)]
    assert [each.parts for each in found] == wanted
