"""``cinefacs adapt``: shipped weights learn from the user's own films."""

import json as json_module
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from cinefacs.cli.extras import require_train_extra

if TYPE_CHECKING:
    from cinefacs.detectors.shipping.adapt import AdaptSummary

__all__ = ["adapt"]


def adapt(
    study: Path,
    /,
    *,
    labels: list[str] | None = None,
    weights: Path | None = None,
    out: Path = Path("adapted"),
    epochs: int = 4,
    learning_rate: float = 0.0002,
    most_per_character: int = 600,
    seed: int = 0,
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Train the shipped weights on with labelled or suggested faces of your own films.

    Every fourth shot is held out; what the weights say of it is measured before and after. Run it
    again after a kill and it goes on.

    Parameters
    ----------
    study
        Folder that `cinefacs collect` made, with labels or suggestions.
    labels
        Whose labels, as CODER or CODER/LABEL_SET; suggested when left out.
    weights
        Weights to start from; the shipped ones when left out.
    out
        Folder of the new weights; `analyze` takes out/fp16 or out/int8.
    epochs
        Times that each face is seen.
    learning_rate
        Highest rate.
    most_per_character
        Faces of a character in a film.
    seed
        Seed of everything random.
    json
        Print one JSON document on stdout.
    """
    require_train_extra("adapt")
    from cinefacs.cli.progress import ProgressView  # noqa: PLC0415  (kept out of --help)
    from cinefacs.detectors.shipping.adapt import AdaptConfig, adapt_weights  # noqa: PLC0415
    from cinefacs.detectors.shipping.pack import AdaptedOn  # noqa: PLC0415
    from cinefacs.pipeline.cut_faces import CutConfig, cut_study_faces  # noqa: PLC0415
    from cinefacs.weights.shipped import shipped_weights  # noqa: PLC0415

    config = AdaptConfig(epochs=epochs, learning_rate=learning_rate)
    cutting = CutConfig(
        labels=tuple(labels or ("suggested",)), most_per_character=most_per_character
    )
    work = out.with_name(f"{out.name}.work")
    with ProgressView() as progress:
        cut = cut_study_faces(study, work / "faces", config=cutting, on_step=progress.show)
        done = adapt_weights(
            weights or shipped_weights(),
            cut.folder,
            out,
            run=work / "run",
            films=[AdaptedOn(sha256=film.film_id, name=Path(film.path).name) for film in cut.films],
            config=config,
            seed=seed,
            on_step=progress.show,
        )
    if json:
        document = {**done.as_document(), "n_faces": cut.n_faces}
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False) + "\n")
    else:
        _show(done, cut.n_faces)
    return 0


def _show(done: "AdaptSummary", n_faces: dict[str, int]) -> None:
    """Print the held-out figures of each class that could be measured."""
    write = sys.stdout.write
    write(f"learned from {n_faces['train']} faces; of {n_faces['val']} held-out ones (AUROC):\n")
    for name, before in done.before["auroc"].items():
        after = done.after["auroc"][name]
        if before is not None and after is not None:
            write(f"  {name:<10} {before:.2f} -> {after:.2f}\n")
    write(f"weights: {done.packed.folder} ({done.packed.size_bytes / 1e6:.1f} MB)\n")
