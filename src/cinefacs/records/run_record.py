"""What a run did, with what, on what: the page beside every output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cinefacs.records.checks import require

__all__ = ["RunRecord"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """The facts that let a second person repeat a run; written as ``run.json``."""

    verb: str
    """Command that ran, such as ``collect``."""
    code_version: str
    """Version of cinefacs."""
    config: Mapping[str, Any]
    """The resolved configuration, every default included."""
    config_digest: str
    """SHA-256 over the configuration's canonical JSON and the model files' digests."""
    inputs: Mapping[str, str]
    """SHA-256 of each input file by its path."""
    models: Mapping[str, str]
    """SHA-256 of each model file by its name."""
    libraries: Mapping[str, str]
    """Version of each library that the numbers depend on."""
    seed: int
    """Seed of everything random."""
    device: str
    """What ran the networks, such as the processor's name."""
    started_at: str
    """ISO 8601, UTC."""
    finished_at: str
    """ISO 8601, UTC."""
    notes: Sequence[str] = field(default_factory=tuple)
    """Everything out of the ordinary: options that change results, fall-backs asked for."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Message by path for each input that could not be used."""
    times_s: Mapping[str, float] = field(default_factory=dict)
    """How long each stage took, s; empty where nothing was measured."""

    def __post_init__(self) -> None:
        """Check the digest."""
        digest = self.config_digest
        require(len(digest) == 64, "RunRecord.config_digest", "a SHA-256 in hexadecimal", digest)
