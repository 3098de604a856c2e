"""The tables of each experiment."""

import statistics
from collections.abc import Iterator

from cinefacs.experiments.outcome import ExperimentOutcome
from cinefacs.experiments.statistics import ArmSummary, Comparison, Difference, MeanSpread
from cinefacs.experiments.tables import MINUS, NONE, TextTable, number, spread
from cinefacs.records.experiment import CellState

__all__ = ["make_tables", "state_words"]

_HEADS = {
    "accuracy_all": "accuracy, all faces",
    "accuracy": "accuracy, faces found",
    "map50": "mAP50",
    "map50_95": "mAP50-95",
}
_AT_THRESHOLD = {
    "threshold": "threshold",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "macro_f1": "macro F1",
}
_DIFFERENCE = (
    "pairs", "difference in accuracy, all faces", "by repeat", "95 %", "d_z", "p", "p by Holm",
    "difference in mAP50",
)  # fmt: skip
_NO = NONE
_TESTED = (
    "Intervals and p resample people: they speak of these trainings on other people. How far "
    "other trainings would differ only the repeats tell."
)


def make_tables(outcome: ExperimentOutcome) -> list[TextTable]:
    """Return every table of an experiment: ours first, the paper's apart.

    Parameters
    ----------
    outcome
        What the experiment came to.
    """
    return list(_tables(outcome))


def _tables(outcome: ExperimentOutcome) -> Iterator[TextTable]:
    for table in outcome.config.tables:
        yield _scores(outcome, table)
        yield _at_threshold(outcome, table)
        if outcome.config.speed.rounds:
            yield _costs(outcome, table)
    if len(outcome.config.protocols) > 1:
        yield _leakage(outcome)
    if outcome.comparisons:
        yield _comparisons(outcome)
    if outcome.effects:
        yield _effects(outcome)
    if outcome.name == "confusion":
        yield _confusions(outcome)
    if outcome.durations is not None:
        yield from _durations(outcome)
    if outcome.name == "robustness":
        yield _robustness(outcome)
    if outcome.paper.rows:
        yield _paper(outcome)


def state_words(summary: ArmSummary) -> str:
    """Say how many repeats were run, and what became of the others."""
    states = [row.state for row in summary.rows]
    words = [f"{states.count(CellState.DONE)} of {len(states)}"]
    for state, word in ((CellState.FAILED, "failed"), (CellState.MISSING, "not run")):
        if n := states.count(state):
            words.append(f"{n} {word}")
    return ", ".join(words)


def _name(summary: ArmSummary, *, has_protocols: bool) -> str:
    arm = summary.arm
    return f"{arm.network}, {arm.protocol}" if has_protocols else arm.network


def _measure(summary: ArmSummary, name: str) -> str:
    """Return mean and deviation, and of how many repeats if some have no such number."""
    found = summary.measures.get(name)
    if found is None:
        return _NO
    words = spread(found.mean, found.deviation)
    n = len(found.values)
    return words if n == summary.n_done else f"{words} ({n} of {summary.n_done})"


def _range(low_high: tuple[float, float] | None) -> str:
    return _NO if low_high is None else f"{number(low_high[0])} to {number(low_high[1])}"


