"""A consensus that was killed on its way is made again under its own name."""

import csv
from pathlib import Path

import pytest

from cinefacs.errors import StudyError
from cinefacs.labels.agreement.config import ConsensusConfig
from cinefacs.labels.consensus import consensus
from cinefacs.labels.consensus.consensus import build_consensus
from cinefacs.records.label_checks import CONSENSUS
from cinefacs.records.labels import Labels
from cinefacs.storage.label_tables import add_labels, read_authors
from cinefacs.storage.study import StudyLayout
from tests.support.noisy_coders import FIVE_CODERS, NoisyStudy, generate_study

STUDY = NoisyStudy(n_clips=12, prevalences={12: 0.4}, coders=FIVE_CODERS[:4], seed=4)


@pytest.fixture
def study(tmp_path: Path) -> StudyLayout:
    """Return a study of four coders, who may stand two against two."""
    return generate_study(tmp_path, STUDY)


def kill(
    monkeypatch: pytest.MonkeyPatch, study: StudyLayout, *, has_labels: bool, new_set: str = ""
) -> None:
    """Build a consensus that is killed just before or just after its labels are written."""

    def stop(layout: StudyLayout, labels: Labels) -> None:
        if has_labels:
            add_labels(layout, labels)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(consensus, "add_labels", stop)
        with pytest.raises(KeyboardInterrupt):
            build_consensus(study, new_set=new_set)


def sets_of(study: StudyLayout) -> list[str]:
    return [label_set for coder, label_set in read_authors(study) if coder == CONSENSUS]


def fill_in(path: Path, column: str) -> None:
    """Write into the first line of a list of disputes."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0][column] = "absent"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_killed_after_its_labels_it_is_done(
    study: StudyLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(monkeypatch, study, has_labels=True)
    outcome = build_consensus(study)
    assert (outcome.label_set, outcome.was_done) == ("consensus-1", True)
    assert sets_of(study) == ["consensus-1"]


@pytest.mark.parametrize("new_set", ["", "gold"])
@pytest.mark.parametrize("min_support", [2, 3])
def test_killed_before_its_labels_it_is_made_again(
    study: StudyLayout, monkeypatch: pytest.MonkeyPatch, new_set: str, min_support: int
) -> None:
    kill(monkeypatch, study, has_labels=False, new_set=new_set)
    assert sets_of(study) == []
    config = ConsensusConfig(min_support=min_support)
    outcome = build_consensus(study, config=config, new_set=new_set)
    name = new_set or "consensus-1"
    assert (outcome.label_set, outcome.was_done) == (name, False)
    assert build_consensus(study, config=config).was_done
    assert sets_of(study) == [name]
    assert [path.name for path in study.consensus_dir.iterdir()] == [name]


@pytest.mark.parametrize("column", ["decision", "note"])
def test_a_filled_in_list_is_not_overwritten(
    study: StudyLayout, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    kill(monkeypatch, study, has_labels=False)
    path = study.consensus_dir / "consensus-1/adjudication.csv"
    fill_in(path, column)
    written = path.read_bytes()
    with pytest.raises(StudyError, match="got one that is filled in") as caught:
        build_consensus(study, new_set="consensus-1")
    assert "--new-set" in caught.value.hint
    assert build_consensus(study).label_set == "consensus-2"
    assert path.read_bytes() == written


def test_a_list_that_cannot_be_read_is_not_overwritten(
    study: StudyLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(monkeypatch, study, has_labels=False)
    path = study.consensus_dir / "consensus-1/adjudication.csv"
    path.write_bytes(b"\xff")
    assert build_consensus(study).label_set == "consensus-2"
    assert path.read_bytes() == b"\xff"
