"""The head of the YOLO family: where anchor points stand."""

import pytest
import torch

from cinefacs.detectors.networks.head import DetectHead, grid_points


@pytest.mark.parametrize("is_bf16", [False, True])
def test_the_points_of_a_wide_picture_are_apart_whatever_is_computed_in(is_bf16: bool) -> None:
    head = DetectHead((16,), (8,), 1).eval()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
        raw = head([torch.zeros(1, 16, 1, 200)])
    assert raw.box_logits.dtype == (torch.bfloat16 if is_bf16 else torch.float32)
    assert raw.points_px.dtype == raw.strides_px.dtype == torch.float32
    assert raw.points_px.tolist() == [[8 * column + 4, 4] for column in range(200)]


def test_points_stand_in_the_middle_of_their_cells_level_by_level() -> None:
    points, strides = grid_points([(1, 2), (1, 1)], [8, 16], like=torch.zeros(0))
    assert points.tolist() == [[4, 4], [12, 4], [8, 8]]
    assert strides.tolist() == [8, 8, 16]
