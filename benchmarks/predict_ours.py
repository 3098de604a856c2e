"""Find things in each frame of a film with an exported detector; `benchmarks.predict` calls it.

``--bare`` decodes and runs the network on an empty input, and does nothing else: no program that
decodes every frame and runs this network on it can be faster.
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cinefacs.engines.exported_card import read_exported
from cinefacs.engines.network_input import rect_size
from cinefacs.engines.session import Session
from cinefacs.engines.session_stream import stream_batches
from cinefacs.media.decode import decode_film
from cinefacs.media.read_ahead import read_ahead
from cinefacs.pipeline.predict import predict_film


def run_bare(detector: Path, film: Path) -> Iterator[None]:
    """Yield once for each frame that was decoded and whose empty input was answered."""
    card = read_exported(detector)
    session = Session(
        detector / card.graph, precision="bf16" if card.precision == "bf16" else "f32"
    )
    with closing(read_ahead(decode_film(film))) as chunks:
        empty: npt.NDArray[np.float32] | None = None

        def inputs() -> Iterator[tuple[None, npt.NDArray[np.float32]]]:
            nonlocal empty
            for chunk in chunks:
                for frame in chunk:
                    if empty is None:
                        width, height = rect_size(frame.size_wh, card.input_spec.side_px)
                        empty = np.zeros((1, 3, height, width), np.float32)
                    yield None, empty

        for _ in stream_batches(session, inputs()):
            yield


def main() -> None:
    """Run the detector over the film and say when each frame was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("detector", type=Path)
    parser.add_argument("--film", type=Path, required=True)
    parser.add_argument("--answer", type=Path, required=True, help="JSON file")
    parser.add_argument("--score", type=float, default=0.25)
    parser.add_argument("--bare", action="store_true")
    options = parser.parse_args()
    done_s: list[float] = []
    n_boxes = 0
    if options.bare:
        done_s = [time.perf_counter() for _ in run_bare(options.detector, options.film)]
    else:
        for _, found in predict_film(options.detector, options.film, score_floor=options.score):
            n_boxes += len(found)
            done_s.append(time.perf_counter())
    answer = {
        "done_s": done_s,
        "n_boxes": n_boxes,
        "libraries": {name: version(name) for name in ("cinefacs", "openvino", "av", "numpy")},
    }
    options.answer.write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