def _shown(summary: ArmSummary) -> str:
    """Return how many samples training showed: whole epochs, so that budgets are met nearly."""
    shown = [
        row.epochs * row.n_train
        for row in summary.rows
        if row.epochs is not None and row.n_train is not None
    ]
    if not shown:
        return _NO
    low, high = min(shown), max(shown)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _scores(outcome: ExperimentOutcome, table: str) -> TextTable:
    summaries = outcome.summaries_of(table)
    has_protocols = len(outcome.config.protocols) > 1
    rows = []
    for each in summaries:
        left = each.has_left_chance
        rows.append((
            _name(each, has_protocols=has_protocols),
            state_words(each),
            number(each.chance),
            _measure(each, "accuracy_all"),
            _range(each.accuracy_interval),
            _NO if left is None else "yes" if left else "no",
            _measure(each, "accuracy"),
            number(each.map50_chance),
            _measure(each, "map50"),
            _measure(each, "map50_95"),
            _shown(each),
        ))  # fmt: skip
    budget = outcome.config.tables[table].n_samples
    return TextTable(
        name=f"scores-{table}",
        title=f"{outcome.name}, table {table}: about {budget:,} training samples each",
        columns=(
            "network", "repeats", "accuracy by chance", _HEADS["accuracy_all"], "95 %",
            "left chance", _HEADS["accuracy"], "mAP50 by chance", _HEADS["map50"],
            _HEADS["map50_95"], "samples shown",
        ),
        rows=tuple(rows),
        notes=(
            (
                "Mean ± standard deviation over repeats. Accuracy by chance is the better of two "
                "blind answers: a random class, or the most frequent one everywhere. mAP50 by "
                "chance is that of perfect boxes with random classes. The interval resamples "
                f"{outcome.config.cluster}s; left chance says whether all of it lies above."
            ),
        ),
    )  # fmt: skip


def _at_threshold(outcome: ExperimentOutcome, table: str) -> TextTable:
    has_protocols = len(outcome.config.protocols) > 1
    return TextTable(
        name=f"threshold-{table}",
        title=f"{outcome.name}, table {table}: at one threshold",
        columns=("network", "chance", *_AT_THRESHOLD.values()),
        rows=tuple(
            (
                _name(each, has_protocols=has_protocols),
                number(each.chance),
                *(_measure(each, name) for name in _AT_THRESHOLD),
            )
            for each in outcome.summaries_of(table)
        ),
        notes=(
            (
                "The threshold is chosen on the validation part of each repeat. Precision, recall "
                "and F1 count all classes together (micro); the most frequent class everywhere "
                "gives each of them the value of chance. Macro F1 is the mean over classes."
            ),
        ),
    )


def _costs(outcome: ExperimentOutcome, table: str) -> TextTable:
    rows = []
    for each in outcome.summaries_of(table):
        done = [row for row in each.rows if row.state is CellState.DONE]
        first = done[0] if done else None
        speed = outcome.speeds.get(each.arm.network)
        peaks = [row.peak_memory_mb for row in done if row.peak_memory_mb is not None]
        seconds = [row.train_s for row in done if row.train_s is not None]
        rows.append((
            each.arm.network,
            _NO if first is None or first.n_parameters is None else f"{first.n_parameters:,}",
            number(first.gflops if first else None, 3),
            number(first.file_mb if first else None, 2),
            number(max(peaks) if peaks else None, 0),
            number(statistics.median(seconds) / 60 if seconds else None, 2),
            number(1000 * speed.train_s if speed else None, 1),
            number(speed.find_ms if speed else None, 1),
        ))  # fmt: skip
    side = outcome.config.train.side_px
    return TextTable(
        name=f"costs-{table}",
        title=f"{outcome.name}, table {table}: what it costs at {side} px",
        columns=(
            "network", "parameters", "GFLOPs", "file, MB", "peak memory, MB",
            "training, min", "training, ms a picture", "latency, ms",
        ),
        rows=tuple(rows),
        notes=(
            (
                "Peak memory is that of the whole process while it trained (on a graphics card: "
                "there). The minutes of a training depend on what ran beside it and in how "
                "many pieces: compare the two columns to the right, which were measured in turns "
                "once all cells were done. Both are medians over the turns; latency is that of one "
                "picture alone, the fastest of five calls in each turn."
            ),
        ),
    )  # fmt: skip


