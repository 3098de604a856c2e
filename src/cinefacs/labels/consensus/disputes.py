"""What the coders dispute, as a list for an adjudicator: JSON for programs, CSV to fill in."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

from cinefacs.errors import SchemaError
from cinefacs.facs.codes import Intensity, Side
from cinefacs.labels.agreement.tables import write_csv
from cinefacs.records.time_span import TimeSpan
from cinefacs.storage.atomic import write_json
from cinefacs.storage.tables import SCHEMA_VERSION

__all__ = ["FILLED_IN", "Claim", "Dispute", "DisputeKind", "read_disputes", "write_disputes"]

FILLED_IN = ("decision", "onset_s", "apex_s", "offset_s", "side", "intensity", "emotion", "note")
"""Columns that the adjudicator fills in."""


class DisputeKind(StrEnum):
    """What is disputed."""

    PRESENCE = "presence"
    """Whether the action unit is there."""
    TOO_FEW = "too_few"
    """The same, where too few coders could code the frames to make a majority."""
    BOUNDARY = "boundary"
    """How far an agreed event reaches."""
    SIDE = "side"
    """On which side of the face an agreed event is."""
    INTENSITY = "intensity"
    """How strong an agreed event is."""
    SIDE_AND_INTENSITY = "side+intensity"
    """Both."""
    EMOTION = "emotion"
    """Which emotion is shown, if any."""
    OVERRULED = "overruled"
    """A minority saw what the majority said was absent; listed on demand, and decided already."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What one coder says of the disputed frames."""

    coder: str
    """Who."""
    says: str
    """``present``, ``absent``, or ``not judged``."""
    onset_s: float | None = None
    """Onset of what the coder saw there, s; for people, rounded to a millisecond."""
    offset_s: float | None = None
    """Its end, s."""
    side: str | None = None
    """Its side."""
    intensity: str | None = None
    """Its intensity."""
    emotion: str | None = None
    """The emotion that the coder named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispute:
    """One thing that an adjudicator should decide."""

    dispute_id: str
    """Says what and where; the same as long as the coders' labels are."""
    kind: DisputeKind
    """What is disputed."""
    clip: str
    """Tag of the clip."""
    film_id: str
    """SHA-256 of the film."""
    film_number: int
    """Number of the film."""
    character_number: int
    """Character."""
    au: int | None
    """Action unit; None where an emotion is disputed."""
    span: TimeSpan
    """The disputed frames; of an agreed event all of it."""
    side: Side
    """Side that the claimants name, unless it is itself disputed."""
    intensity: Intensity | None
    """Median of the claimants' intensities; None where none gave one."""
    claims: tuple[Claim, ...]
    """What each coder says."""

    @property
    def what(self) -> str:
        """What is judged, such as ``AU12`` or ``emotion``."""
        return "emotion" if self.au is None else f"AU{self.au}"


def write_disputes(folder: Path, disputes: Sequence[Dispute], *, has_clip: Iterable[str]) -> None:
    """Write ``adjudication.json`` and ``adjudication.csv``.

    Parameters
    ----------
    folder
        Where they go.
    disputes
        What is disputed.
    has_clip
        Tags of the clips that lie in the study's ``clips``.

    Raises
    ------
    StorageError
        The disk refused.
    """
    documents = [_as_document(dispute) for dispute in disputes]
    write_json(
        folder / "adjudication.json", {"schema_version": SCHEMA_VERSION, "disputes": documents}
    )
    with_file = set(has_clip)
    rows = [_as_row(dispute, has_file=dispute.clip in with_file) for dispute in disputes]
    columns = [
        "dispute", "kind", "what", "clip", "film", "character", "start_s", "end_s", "present",
        "absent", "not_judged", "details", "clip_file", *FILLED_IN,
    ]  # fmt: skip
    write_csv(folder / "adjudication.csv", columns, rows)


def read_disputes(path: Path) -> list[Dispute]:
    """Return the disputes of an ``adjudication.json``.

    Raises
    ------
    SchemaError
        The file is none, or of another version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema_version"] != SCHEMA_VERSION:
            raise SchemaError(
                f"{path}: expected schema version {SCHEMA_VERSION}, "
                f"got {document['schema_version']!r}"
            )
        return [_from_document(entry) for entry in document["disputes"]]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SchemaError(
            f"{path}: expected a list of disputes, got: {type(error).__name__}: {error}",
            hint="run `cinefacs labels consensus` again; it writes a new list",
        ) from error


def _as_document(dispute: Dispute) -> dict[str, Any]:
    span = dispute.span
    document = {
        each.name: getattr(dispute, each.name)
        for each in fields(dispute)
        if each.name not in {"span", "claims"}
    }
    return document | {
        "start_pts": span.start_pts,
        "end_pts": span.end_pts,
        "time_base": str(span.time_base),
        "claims": [asdict(claim) for claim in dispute.claims],
    }


def _from_document(document: dict[str, Any]) -> Dispute:
    intensity = document["intensity"]
    return Dispute(
        dispute_id=document["dispute_id"],
        kind=DisputeKind(document["kind"]),
        clip=document["clip"],
        film_id=document["film_id"],
        film_number=document["film_number"],
        character_number=document["character_number"],
        au=document["au"],
        span=TimeSpan(
            start_pts=document["start_pts"],
            end_pts=document["end_pts"],
            time_base=Fraction(document["time_base"]),
        ),
        side=Side(document["side"]),
        intensity=None if intensity is None else Intensity(intensity),
        claims=tuple(Claim(**claim) for claim in document["claims"]),
    )


def _as_row(dispute: Dispute, *, has_file: bool) -> dict[str, Any]:
    """Return one line for the adjudicator."""
    by_answer = {
        answer: ", ".join(claim.coder for claim in dispute.claims if claim.says == answer)
        for answer in ("present", "absent", "not judged")
    }
    return {
        "dispute": dispute.dispute_id,
        "kind": str(dispute.kind),
        "what": dispute.what,
        "clip": dispute.clip,
        "film": dispute.film_number,
        "character": dispute.character_number,
        "start_s": round(float(dispute.span.start_s), 3),
        "end_s": round(float(dispute.span.end_s), 3),
        "present": by_answer["present"],
        "absent": by_answer["absent"],
        "not_judged": by_answer["not judged"],
        "details": "; ".join(filter(None, map(_details, dispute.claims))),
        "clip_file": f"clips/{dispute.clip}.mp4" if has_file else None,
    } | dict.fromkeys(FILLED_IN)


def _details(claim: Claim) -> str:
    """Say what a coder saw; empty where the coder saw nothing."""
    if claim.onset_s is None or claim.offset_s is None:
        return ""
    words = [f"{claim.coder}: {claim.onset_s:.3f}-{claim.offset_s:.3f} s"]
    words += [word for word in (claim.side, claim.intensity, claim.emotion) if word]
    return " ".join(words)
