"""Tell whole pictures from those that hang on damaged data, by the order of decoding alone.

What a decoder says about damage is too little: of an H.264 picture hit by 500 random bytes it
flags that picture, and hands out unflagged up to a whole group of pictures (GOP) that was
predicted from it. So damage is taken to spread from the packet that it hit to the next key
packet, and to the pictures shown before that key but stored after it (open GOP), which may be
predicted across it.

Damage that a decoder does not notice is not noticed here: arithmetic-coded HEVC and VP9 data
mostly decode into garbage without any complaint.
"""

from collections import deque
from typing import Generic, NamedTuple, TypeVar

__all__ = ["DamageLedger", "Verdict"]

Item = TypeVar("Item")

MAX_REORDERED = 17
"""A picture cannot be overtaken by more than the 16 that H.264 and HEVC allow, and one more."""


class Verdict(NamedTuple, Generic[Item]):
    """What became of one picture, in display order."""

    item: Item | None
    """The picture; None where the decoder never gave one."""
    is_lost: bool
    """Whether it is damaged or missing."""


class _Waiting(NamedTuple, Generic[Item]):
    """A picture whose predecessors are not all known yet."""

    number: int
    depends_from: int
    """First packet that it may be predicted from."""
    is_dropped: bool
    """Whether it lies before the first picture that can be decoded on its own."""
    item: Item


class DamageLedger(Generic[Item]):
    """Keep account of packets sent to a decoder and pictures that came back.

    Packets are numbered from 0 as they are stored. A picture is handed on once the fate of every
    packet before its own is known: it came back, or it cannot come any more.

    Parameters
    ----------
    reorders
        Whether pictures may come back in another order than sent (B-frames).
    """

    def __init__(self, *, reorders: bool = True) -> None:
        self._max_overtaken = MAX_REORDERED if reorders else 0
        self._open: dict[int, bool] = {}  # sent, not come back: number -> may vanish unharmed
        self._keys: list[int] = []
        self._damaged: list[float] = []  # numbers; between two of them for missing packets
        self._suspects: list[tuple[int, int]] = []  # packets open when the decoder complained
        self._waiting: deque[_Waiting[Item]] = deque()
        self._newest = -1

    def send(self, number: int, *, is_key: bool, is_corrupt: bool, may_vanish: bool) -> None:
        """Note that a packet goes to the decoder.

        Parameters
        ----------
        number
            Ascending.
        is_key
            Whether decoding can begin with it.
        is_corrupt
            Whether the container itself says that it is damaged.
        may_vanish
            Whether no picture may come of it (cut away by an edit list).
        """
        self._newest = number
        if is_key:
            self._keys.append(number)
        self._open[number] = may_vanish
        if is_corrupt and self._keys:
            self._damaged.append(number)

    def complain(self) -> None:
        """Note that the decoder failed on one of the packets that are open now."""
        if self._open and self._keys:
            self._suspects.append((min(self._open), max(self._open)))

    def skip(self) -> None:
        """Note that the container could not be read here: packets may be missing."""
        if self._keys:
            self._damaged.append(self._newest + 0.5)

    def receive(self, number: int, item: Item, *, is_corrupt: bool) -> list[Verdict[Item]]:
        """Note that a packet's picture came back; return all pictures that are certain now.

        Parameters
        ----------
        number
            Of the packet that the picture came from.
        item
            The picture.
        is_corrupt
            Whether the decoder flagged it.
        """
        self._open.pop(number, None)
        gop = [key for key in self._keys if key <= number][-2:]
        leads = bool(gop) and gop[-1] in self._open  # shown before the key that it follows
        is_first = len(gop) < 2
        is_dropped = not gop or (leads and is_first and is_corrupt)
        if is_corrupt and not is_dropped:
            self._damaged.append(number)
        depends_from = number if not gop else gop[0] if leads else gop[-1]
        self._waiting.append(_Waiting(number, depends_from, is_dropped, item))
        return self._release(at_end=False)

    def finish(self) -> list[Verdict[Item]]:
        """Return what is left when the decoder has nothing more to give."""
        return self._release(at_end=True)

    def _release(self, *, at_end: bool) -> list[Verdict[Item]]:
        """Give up what cannot come any more, then hand on what is certain."""
        verdicts: list[Verdict[Item]] = []
        while True:
            oldest = next(iter(self._open), None)
            while self._waiting and (oldest is None or oldest > self._waiting[0].number):
                verdicts += self._judge(self._waiting.popleft())
            if oldest is None:
                break
            n_overtaking = sum(entry.number > oldest for entry in self._waiting)
            if not at_end and n_overtaking <= self._max_overtaken:
                break
            verdicts += self._give_up(oldest)
        self._forget()
        return verdicts

    def _judge(self, entry: _Waiting[Item]) -> list[Verdict[Item]]:
        """Return the verdict on a picture, or none where it never could be decoded."""
        if entry.is_dropped:
            return []
        return [Verdict(entry.item, is_lost=self._is_hit(entry.depends_from, entry.number))]

    def _give_up(self, number: int) -> list[Verdict[Item]]:
        """Return the verdict on a packet without picture: lost where there was trouble."""
        may_vanish = self._open.pop(number)
        before = [key for key in self._keys if key <= number]
        if may_vanish or not before:
            return []
        if any(first <= number <= last for first, last in self._suspects):
            self._damaged.append(number)
        return [Verdict(None, is_lost=True)] if self._is_hit(before[-1], number) else []

    def _is_hit(self, first: int, last: int) -> bool:
        """Return whether any packet from `first` to `last` is damaged."""
        return any(first <= number <= last for number in self._damaged)

    def _forget(self) -> None:
        """Drop what no picture to come can depend on: all before the key before last."""
        oldest = min(
            next(iter(self._open), self._keys[-1] if self._keys else 0),
            min((entry.depends_from for entry in self._waiting), default=1 << 62),
        )
        needed = [key for key in self._keys if key <= oldest][-2:]
        if needed and needed[0] != self._keys[0]:
            start = needed[0]
            self._keys = [key for key in self._keys if key >= start]
            self._damaged = [number for number in self._damaged if number >= start]
            self._suspects = [span for span in self._suspects if span[1] >= start]
