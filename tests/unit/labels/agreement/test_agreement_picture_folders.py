"""Studies of data sets: coders are compared on the pictures that are there."""

import dataclasses
from pathlib import Path

import pytest

from cinefacs.labels.agreement.agree import agree_study
from cinefacs.labels.agreement.config import AgreementConfig
from cinefacs.labels.agreement.stretches import read_stretches
from cinefacs.labels.consensus.consensus import build_consensus
from cinefacs.labels.licensed.import_data_set import import_data_set
from cinefacs.labels.licensed.names import DataSetName
from cinefacs.records.labels import Labels
from cinefacs.storage.label_tables import add_labels, read_labels
from cinefacs.storage.study import StudyLayout
from tests.support.licensed_sheets import CAS_ME3, write_pictures, write_xlsx


@pytest.fixture
def layout(tmp_path: Path) -> StudyLayout:
    sheet = write_xlsx(tmp_path / "sheet.xlsx", CAS_ME3.pages)
    frames = write_pictures(tmp_path / "pictures", CAS_ME3.folders)
    import_data_set(DataSetName.CAS_ME3, sheet, frames=frames, out=tmp_path / "study")
    return StudyLayout(tmp_path / "study")


def of_coder(labels: Labels, coder: str, *, later: int = 0) -> Labels:
    """Return the labels as another coder's, some pictures later."""
    aus = tuple(
        dataclasses.replace(
            label,
            coder=coder,
            span=dataclasses.replace(label.span, start_pts=label.span.start_pts + later),
            apex_pts=None,
            expression_id="",
        )
        for label in labels.aus
    )
    coded = tuple(dataclasses.replace(span, coder=coder) for span in labels.coded)
    return Labels(aus=aus, coded=coded)


def test_missing_pictures_do_not_shift_those_after_them(layout: StudyLayout) -> None:
    """Pictures 8, 10, 12... 40 are there; each lasts a tick, and so does each gap."""
    (stretch,) = [
        each for each in read_stretches(layout, ()) if each.span.start_pts == 8
    ]  # fmt: skip
    assert stretch.frame_edges.tolist() == list(range(8, 42))


def test_coders_of_a_data_set_are_compared_and_settled(layout: StudyLayout) -> None:
    made = read_labels(layout)
    for coder, later in (("ann", 0), ("bob", 0), ("cem", 2)):
        add_labels(layout, of_coder(made, coder, later=later))
    outcome = agree_study(
        layout, config=AgreementConfig(coders=("ann", "bob", "cem"), n_resamples=0)
    )
    row = outcome.document["per_au"]["12"]
    assert 0.5 < row["kappa"] < 1
    consensus = build_consensus(layout)
    settled = read_labels(layout, authors=[("consensus", consensus.label_set)])
    assert {(x.au, x.span) for x in settled.aus} == {(x.au, x.span) for x in made.aus}
