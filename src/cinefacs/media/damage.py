"""Tell whole pictures from those that hang on damaged data, by the order of decoding alone.

What a decoder says about damage is too little: of an H.264 picture hit by 500 random bytes it
flags that picture, and hands out unflagged up to a whole group of pictures (GOP) that was
predicted from it. So damage is taken to spread from the packet that it hit to the next key
packet, and to the pictures that are stored after that key but shown before it (leading pictures
of an open GOP), which may be predicted across it. Damage to a leading picture spreads to leading
pictures only.

Damage that a decoder does not notice is not noticed here: arithmetic-coded HEVC and VP9 data
mostly decode into garbage without any complaint, those of H.264 now and then.
"""

from collections import deque
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

__all__ = ["DamageLedger", "Ticket", "Verdict"]

Item = TypeVar("Item")

MAX_REORDERED = 17
"""A picture cannot be overtaken by more than the 16 that H.264 and HEVC allow, and one more."""


class Verdict(NamedTuple, Generic[Item]):
    """What became of one picture, in display order."""

    item: Item | None
    """The picture; None where the decoder never gave one."""
    is_lost: bool
    """Whether it is damaged or missing."""


@dataclass(slots=True, eq=False)
class Ticket:
    """What is remembered of a packet until its picture comes back."""

    number: int
    """Position among the packets, from 0."""
    key: int | None
    """Newest key packet up to this one; None before the first."""
    key_before: int | None
    """The key packet before that."""
    is_leading: bool
    """Whether it is shown before the key that it is stored after."""
    may_vanish: bool
    """Whether an edit list cuts its picture away."""
    is_suspect: bool = False
    """Whether a complaint of the decoder may be about it."""

    @property
    def is_first_leading(self) -> bool:
        """Whether it leads the first key, so that what it is predicted from was never there."""
        return self.is_leading and self.key_before is None


class DamageLedger(Generic[Item]):
    """Keep account of packets sent to a decoder and pictures that came back.

    A picture is handed on once the fate of every packet before its own is known: its picture
    came back, or it cannot come any more.

    Where decoding begins, pictures before the first key packet are left out, and so are damaged
    or missing leading pictures of the first key: they are not lost, they never could be decoded.

    Parameters
    ----------
    reorders
        Whether pictures may come back in another order than sent (B-frames).
    n_in_flight
        Packets before the newest that a complaint of the decoder may be about: its threads.
    """

    def __init__(self, *, reorders: bool = True, n_in_flight: int = 0) -> None:
        self._max_overtaken = MAX_REORDERED if reorders else 0
        self._n_in_flight = n_in_flight
        self._n_sent = 0
        self._open: dict[int, Ticket] = {}
        self._waiting: deque[tuple[Ticket, Item]] = deque()
        self._keys: list[tuple[int, int | None]] = []  # number and pts of the newest two
        self._damage: list[tuple[float, bool]] = []  # where, and whether it is in a leading one

    def send(self, *, pts: int | None, is_key: bool, is_corrupt: bool, may_vanish: bool) -> Ticket:
        """Note that a packet goes to the decoder; its picture has to bring the ticket back.

        Parameters
        ----------
        pts : ticks; None where it is not known
        is_key
            Whether decoding can begin with it.
        is_corrupt
            Whether the container itself says that it is damaged.
        may_vanish
            Whether no picture may come of it (cut away by an edit list).
        """
        number = self._n_sent
        self._n_sent += 1
        if is_key:
            self._keys = [*self._keys[-1:], (number, pts)]
        key, key_pts = self._keys[-1] if self._keys else (None, None)
        ticket = Ticket(
            number=number,
            key=key,
            key_before=self._keys[0][0] if len(self._keys) == 2 else None,
            is_leading=pts is not None and key_pts is not None and pts < key_pts,
            may_vanish=may_vanish,
        )
        self._open[number] = ticket
        if is_corrupt:
            self._note_damage(ticket)
        return ticket

    def complain(self) -> None:
        """Note that the decoder failed on one of the newest packets."""
        for ticket in self._open.values():
            if ticket.number >= self._n_sent - 1 - self._n_in_flight:
                ticket.is_suspect = True

    def skip(self) -> None:
        """Note that the container could not be read here: packets may be missing."""
        self._damage.append((self._n_sent - 0.5, False))

    def receive(self, ticket: Ticket, item: Item, *, is_corrupt: bool) -> list[Verdict[Item]]:
        """Note that a packet's picture came back; return all pictures that are certain now.

        Parameters
        ----------
        ticket
            Of the packet that the picture came from.
        item
            The picture.
        is_corrupt
            Whether the decoder flagged it.
        """
        self._open.pop(ticket.number, None)
        if is_corrupt:
            self._note_damage(ticket)
        if ticket.key is not None and not (is_corrupt and ticket.is_first_leading):
            self._waiting.append((ticket, item))
        return self._release(at_end=False)

    def finish(self) -> list[Verdict[Item]]:
        """Return what is left when the decoder has nothing more to give."""
        return self._release(at_end=True)

    def _release(self, *, at_end: bool) -> list[Verdict[Item]]:
        """Give up what cannot come any more, and hand on what is certain."""
        verdicts: list[Verdict[Item]] = []
        while True:
            oldest = next(iter(self._open.values()), None)
            while self._waiting and (oldest is None or oldest.number > self._waiting[0][0].number):
                ticket, item = self._waiting.popleft()
                verdicts.append(Verdict(item, is_lost=self._is_hit(ticket)))
            if oldest is None:
                break
            n_overtaking = sum(ticket.number > oldest.number for ticket, _ in self._waiting)
            if not at_end and n_overtaking <= self._max_overtaken:
                break
            if self._is_missed(self._open.pop(oldest.number)):
                verdicts.append(Verdict(None, is_lost=True))
        self._forget()
        return verdicts

    def _is_missed(self, ticket: Ticket) -> bool:
        """Return whether a packet without picture should have had one."""
        if ticket.key is None or ticket.is_first_leading:
            return False
        if ticket.is_suspect:
            self._note_damage(ticket)
        return not ticket.may_vanish and self._is_hit(ticket)

    def _note_damage(self, ticket: Ticket) -> None:
        if ticket.key is not None and not ticket.is_first_leading:
            self._damage.append((ticket.number, ticket.is_leading))

    def _is_hit(self, ticket: Ticket) -> bool:
        """Return whether a packet is damaged or may be predicted from one that is."""
        key = ticket.key if ticket.key is not None else ticket.number
        if not ticket.is_leading:
            return any(
                key <= where <= ticket.number and not in_leading
                for where, in_leading in self._damage
            )
        first = ticket.key_before if ticket.key_before is not None else key
        return any(
            (key if in_leading else first) <= where <= ticket.number
            for where, in_leading in self._damage
        )

    def _forget(self) -> None:
        """Drop damage that no picture to come can depend on."""
        if not self._damage:
            return
        pending = [*self._open.values(), *(ticket for ticket, _ in self._waiting)]
        firsts = [ticket.key_before for ticket in pending] + [key for key, _ in self._keys[:1]]
        start = min(first or 0 for first in firsts) if firsts else 0
        self._damage = [(where, in_leading) for where, in_leading in self._damage if where >= start]