def _leakage(outcome: ExperimentOutcome) -> TextTable:
    """Return the gap between random and grouped divisions."""
    rows = []
    for table in outcome.config.tables:
        for network in dict.fromkeys(each.arm.network for each in outcome.summaries_of(table)):
            arms = {
                each.arm.protocol: each
                for each in outcome.summaries_of(table)
                if each.arm.network == network
            }
            for name in ("map50", "accuracy_all"):
                found = [arms[p].measures.get(name) if p in arms else None
                         for p in ("random", "grouped")]  # fmt: skip
                random, grouped = found
                gap = random.mean - grouped.mean if random and grouped else None
                cells = [_counted(each) for each in found]
                rows.append((f"{network}: {_HEADS[name]}", *cells, number(gap)))
    return TextTable(
        name="leakage",
        title="Leakage gap: the same pictures divided at random and by film",
        columns=("measure", "random", "grouped", "gap"),
        rows=tuple(rows),
        notes=(
            (
                "Random is the paper's way: the same people stand on both sides. Standard "
                "deviations of repeats with overlapping training parts are too small for a test; n "
                "counts repeats."
            ),
        ),
    )


def _counted(found: MeanSpread | None) -> str:
    if found is None:
        return _NO
    return f"{spread(found.mean, found.deviation)} (n = {len(found.values)})"


def _comparisons(outcome: ExperimentOutcome) -> TextTable:
    rows = tuple(_comparison(each) for each in outcome.comparisons)
    return TextTable(
        name="comparisons",
        title="Paired by repeat and face: against the first network, or the plain set",
        columns=(
            "network against", *_DIFFERENCE,
        ),
        rows=rows,
        notes=(
            (
                f"Intervals resample {outcome.config.cluster}s over all pairs, p is of the "
                "sign-flip test over them, corrected over all comparisons of one table that are "
                "there (of networks; of hard sets with the plain one apart). d_z is mean over "
                "standard deviation of their differences, each counted once."
            ),
            _TESTED,
        ),
    )  # fmt: skip


def _comparison(each: Comparison) -> tuple[str, ...]:
    arm = each.arm
    where = f" ({arm.condition} {arm.strength:g})" if arm.condition else ""
    return (
        f"{arm.table}, {arm.protocol}: {arm.network}{where} {MINUS} {_against(each)}",
        *_difference(each),
    )


def _difference(each: Difference) -> tuple[str, ...]:
    """Return the cells under `_DIFFERENCE`."""
    return (
        f"{len(each.by_repeat)} repeats, {each.n_clusters} drawn",
        number(each.difference),
        "; ".join(number(value) for value in each.by_repeat),
        _range((each.low, each.high)),
        number(each.effect_size, 2),
        _p(each.p_value),
        _p(each.p_corrected),
        number(each.map50_difference),
    )


def _p(value: float) -> str:
    return "< 0.001" if value < 0.0005 else number(value)


def _effects(outcome: ExperimentOutcome) -> TextTable:
    return TextTable(
        name="effects",
        title="What each part does over the whole grid: networks with it against those without",
        columns=(
            "part", *_DIFFERENCE,
        ),
        rows=tuple(
            (
                f"{each.table}, {each.protocol}: {' x '.join(each.parts)}", *_difference(each),
            )
            for each in outcome.effects
        ),
        notes=(
            (
                "One part: the four networks that have it less the four that have not. Two: half "
                "of how much more the one adds where the other is (below 0: together they add less "
                "than their sum). Corrected over the rows of one table."
            ),
            _TESTED,
        ),
    )  # fmt: skip


def _against(each: Comparison) -> str:
    """Name what an arm is compared with: another network, or itself on the plain set."""
    if each.arm.network == each.reference.network:
        return each.reference.condition or each.reference.protocol
    return each.reference.network


