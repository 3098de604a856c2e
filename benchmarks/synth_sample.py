"""Make the sample film of the package anew: ``python -m benchmarks.synth_sample``.

The film is committed; this shows how it came to be. On another machine the pictures may differ in
the last bits, and so the file's digest.
"""

import argparse
import tempfile
from pathlib import Path

from cinefacs.storage.atomic import write_json
from cinefacs.synth.film_file import write_film
from cinefacs.synth.renderer import Renderer
from cinefacs.synth.sample_film import SAMPLE_FILM, sample_path, sample_plan, sample_truth


def main() -> None:
    """Write film and truth into the package, or into another folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=sample_path().parent)
    out = parser.parse_args().out
    plan = sample_plan()
    with tempfile.TemporaryDirectory() as scratch, Renderer(plan.size_wh) as renderer:
        file = write_film(plan, out / SAMPLE_FILM, renderer=renderer, picture_dir=Path(scratch))
    write_json(out / "sample.json", {"film_id": file.film_id, **sample_truth(plan)})
    size = (out / SAMPLE_FILM).stat().st_size
    print(f"{out / SAMPLE_FILM}: {plan.n_frames} frames, {size / 1e6:.2f} MB, {file.film_id}")


if __name__ == "__main__":
    main()
