"""Where the emotions of a face come from: the coders' words, or rules on its action units."""

from cinefacs.datasets.moments import Moment
from cinefacs.datasets.targets import EmotionReader
from cinefacs.errors import ConfigError, did_you_mean
from cinefacs.facs.emotion_rules import RuleTable, standard_rule_tables
from cinefacs.facs.inference import ActiveAu, EmotionOutcome, infer_emotion

__all__ = ["emotion_reader"]


def emotion_reader(emotions_from: str, rule_table: str) -> EmotionReader:
    """Return what finds the emotions of a moment.

    Parameters
    ----------
    emotions_from
        ``labels``, ``rules``, or ``labels-or-rules``: rules where the coders say nothing.
    rule_table
        Name of a table that ships with cinefacs.

    Raises
    ------
    ConfigError
        There is no such table.
    """
    if emotions_from == "labels":
        return read_words
    tables = standard_rule_tables()
    if rule_table not in tables:
        raise ConfigError(
            f"rule_table: expected a table of rules, got {rule_table!r}",
            hint=did_you_mean(rule_table, tables),
        )
    table = tables[rule_table]

    def by_rules(moment: Moment) -> tuple[str, ...] | None:
        return _infer(moment, table)

    def by_words_or_rules(moment: Moment) -> tuple[str, ...] | None:
        words = read_words(moment)
        return by_rules(moment) if words is None else words

    return by_rules if emotions_from == "rules" else by_words_or_rules


def read_words(moment: Moment) -> tuple[str, ...] | None:
    """Return the coders' words; none for a face in which they looked and found none.

    Returns
    -------
    tuple of str, or None
        None where nobody looked for emotions, or an expression has no name.
    """
    if moment.expressions:
        named = [label.emotions for label in moment.expressions]
        return tuple(word for words in named for word in words) if all(named) else None
    return () if moment.has_emotions else None


def _infer(moment: Moment, table: RuleTable) -> tuple[str, ...] | None:
    """Return what the rules name; None where what could not be seen or said decides."""
    there = {label.au for label in moment.aus}
    unseen = (table.vocabulary - moment.looked_for) | moment.hidden | moment.unclear
    reading = infer_emotion(
        [
            ActiveAu(number=label.au, side=label.side, intensity=label.intensity)
            for label in moment.aus
        ],
        table,
        unseen=unseen - there,
    )
    if reading.outcome is EmotionOutcome.NAMED and reading.emotion is not None:
        return (reading.emotion,)
    return () if reading.outcome is EmotionOutcome.NONE else None
