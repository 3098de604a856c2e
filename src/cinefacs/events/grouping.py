"""Put the action units of one face that move together into one event."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from cinefacs.events.config import EventConfig
from cinefacs.records.event import EventAu
from cinefacs.records.time_span import TimeSpan

__all__ = ["AuGroup", "add_contexts", "group_aus"]


@dataclass(slots=True)
class AuGroup:
    """Action units that belong to one expression."""

    aus: list[EventAu]
    """What moves, the strongest first, each once."""
    context: list[EventAu] = field(default_factory=list)
    """Positions of head and eyes meanwhile, each once."""

    @property
    def span(self) -> TimeSpan:
        """Envelope of what moves."""
        return TimeSpan(
            start_pts=min(each.span.start_pts for each in self.aus),
            end_pts=max(each.span.end_pts for each in self.aus),
            time_base=self.aus[0].span.time_base,
        )

    @property
    def is_onset_seen(self) -> bool:
        """Whether what moves first was seen to begin."""
        start = self.span.start_pts
        return all(each.is_onset_seen for each in self.aus if each.span.start_pts == start)

    @property
    def is_offset_seen(self) -> bool:
        """Whether what moves last was seen to end."""
        end = self.span.end_pts
        return all(each.is_offset_seen for each in self.aus if each.span.end_pts == end)


def group_aus(aus: Sequence[EventAu], config: EventConfig) -> list[AuGroup]:
    """Return groups of action units that belong to one expression, by onset.

    Two belong together if they overlap in time and their onsets or their apexes lie within
    `EventConfig.group_ms`: a brief frown within a long smile is an event of its own. So is a
    second span of an action unit that the group has already. Positions of head and eyes
    (`EventConfig.context_aus`) go with every group that they overlap, and are no event alone.

    Parameters
    ----------
    aus
        All spans of one face track.
    config
        The limits.
    """
    groups: list[AuGroup] = []
    strongest_first = sorted(aus, key=lambda each: (-each.rise, each.span.start_pts, each.au))
    for each in strongest_first:
        if each.au in config.context_aus:
            continue
        home = next((group for group in groups if _belongs(each, group.aus, config)), None)
        if home is None:
            groups.append(AuGroup([each]))
        else:
            home.aus.append(each)
    add_contexts([each for each in strongest_first if each.au in config.context_aus], groups)
    return sorted(groups, key=lambda group: (group.span.start_pts, group.aus[0].au))


def _belongs(each: EventAu, group: Sequence[EventAu], config: EventConfig) -> bool:
    """Return whether an action unit moves with one of a group, and is not in it already."""
    if any(other.au == each.au for other in group):
        return False
    limit_s = Fraction(config.group_ms) / 1000
    return any(
        each.span.overlap(other.span) > 0
        and min(
            abs(each.span.start_s - other.span.start_s),
            abs(each.apex_pts - other.apex_pts) * each.span.time_base,
        )
        <= limit_s
        for other in group
    )


def add_contexts(positions: Sequence[EventAu], groups: Sequence[AuGroup]) -> None:
    """Name each position of head or eyes with every group that it overlaps, unless it is there.

    Parameters
    ----------
    positions
        The strongest first.
    groups
        Changed.
    """
    for each in positions:
        for group in groups:
            is_new = all(other.au != each.au for other in group.context)
            if is_new and any(each.span.overlap(other.span) > 0 for other in group.aus):
                group.context.append(each)
