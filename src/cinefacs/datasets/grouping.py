"""What must stay together when a data set is split: groups of samples with something in common."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from cinefacs.records.dataset_manifest import SplitUnit
from cinefacs.records.sample import Sample

__all__ = ["Group", "group_samples"]


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Group:
    """Samples that must stay together."""

    name: str
    """What people call it: films, persons or sources, joined by plus signs."""
    rows: tuple[int, ...]
    """Positions of its samples, ascending."""
    is_named: bool
    """Whether it holds what is split by; a picture of a shot without a known face does not."""


def group_samples(samples: Sequence[Sample], unit: SplitUnit) -> list[Group]:
    """Return groups that share nothing which must not stand on both sides.

    Groups are the connected parts of the graph in which two samples are joined if they have a
    key in common. By film the keys are the film and the person; by character the person, the clip
    and the shot, since all faces of a shot are seen in nearly the same pictures; by source the
    source of the labels, the film and the person. By frame it is the picture alone, which keeps
    nothing apart but the faces of one picture.

    Parameters
    ----------
    samples
        Of a data set.
    unit
        What stays together.

    Returns
    -------
    list of Group
        In the order of names; each row once.
    """
    owner: dict[Hashable, int] = {}
    parent = list(range(len(samples)))
    for row, sample in enumerate(samples):
        for key in _keys(sample, unit):
            first = owner.setdefault(key, row)
            _join(parent, row, first)
    rows: dict[int, list[int]] = {}
    for row in range(len(samples)):
        rows.setdefault(_root(parent, row), []).append(row)
    return sorted(_make_group(samples, tuple(own), unit) for own in rows.values())


def _keys(sample: Sample, unit: SplitUnit) -> list[Hashable]:
    picture = ("picture", sample.image_path)
    if unit is SplitUnit.FRAME:
        return [picture]
    person: list[Hashable] = [("person", sample.subject)] if sample.subject else []
    film = ("film", sample.film_id)
    if unit is SplitUnit.CHARACTER:
        shot = ("shot", sample.film_id, sample.shot_index)
        clip = ("clip", sample.film_id, sample.clip_tag)
        keys: list[Hashable] = [picture, *person]
        keys += [shot] if sample.shot_index is not None else []
        return keys + ([clip] if sample.clip_tag is not None else [])
    if unit is SplitUnit.SOURCE and sample.label_source:
        return [film, *person, ("source", sample.label_source)]
    return [film, *person]


def _root(parent: list[int], row: int) -> int:
    while parent[row] != row:
        parent[row] = parent[parent[row]]
        row = parent[row]
    return row


def _join(parent: list[int], a: int, b: int) -> None:
    a, b = _root(parent, a), _root(parent, b)
    parent[max(a, b)] = min(a, b)


def _make_group(samples: Sequence[Sample], rows: tuple[int, ...], unit: SplitUnit) -> Group:
    own = [samples[row] for row in rows]
    if unit is SplitUnit.FRAME:
        names = {own[0].image_path}
    elif unit is SplitUnit.SOURCE:
        names = {sample.label_source for sample in own if sample.label_source}
    elif unit is SplitUnit.CHARACTER:
        names = {sample.subject for sample in own if sample.subject}
    else:
        names = {_film_name(sample) for sample in own}
    unnamed = f"{_film_name(own[0])} without a name: {own[0].image_path}"
    name = "+".join(sorted(names)) or unnamed
    return Group(name=name, rows=rows, is_named=bool(names))


def _film_name(sample: Sample) -> str:
    return f"{sample.film_number:03d}" if sample.film_number else sample.film_id