def _confusions(outcome: ExperimentOutcome) -> TextTable:
    """Return the worst confusions of the first network over all repeats."""
    counts: dict[tuple[str, str], int] = {}
    totals: dict[str, int] = {}
    for row in outcome.rows:
        facts = outcome.facts.get(row.cell)
        if facts is None or row.condition or row.network != outcome.rows[0].network:
            continue
        names = [*facts["classes"], "not found"]
        for k, line in enumerate(facts["confusion"][:-1]):
            totals[names[k]] = totals.get(names[k], 0) + sum(line)
            for j, n in enumerate(line):
                if j != k and n:
                    key = (names[k], names[j])
                    counts[key] = counts.get(key, 0) + n
    worst = sorted(counts.items(), key=lambda item: (-item[1] / totals[item[0][0]], item[0]))[:12]
    return TextTable(
        name="worst-confusions",
        title="The worst confusions, at the threshold",
        columns=("true class", "called", "faces", "of", "share"),
        rows=tuple(
            (true, called, str(n), str(totals[true]), number(n / totals[true]))
            for (true, called), n in worst
        ),
        notes=(
            "Not found: no box with a score of at least the threshold overlaps the face by half.",
        ),
    )


def _durations(outcome: ExperimentOutcome) -> Iterator[TextTable]:
    effect = outcome.durations
    if effect is None:
        return
    yield TextTable(
        name="durations",
        title="How well faces are read, by duration and by intensity of the expression",
        columns=("faces", "n", "accuracy, all faces", "95 %"),
        rows=tuple(
            (
                group.name,
                str(group.n),
                number(group.accuracy),
                _range(group.interval),
            )
            for group in effect.groups
        ),
        notes=(
            (
                "If the rule helped weak action units, faces under 200 ms would be the weak ones "
                "and the badly read ones, and setting them aside would raise the accuracy of the "
                "rest."
            ),
        ),
    )
    yield TextTable(
        name="duration-rule",
        title="The paper's rule (under 200 ms is low-intensity) against the intensity coded",
        columns=("faces", "intensity A or B", "intensity C to E"),
        rows=(
            ("under 200 ms: called low", str(effect.n_low_weak), str(effect.n_low_strong)),
            ("over 200 ms: called high", str(effect.n_high_weak), str(effect.n_high_strong)),
        ),
        notes=(
            (
                f"Balanced accuracy of the rule: {number(effect.balanced_accuracy)}; 0.5 is "
                f"chance. {effect.n_undetermined} faces are of expressions within one frame of "
                "200 ms and are not judged. In synthetic sets duration and intensity are drawn "
                "apart from each other, so that chance is what a rule of this kind must reach "
                "there."
            ),
        ),
    )


def _robustness(outcome: ExperimentOutcome) -> TextTable:
    rows = []
    for each in outcome.summaries:
        arm = each.arm
        if not arm.condition:
            continue
        rows.append((
            arm.network, arm.condition, f"{arm.strength:g}", state_words(each),
            _measure(each, "accuracy_all"), _range(each.accuracy_interval),
            _measure(each, "map50"), number(each.chance),
        ))  # fmt: skip
    return TextTable(
        name="robustness",
        title="Accuracy against the strength of each hard condition",
        columns=(
            "network", "condition", "strength", "repeats", "accuracy, all faces", "95 %",
            "mAP50", "chance",
        ),
        rows=tuple(rows),
        notes=(
            (
                "People whom no preset has. Between two strengths the pictures differ in nothing "
                "but the condition; plain is the set without any. Crops are cut around the true "
                "boxes: what is measured is how faces are read, not how they are found."
            ),
        ),
    )  # fmt: skip


def _paper(outcome: ExperimentOutcome) -> TextTable:
    paper = outcome.paper
    rows = []
    for network, repeats in paper.rows.items():
        for k, values in enumerate(repeats):
            name = network if len(repeats) == 1 else f"{network} ({k + 1})"
            rows.append((name, *(f"{value:g}" for value in values)))
    return TextTable(
        name="paper",
        title="The paper's numbers, as printed there: not measured here, on other pictures",
        columns=("network", *(name.replace("_", " ") for name in paper.columns)),
        rows=tuple(rows),
        notes=(paper.source, *paper.notes),
    )
