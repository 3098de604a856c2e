"""Hypothesis strategies for the texts in which action units are noted."""

from hypothesis import strategies as st

from cinefacs.facs.au_text import AuPrefix, AuToken
from cinefacs.facs.codes import Intensity, Side

ODD_PARTS = (
    "?", "4?", "/", "ref(4+7)", "(R6 or R12)", "L14 or R14", "4(B/C)", "4 7", "LAUR12", "112", "",
    "AU", "twelve", "4;7", "12AB", ")", "12)", "-4", "4.5", "(k)", "NaN",
)  # fmt: skip
"""Parts that must stay unread."""

odd_texts = st.lists(st.sampled_from(ODD_PARTS), min_size=1, max_size=3).map("+".join)
"""Texts in which nothing can be read."""


@st.composite
def au_tokens(draw: st.DrawFn) -> AuToken:
    strengths = st.lists(st.sampled_from(Intensity), max_size=2, unique=True)
    ends = sorted(draw(strengths), key=lambda end: end.rank)
    return AuToken(
        au=draw(st.integers(0, 99)),
        prefix=draw(st.sampled_from(AuPrefix)),
        side=draw(st.sampled_from(Side)),
        intensity=ends[0] if ends else None,
        intensity_high=ends[1] if len(ends) > 1 else None,
        is_static=draw(st.booleans()),
    )
