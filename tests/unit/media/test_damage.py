from cinefacs.media.damage import MAX_REORDERED, DamageLedger, Ticket, Verdict


class Decoder:
    """Sends packets to a ledger; each test says what comes back."""

    def __init__(self, kinds: str, pts: list[int], *, n_in_flight: int = 0) -> None:
        """``K`` is a key packet, ``P`` any other, ``!`` a damaged one, ``x`` one cut away."""
        self.ledger: DamageLedger[int] = DamageLedger(n_in_flight=n_in_flight)
        self.kinds = kinds
        self.pts = pts
        self.tickets: list[Ticket] = []

    def send(self, n: int | None = None) -> None:
        for k in range(len(self.tickets), len(self.kinds) if n is None else n):
            self.tickets.append(
                self.ledger.send(
                    pts=self.pts[k],
                    is_key=self.kinds[k] == "K",
                    is_corrupt=self.kinds[k] == "!",
                    may_vanish=self.kinds[k] == "x",
                )
            )

    def receive(self, *numbers: int, corrupt: int | None = None) -> list[Verdict[int]]:
        verdicts: list[Verdict[int]] = []
        for number in numbers:
            verdicts += self.ledger.receive(
                self.tickets[number], number, is_corrupt=number == corrupt
            )
        return verdicts

    def whole(self, verdicts: list[Verdict[int]]) -> list[int | None]:
        return [verdict.item for verdict in verdicts if not verdict.is_lost]


def test_clean_pictures_come_in_display_order() -> None:
    decoder = Decoder("KPPPKP", [0, 3, 1, 2, 4, 5])
    decoder.send()
    verdicts = decoder.receive(0, 2, 3, 1, 4, 5) + decoder.ledger.finish()
    assert decoder.whole(verdicts) == [0, 2, 3, 1, 4, 5]


def test_a_picture_waits_until_what_it_hangs_on_is_known() -> None:
    decoder = Decoder("KPPP", [0, 3, 1, 2])
    decoder.send()
    assert decoder.whole(decoder.receive(0)) == [0]
    assert decoder.receive(2) == []  # packet 1 came before it and may turn out damaged
    assert decoder.receive(3) == []
    assert decoder.whole(decoder.receive(1)) == [2, 3, 1]


def test_damage_spreads_to_pictures_shown_before_it_and_ends_at_the_next_key() -> None:
    decoder = Decoder("KPPPKP", [0, 3, 1, 2, 4, 5])
    decoder.send()
    verdicts = decoder.receive(0, 2, 3, 1, 4, 5, corrupt=1)
    assert decoder.whole(verdicts) == [0, 4, 5]
    assert sum(verdict.is_lost for verdict in verdicts) == 3


def test_damage_reaches_leading_pictures_of_the_next_open_group() -> None:
    # packet 4 is a key shown at 6; packets 5 and 6 are stored after it and shown before it
    decoder = Decoder("KPP!KPPP", [0, 1, 2, 3, 6, 4, 5, 7])
    decoder.send()
    verdicts = decoder.receive(0, 1, 2, 3, 5, 6, 4, 7)
    assert decoder.whole(verdicts) == [0, 1, 2, 4, 7]


def test_damage_in_a_leading_picture_spares_those_after_the_key() -> None:
    decoder = Decoder("KPKPPPKP", [0, 1, 4, 2, 3, 5, 7, 6])
    decoder.send()
    verdicts = decoder.receive(0, 1, 3, 4, 2, 5, 7, 6, corrupt=3)
    assert decoder.whole(verdicts) == [0, 1, 2, 5, 7, 6]


def test_where_decoding_begins_leading_pictures_are_left_out_but_not_lost() -> None:
    decoder = Decoder("KPPP", [2, 0, 1, 3])
    decoder.send()
    verdicts = decoder.receive(1, 2, 0, 3, corrupt=1) + decoder.ledger.finish()
    assert decoder.whole(verdicts) == [2, 0, 3]
    assert not any(verdict.is_lost for verdict in verdicts)


def test_pictures_before_the_first_key_are_left_out_but_not_lost() -> None:
    decoder = Decoder("PPKP", [0, 1, 2, 3])
    decoder.send()
    verdicts = decoder.receive(0, 1, 2, 3, corrupt=0) + decoder.ledger.finish()
    assert verdicts == [Verdict(2, is_lost=False), Verdict(3, is_lost=False)]


def test_a_packet_that_gives_no_picture_without_complaint_is_not_lost() -> None:
    decoder = Decoder("KPPPP", [0, 1, 2, 3, 4])
    decoder.send()
    verdicts = decoder.receive(0, 1, 3, 4) + decoder.ledger.finish()
    assert verdicts == [Verdict(k, is_lost=False) for k in (0, 1, 3, 4)]


def test_a_packet_that_the_decoder_complained_of_is_lost_with_what_follows() -> None:
    decoder = Decoder("KPPPKP", [0, 1, 2, 3, 4, 5])
    decoder.send(3)
    decoder.receive(0, 1)
    decoder.ledger.complain()  # of packet 2
    decoder.send()
    verdicts = decoder.receive(3, 4, 5) + decoder.ledger.finish()
    assert verdicts == [
        Verdict(None, is_lost=True),
        Verdict(3, is_lost=True),
        Verdict(4, is_lost=False),
        Verdict(5, is_lost=False),
    ]


def test_a_complaint_does_not_touch_a_packet_whose_picture_comes_after_all() -> None:
    decoder = Decoder("KPPP", [0, 1, 2, 3], n_in_flight=2)
    decoder.send()
    decoder.ledger.complain()  # of 1, 2 or 3
    verdicts = decoder.receive(0, 1, 2) + decoder.ledger.finish()
    assert decoder.whole(verdicts) == [0, 1, 2]
    assert verdicts[-1] == Verdict(None, is_lost=True)


def test_a_missing_packet_is_given_up_after_as_many_as_can_overtake_it() -> None:
    n = 60
    decoder = Decoder("K" + "P" * (n - 1), list(range(n)))
    decoder.send(2)
    decoder.receive(0)
    decoder.ledger.complain()
    decoder.send()
    for number in range(2, 2 + MAX_REORDERED):
        assert decoder.receive(number) == []
    verdicts = decoder.receive(2 + MAX_REORDERED)
    assert len(verdicts) == MAX_REORDERED + 2
    assert all(verdict.is_lost for verdict in verdicts)


def test_a_picture_cut_away_by_an_edit_list_is_not_lost() -> None:
    decoder = Decoder("Kx!PK", [0, 1, 2, 3, 4])
    decoder.send()
    verdicts = decoder.receive(0, 2, 3, 4) + decoder.ledger.finish()
    assert decoder.whole(verdicts) == [0, 4]
    assert len(verdicts) == 4


def test_pictures_after_a_hole_in_the_container_are_lost_up_to_the_next_key() -> None:
    decoder = Decoder("KPPPKP", [0, 1, 2, 3, 4, 5])
    decoder.send(2)
    decoder.ledger.skip()
    decoder.send()
    verdicts = decoder.receive(0, 1, 2, 3, 4, 5) + decoder.ledger.finish()
    assert decoder.whole(verdicts) == [0, 1, 4, 5]


def test_damage_is_forgotten_once_nothing_can_depend_on_it() -> None:
    decoder = Decoder("K!" + "KP" * 20, list(range(42)))
    decoder.send()
    decoder.receive(*range(42))
    assert decoder.ledger._damage == []
