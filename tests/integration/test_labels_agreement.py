"""Agreement, consensus and adjudication of a study on disk, through the command line."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cinefacs.cli.app import run
from cinefacs.records.labels import Labels
from cinefacs.storage.label_tables import add_labels, read_authors, read_labels
from cinefacs.storage.study import StudyLayout, lock_study
from tests.architecture.tree import REPOSITORY
from tests.support.noisy_coders import (
    FIVE_CODERS,
    NoisyCoder,
    NoisyStudy,
    generate_study,
    make_clip,
    make_clips,
    make_coded,
    make_label,
    make_labels,
    true_fleiss_kappa,
    true_kappa,
    true_light_kappa,
    write_study,
)

Verb = Callable[..., Any]


@pytest.fixture
def verb(capsys: pytest.CaptureFixture[str]) -> Verb:
    """Return a function that runs a verb with ``--json`` and returns what it printed."""

    def call(*words: object, code: int = 0) -> Any:  # noqa: ANN401  (a JSON document)
        assert run([*map(str, words), "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return call


NOISY = NoisyStudy(
    n_clips=240,
    prevalences={1: 0.05, 2: 0.1, 4: 0.2, 6: 0.3, 12: 0.5, 15: 0.15, 25: 0.7, 45: 0.02},
    seed=20,
)


def test_agree_recovers_the_known_kappa_within_its_interval(tmp_path: Path, verb: Verb) -> None:
    """Five coders with known noise, eight action units of 2 to 70 % prevalence.

    An interval of 99.9 % leaves the truth out in one of a thousand; of 95 % in one of twenty, so
    of eight none to two may.
    """
    layout = generate_study(tmp_path, NOISY)
    found = verb("labels", "agree", tmp_path, "--interval-level", 0.999)
    assert found["coders"] == ["ann", "bob", "cem", "dee", "eva"]
    assert found["n_clips"] == 240
    for au, prevalence in NOISY.prevalences.items():
        row = found["per_au"][str(au)]
        truth = true_light_kappa(FIVE_CODERS, prevalence)
        assert row["low"] < truth < row["high"], au
        pooled = true_fleiss_kappa(FIVE_CODERS, prevalence)
        assert row["fleiss_low"] < pooled < row["fleiss_high"], au
        assert row["alpha_low"] < pooled < row["alpha_high"], au
        expected = sum(
            prevalence * c.sensitivity + (1 - prevalence) * c.false_alarm for c in FIVE_CODERS
        ) / len(FIVE_CODERS)
        assert row["prevalence"] == pytest.approx(expected, abs=0.03)
    truths = {(a.name, b.name): (a, b) for a in FIVE_CODERS for b in FIVE_CODERS}
    for pair in found["pairs"]:
        first, second = truths[pair["first"], pair["second"]]
        truth = true_kappa(first, second, NOISY.prevalences[pair["au"]])
        assert pair["kappa"] == pytest.approx(truth, abs=0.2)
    usual = verb("labels", "agree", tmp_path, "--out", tmp_path / "usual")
    misses = [
        au
        for au, row in usual["per_au"].items()
        if not row["low"] < true_light_kappa(FIVE_CODERS, NOISY.prevalences[int(au)]) < row["high"]
    ]
    assert len(misses) <= 2
    names = {path.name for path in layout.agreement_dir.iterdir()}
    assert names == {
        "agreement.parquet", "agreement.csv", "pairs.parquet", "pairs.csv", "heat_map.svg",
        "agreement.json", "run.json",
    }  # fmt: skip


def test_the_figures_that_the_page_names() -> None:
    """docs/agreement.md: prevalence moves kappa, and the known kappa of one cell of its figure."""
    careful = NoisyCoder(name="ann", sensitivity=0.9, false_alarm=0.05)
    page = (REPOSITORY / "docs/agreement.md").read_text(encoding="utf-8")
    low, high = (f"{true_kappa(careful, careful, share):.2f}"[1:] for share in (0.02, 0.5))
    assert f"a kappa of {low} at 2 % and of {high} at\n  50 %" in page
    cell = f"{true_kappa(FIVE_CODERS[0], FIVE_CODERS[1], 0.3):.2f}"[1:]
    assert f"for ann and bob and AU 4 it is {cell}, and" in page


class TestAgree:
    SMALL = NoisyStudy(
        n_clips=12,
        prevalences={4: 0.3, 12: 0.4},
        coders=FIVE_CODERS[:3],
        other_coders=("suggested", "consensus", "truth"),
    )

    def test_coders_that_are_no_people_count_only_when_named(
        self, tmp_path: Path, verb: Verb
    ) -> None:
        generate_study(tmp_path, self.SMALL)
        found = verb("labels", "agree", tmp_path)
        assert found["coders"] == ["ann", "bob", "cem"]
        named = verb("labels", "agree", tmp_path, "--out", tmp_path / "b",
                     "--coders", "ann", "--coders", "suggested")  # fmt: skip
        assert named["coders"] == ["ann", "suggested"]
        assert named["per_au"]["12"]["kappa"] == 0.0  # who always says present knows nothing

    def test_the_same_again_is_done_and_other_options_need_force(
        self, tmp_path: Path, verb: Verb, capsys: pytest.CaptureFixture[str]
    ) -> None:
        layout = generate_study(tmp_path, self.SMALL)
        first = verb("labels", "agree", tmp_path)
        written = (layout.agreement_dir / "run.json").read_bytes()
        assert verb("labels", "agree", tmp_path) == first
        assert (layout.agreement_dir / "run.json").read_bytes() == written
        error = verb("labels", "agree", tmp_path, "--tolerance-ms", 0, code=1)["error"]
        assert "got that of other options" in error["message"]
        assert "--force" in error["hint"]
        anew = verb("labels", "agree", tmp_path, "--tolerance-ms", 0, "--force")
        assert anew["tolerance_ms"] == 0
        # Labels of somebody who does not count change nothing.
        clip = make_clip(1, 0, 60)
        add_labels(layout, Labels(coded=(make_coded(clip, "adjudicator", [4]),)))
        assert verb("labels", "agree", tmp_path, "--tolerance-ms", 0) == anew
        add_labels(layout, Labels(coded=(make_coded(clip, "zoe", [4]),)))
        error = verb("labels", "agree", tmp_path, "--tolerance-ms", 0, code=1)["error"]
        assert "got that of other labels" in error["message"]
        (layout.agreement_dir / "agreement.json").write_text("{")
        error = verb("labels", "agree", tmp_path, "--tolerance-ms", 0, code=1)["error"]
        assert "got that of other labels" in error["message"]
        assert run(["labels", "agree", str(tmp_path), "--tolerance-ms", "0", "--force"]) == 0
        assert "look at:" in capsys.readouterr().out

    def test_options_from_a_file(self, tmp_path: Path, verb: Verb) -> None:
        generate_study(tmp_path, self.SMALL)
        config = tmp_path / "agree.yaml"
        config.write_text("coders: [ann, bob]\nn_resamples: 0\n")
        found = verb("labels", "agree", tmp_path, "--config", config)
        assert (found["coders"], found["n_resamples"]) == (["ann", "bob"], 0)
        assert found["per_au"]["12"]["low"] is None
        config.write_text("tolerence_ms: 5\n")
        error = verb("labels", "agree", tmp_path, "--config", config, code=1)["error"]
        assert "tolerance_ms" in error["hint"]

    def test_what_people_see(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        clip = make_clip(1, 0, 60)
        labels = Labels(
            aus=(make_label(clip, "ann", 12, 5, 9), make_label(clip, "ann", 12, 100, 110)),
            coded=tuple(
                make_coded(clip, name, [9, 12], has_emotions=True) for name in ("a", "ann", "b")
            ),
        )  # fmt: skip
        write_study(tmp_path, [clip], labels)
        assert run(["labels", "agree", str(tmp_path)]) == 0
        out = capsys.readouterr().out
        assert "3 coders (a, ann, b), 1 clip;" in out
        assert "note: 1 labels lie outside the clips" in out
        assert run(["labels", "agree", str(tmp_path)]) == 0
        assert "nothing to do" in capsys.readouterr().out

    def test_a_damaged_summary_and_a_study_without_clips(self, tmp_path: Path, verb: Verb) -> None:
        layout = generate_study(tmp_path, self.SMALL)
        with_clips = verb("labels", "agree", tmp_path)
        (layout.agreement_dir / "agreement.json").write_text("{")
        error = verb("labels", "agree", tmp_path, code=1)["error"]
        assert "expected the summary of an earlier run" in error["message"]
        layout.clips_path.unlink()
        found = verb("labels", "agree", tmp_path, "--force")
        assert "what the coders went through takes the place of clips" in found["notes"][0]
        # The coders went through just the clips, so all is the same.
        assert found["per_au"] == with_clips["per_au"]
        layout.coded_spans_path.write_bytes(b"PAR1 rubbish")
        error = verb("labels", "agree", tmp_path, code=1)["error"]
        assert error["type"] == "SchemaError"

    def test_no_study_and_no_coders(self, tmp_path: Path, verb: Verb) -> None:
        error = verb("labels", "agree", tmp_path / "gone", code=1)["error"]
        assert error["type"] == "StudyError"
        assert not (tmp_path / "gone").exists()
        write_study(tmp_path, [make_clip(1, 0, 10)], Labels())
        error = verb("labels", "agree", tmp_path, code=1)["error"]
        assert "expected at least 2 coders, got 0" in error["message"]


def fill_in(source: Path, target: Path, decide: Callable[[dict[str, str]], dict[str, str]]) -> Path:
    """Fill in a list of disputes as an adjudicator would."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, **decide(row)} for row in rows)
    return target


