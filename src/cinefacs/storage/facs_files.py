"""A user's own code book and emotion rules, read from YAML."""

from pathlib import Path

from cinefacs.config import read_yaml
from cinefacs.errors import ConfigError, did_you_mean
from cinefacs.facs.code_book import CodeBook, standard_code_book
from cinefacs.facs.emotion_rules import RuleTable, standard_rule_tables

__all__ = ["read_code_book", "read_rule_table"]


def read_code_book(path: Path | None = None) -> CodeBook:
    """Return the standard code book with the changes of a user's file.

    Parameters
    ----------
    path
        A file as `cinefacs.facs.code_book.CodeBook.merge` describes it; None changes nothing.

    Raises
    ------
    ConfigError
        The file cannot be read or says something that the code book cannot hold.
    """
    book = standard_code_book()
    return book if path is None else book.merge(read_yaml(path), where=str(path))


def read_rule_table(name_or_path: str = "paper") -> RuleTable:
    """Return a table of emotion rules.

    Parameters
    ----------
    name_or_path
        ``paper``, ``emfacs``, or a YAML file as
        `cinefacs.facs.emotion_rules.RuleTable.read` describes it, named so that it ends in
        ``.yaml`` or ``.yml``.

    Raises
    ------
    ConfigError
        There is no such table, or the file cannot be read or contradicts itself.
    """
    tables = standard_rule_tables()
    if name_or_path in tables:
        return tables[name_or_path]
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        raise ConfigError(
            f"emotion rules: expected {' or '.join(tables)} or a .yaml file, got {name_or_path!r}",
            hint=did_you_mean(name_or_path, tables),
        )
    return RuleTable.read(read_yaml(path), name=path.stem, where=str(path))
