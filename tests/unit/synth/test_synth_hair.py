"""Hair: curls are curls, and no strand of a curly head ends in a spine."""

import dataclasses

import numpy as np
import pytest

from cinefacs.synth.body import Body
from cinefacs.synth.hair import grow_hair
from cinefacs.synth.people import draw_person
from cinefacs.synth.person import HairStyle
from tests.support.synth import need_assets


@pytest.mark.parametrize("style", [HairStyle.AFRO, HairStyle.CURLY])
def test_curly_hair_is_made_of_curls_that_lie_anyhow(style: HairStyle) -> None:
    need_assets()
    person = dataclasses.replace(draw_person(5, age_years=30.0, hat_share=0), hair_style=style)
    body = Body(person)
    hair = grow_hair(body)
    assert hair is not None
    cards = hair.vertices.reshape(hair.n_cards, -1, 2, 13)[..., :3].mean(axis=2)  # (N, P, 3)
    span = np.linalg.norm(cards[:, :, None] - cards[:, None], axis=-1).max(axis=(1, 2))
    assert span.max() < 0.26 * body.face_scale
    way = cards[:, -1] - cards[:, 0]
    outward = cards.mean(axis=1) - cards.mean(axis=(0, 1))
    cosine = (way * outward).sum(axis=1) / (
        np.linalg.norm(way, axis=1) * np.linalg.norm(outward, axis=1)
    )
    assert abs(float(cosine.mean())) < 0.1
