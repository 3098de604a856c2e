"""Hair: curls are curls, and no strand of a curly head ends in a spine."""

import dataclasses

import numpy as np
import pytest

from cinefacs.synth.body import Body
from cinefacs.synth.hair import grow_hair
from cinefacs.synth.people import draw_person
from cinefacs.synth.person import HairStyle, Hat
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


@pytest.mark.parametrize("hat", [Hat.NONE, Hat.BEANIE])
def test_hair_over_the_face_grows_at_the_hair_line_or_under_the_hat(hat: Hat) -> None:
    need_assets()
    person = draw_person(5, age_years=30.0, hat_share=0)
    person = dataclasses.replace(person, hair_style=HairStyle.MEDIUM, hat=hat)
    body = Body(person)
    eyes = (body.eye_centres[0] + body.eye_centres[1]) / 2

    def before_the_left_eye(fringe: float) -> int:
        hair = grow_hair(Body(dataclasses.replace(person, fringe=fringe)))
        assert hair is not None
        place = (hair.vertices[:, :3] - eyes) / body.face_scale
        near = (np.abs(place[:, 0] - 0.3) < 0.2) & (np.abs(place[:, 1]) < 0.15)
        return int((near & (place[:, 2] > 0.15)).sum())

    assert before_the_left_eye(0.0) == 0
    assert before_the_left_eye(0.9) > 50
    assert before_the_left_eye(-0.9) < 0.25 * before_the_left_eye(0.9)