class TestConsensus:
    STUDY = NoisyStudy(n_clips=40, prevalences={4: 0.4, 12: 0.4}, coders=FIVE_CODERS[:4], seed=4)

    def test_disputes_are_settled_and_nothing_is_overwritten(
        self, tmp_path: Path, verb: Verb
    ) -> None:
        """Four coders, so two may stand against two; then an adjudicator decides them all."""
        layout = generate_study(tmp_path, self.STUDY)
        before = read_labels(layout)
        first = verb("labels", "consensus", tmp_path)
        assert first["label_set"] == "consensus-1"
        assert first["disputes"]["presence"] > 5
        assert first["n_events"] > 10
        assert verb("labels", "consensus", tmp_path) == {**first, "was_done": True}

        def decide(row: dict[str, str]) -> dict[str, str]:
            if row["kind"] == "intensity":
                return {"decision": "present", "intensity": "C"}
            return {"decision": "present" if row["what"] == "AU12" else "absent"}

        path = fill_in(Path(first["adjudication_path"]), tmp_path / "decided.csv", decide)
        decided = verb("labels", "adjudicate", tmp_path, path)
        assert decided["label_set"] == "adjudication-1"
        assert (decided["n_decided"], decided["n_open"]) == (first["n_disputes"], 0)
        second = verb("labels", "consensus", tmp_path)
        assert second["label_set"] == "consensus-2"
        assert second["n_disputes"] == 0
        assert second["n_adjudicated"] > 0
        assert read_authors(layout) == (
            ("adjudicator", "adjudication-1"), ("ann", "round-1"), ("bob", "round-1"),
            ("cem", "round-1"), ("consensus", "consensus-1"), ("consensus", "consensus-2"),
            ("dee", "round-1"),
        )  # fmt: skip
        assert read_labels(layout, authors=before.authors) == before
        # What was decided stands in the new set, word for word.
        consensus = read_labels(layout, authors=[("consensus", "consensus-2")])
        ruled = read_labels(layout, authors=[("adjudicator", "adjudication-1")])
        found = {(x.au, x.character_number, x.span) for x in consensus.aus}
        longer = [
            x for x in ruled.aus
            if not any(au == x.au and who == x.character_number and
                       span.start_pts <= x.span.start_pts and x.span.end_pts <= span.end_pts
                       for au, who, span in found)
        ]  # fmt: skip
        assert longer == []
        # With every dispute settled, each frame of each clip is known.
        n_known = sum(
            (span.span.end_pts - span.span.start_pts) * len(span.aus) for span in consensus.coded
        )
        assert n_known == 40 * 60 * 2

    def test_the_majority_is_nearer_to_the_truth_than_its_coders(
        self, tmp_path: Path, verb: Verb
    ) -> None:
        """Five coders right in .95 to .7 of the cases: kappa with the truth grows by voting."""
        study = NoisyStudy(n_clips=60, prevalences={12: 0.4}, seed=9)
        layout = generate_study(tmp_path, study)
        exact = NoisyStudy(
            n_clips=60, prevalences={12: 0.4}, seed=9,
            coders=tuple(type(c)(name="truth", sensitivity=1.0, false_alarm=0.0)
                         for c in FIVE_CODERS[:1]),
        )  # fmt: skip
        add_labels(layout, make_labels(exact, make_clips(exact)))
        verb("labels", "consensus", tmp_path)
        kappas = {}
        for name in ("consensus", "ann", "eva"):
            words = ["--coders", "truth", "--coders", name, "--out", tmp_path / name]
            kappas[name] = verb("labels", "agree", tmp_path, *words)["per_au"]["12"]["kappa"]
        assert kappas["consensus"] > kappas["ann"] > kappas["eva"]

    def test_what_is_refused(self, tmp_path: Path, verb: Verb) -> None:
        layout = generate_study(tmp_path, self.STUDY)
        error = verb("labels", "consensus", tmp_path, "--min-support", 5, code=1)["error"]
        assert "expected at least 5 coders, got 4" in error["message"]
        error = verb("labels", "adjudicate", tmp_path, tmp_path / "x.csv", code=1)["error"]
        assert "expected a list of disputes, found none" in error["message"]
        first = verb("labels", "consensus", tmp_path, "--new-set", "gold")
        error = verb("labels", "consensus", tmp_path, "--new-set", "gold", code=1)["error"]
        assert "expected a new label set, got 'gold'" in error["message"]
        error = verb("labels", "adjudicate", tmp_path, first["adjudication_path"], code=1)["error"]
        assert "expected at least one decision" in error["message"]
        (layout.consensus_dir / "gold/consensus.json").write_text("[]")
        error = verb("labels", "consensus", tmp_path, code=1)["error"]
        assert error["type"] == "SchemaError"

    def test_where_nobody_looked_there_is_no_consensus(self, tmp_path: Path, verb: Verb) -> None:
        clips = [make_clip(n, 100 * n, 100 * n + 20) for n in (1, 2, 3)]
        coded = tuple(make_coded(clip, name, [12]) for clip, name in zip(clips, "abc", strict=True))
        write_study(tmp_path, clips, Labels(coded=coded))
        error = verb("labels", "consensus", tmp_path, code=1)["error"]
        assert "expected clips that enough coders went through" in error["message"]

    def test_what_people_see(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        layout = generate_study(tmp_path, self.STUDY)
        assert run(["labels", "consensus", str(tmp_path)]) == 0
        out = capsys.readouterr().out
        assert "label set consensus-1 of coder consensus, from 4 coders" in out
        source = layout.consensus_dir / "consensus-1/adjudication.csv"
        assert str(source) in out
        path = fill_in(
            source,
            tmp_path / "decided.csv",
            lambda row: {"decision": "absent" if row["kind"] == "presence" else ""},
        )
        assert run(["labels", "adjudicate", str(tmp_path), str(path)]) == 0
        assert "next: cinefacs labels consensus" in capsys.readouterr().out
        assert run(["labels", "consensus", str(tmp_path)]) == 0
        assert run(["labels", "consensus", str(tmp_path)]) == 0
        assert "nothing to do" in capsys.readouterr().out

    def test_a_study_that_another_run_is_writing(self, tmp_path: Path, verb: Verb) -> None:
        layout = generate_study(tmp_path, self.STUDY)
        with lock_study(StudyLayout(tmp_path)):
            error = verb("labels", "consensus", tmp_path, code=1)["error"]
        assert "got one in use" in error["message"]
        assert ("consensus", "consensus-1") not in read_authors(layout)
