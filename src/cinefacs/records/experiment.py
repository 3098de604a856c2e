"""What experiments come to: a row for each training and measurement, and its single answers."""

from dataclasses import dataclass
from enum import StrEnum

from cinefacs.records.checks import require

__all__ = ["BoxAnswer", "CellState", "ExperimentRow", "FaceAnswer"]


class CellState(StrEnum):
    """What became of a cell of an experiment's matrix."""

    DONE = "done"
    FAILED = "failed"
    """It ended with an error; it has a reason and no numbers."""
    MISSING = "missing"
    """It was not run yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceAnswer:
    """What a detector said of one true face."""

    view_index: int
    """Picture or crop, in the order of the test part."""
    subject: str
    """Whose face it is, such as ``003-06``."""
    film: str
    """Film, such as ``003``."""
    sample_id: str
    """Sample of the face, as in the data set."""
    true_class: str
    """Class of the face."""
    found_class: str
    """Class of the best box on it; empty where no box overlaps it by half."""
    score: float
    """Score of that box; 0 where there is none."""

    @property
    def is_right(self) -> bool:
        """Whether it was found and called by its class."""
        return self.found_class == self.true_class


@dataclass(frozen=True, kw_only=True, slots=True)
class BoxAnswer:
    """One found box, judged."""

    view_index: int
    """Picture or crop."""
    found_class: str
    """Its class."""
    score: float
    """0 to 1."""
    is_right: bool
    """Whether it is the first on a true face of its class, overlap 0.5."""
    face_index: int | None = None
    """Whose it is: the row, among the answers of the measurement, of the face that it overlaps
    most, or of the first one in its picture; None in a picture without faces."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExperimentRow:
    """One cell: a network, trained once on one division, measured on one set.

    Numbers are None in a cell that failed or was not run.
    """

    experiment: str
    """Such as ``compare``."""
    table: str
    """Table of the experiment that it belongs to."""
    network: str
    """As in `cinefacs train --network`."""
    protocol: str
    """How pictures were divided: ``grouped`` or ``random``."""
    repeat: int
    """Seed, and number of the division."""
    condition: str = ""
    """Hard condition of the set that it was measured on; empty: the test part as it is."""
    strength: float = 0.0
    """Of the condition, 0 to 1."""
    state: CellState
    """Whether it was run."""
    reason: str = ""
    """Why it failed."""
    cell: str
    """Address: digest of configuration, data and the recipe of the numbers."""
    data_digest: str
    """Of the samples and their division."""
    n_samples: int
    """Faces or pictures that it was to be shown in training."""
    n_train: int | None = None
    """Different ones among them."""
    epochs: int | None = None
    """Times that each was shown."""
    accuracy: float | None = None
    """Share of the faces found whose best class is right."""
    accuracy_all: float | None = None
    """The same with faces that were not found counted as wrong."""
    chance: float | None = None
    """One over the number of classes: accuracy of a random one."""
    majority: float | None = None
    """Share of the most frequent class of the test part."""
    map50: float | None = None
    """Mean average precision, overlap 0.5."""
    map50_95: float | None = None
    """The same over overlaps 0.5 to 0.95."""
    precision: float | None = None
    """At the threshold; None too where no box reaches it."""
    recall: float | None = None
    """At the threshold."""
    f1: float | None = None
    """At the threshold."""
    macro_f1: float | None = None
    """Mean over classes, at the threshold."""
    threshold: float | None = None
    """Score that gave the best F1 on the validation part."""
    n_faces: int | None = None
    """True faces measured on."""
    n_found: int | None = None
    """Those that a box overlaps by half."""
    n_parameters: int | None = None
    """Learned numbers."""
    gflops: float | None = None
    """10^9 operations for one picture."""
    file_mb: float | None = None
    """Size of the weights' file, 10^6 bytes."""
    peak_memory_mb: float | None = None
    """Largest memory of the process while it trained (of a graphics card: there), 10^6 bytes."""
    train_s: float | None = None
    """Time of the training, validation included; over all pieces where it was interrupted."""
    n_pieces: int | None = None
    """Pieces in which it was trained: above 1, its time holds work that was done twice."""

    @property
    def words(self) -> str:
        """Return which one it is: no other row of the experiment has the same."""
        where = f", {self.condition} {self.strength:g}" if self.condition else ""
        return f"table {self.table}, {self.network}, {self.protocol}, repeat {self.repeat}{where}"

    def __post_init__(self) -> None:
        """Check that only a cell that was run has numbers."""
        is_done = self.state is CellState.DONE
        got = [name for name in ("accuracy_all", "map50", "f1") if getattr(self, name) is not None]
        expected = "numbers of a cell that was run, and of no other"
        require(is_done == (len(got) == 3), "ExperimentRow", expected, (str(self.state), got))
        is_told = (self.state is CellState.FAILED) == bool(self.reason)
        require(is_told, "ExperimentRow.reason", "one for what failed only", self.reason)
