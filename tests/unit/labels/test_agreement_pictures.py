"""Tables and heat map of agreement: what is undefined stays empty, and every cell is there."""

import csv
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinefacs.errors import SchemaError
from cinefacs.labels.agreement.agree import compare_raters
from cinefacs.labels.agreement.config import AgreementConfig
from cinefacs.labels.agreement.heat_map import draw_heat_map, kappa_colour
from cinefacs.labels.agreement.raters import Rater
from cinefacs.labels.agreement.report import AgreementReport, AuAgreement, PairAgreement
from cinefacs.labels.agreement.stretches import read_stretches
from cinefacs.labels.agreement.tables import agreement_schema, write_agreement_tables
from cinefacs.records.labels import Labels
from cinefacs.storage.tables import read_table
from tests.support.noisy_coders import FIVE_CODERS, NoisyStudy, make_clips, make_labels, write_study

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> AgreementReport:
    """Return the agreement of three coders on two action units, of which one never occurs."""
    study = NoisyStudy(n_clips=12, prevalences={4: 0.3, 9: 0.0}, coders=FIVE_CODERS[:3])
    study.prevalences[9] = 0.0
    clips = make_clips(study)
    made = make_labels(study, clips)
    labels = made.select(lambda label: getattr(label, "au", 4) == 4)
    layout = write_study(tmp_path_factory.mktemp("study"), clips, Labels())
    raters = [
        Rater(name=name, coder=coder.name, label_set="round-1")
        for name, coder in zip(["ann <&>", "bob\x00", "a very long name of a coder"], FIVE_CODERS,
                               strict=False)
    ]  # fmt: skip
    stretches = read_stretches(layout, labels.coded)
    config = AgreementConfig(n_resamples=100)
    return compare_raters(labels, raters, stretches, config=config, seed=0)


def test_the_tables_hold_every_figure_and_null_where_there_is_none(
    report: AgreementReport, tmp_path: Path
) -> None:
    paths = write_agreement_tables(report, tmp_path)
    assert [path.name for path in paths] == [
        "agreement.parquet", "agreement.csv", "pairs.parquet", "pairs.csv",
    ]  # fmt: skip
    rows = read_table(tmp_path / "agreement.parquet", agreement_schema(AuAgreement)).to_pylist()
    document = report.as_document()["per_au"]
    assert rows == list(document.values())
    assert {"kappa", "alpha", "wexler", "prevalence", "low", "high"} <= set(document["4"])
    assert document["9"]["kappa"] is None
    assert document["9"]["prevalence"] == 0.0
    pairs = read_table(tmp_path / "pairs.parquet", agreement_schema(PairAgreement)).to_pylist()
    assert pairs == report.as_document()["pairs"]
    with (tmp_path / "agreement.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert float(first["kappa"]) == pytest.approx(document["4"]["kappa"], abs=1e-6)
    assert second["kappa"] == second["low"] == ""


def test_the_heat_map_has_a_cell_for_each_pair_and_mean(report: AgreementReport) -> None:
    root = ET.fromstring(draw_heat_map(report, title="Agreement <of> coders"))  # noqa: S314
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "Agreement <of> coders" in texts
    assert {"AU 4", "AU 9", "mean", "prev.", "undefined"} <= set(texts)
    assert "ann <&> \N{MULTIPLICATION SIGN} bob\N{REPLACEMENT CHARACTER}" in texts
    assert any(text.endswith("…") for text in texts)  # the long name is cut
    shown = [f"{pair.kappa.value:.2f}" for pair in report.pairs if pair.au == 4]
    assert all(words in texts for words in shown)
    empty = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "none"]
    assert len(empty) == 3 + 1 + 1  # AU 9: three pairs and their mean; the legend
    tips = [title.text or "" for title in root.iter(f"{SVG}title")]
    assert any("kappa undefined" in tip for tip in tips)


def test_the_colours_at_their_stops() -> None:
    assert kappa_colour(-1.0) == (153, 27, 27)
    assert kappa_colour(0.0) == (254, 226, 205)
    assert kappa_colour(1.0) == (23, 78, 142)
    with pytest.raises(SchemaError, match="kappa"):
        kappa_colour(1.01)


@given(kappa=st.floats(-1, 1))
def test_every_kappa_has_a_colour(kappa: float) -> None:
    assert all(0 <= part <= 255 for part in kappa_colour(kappa))
