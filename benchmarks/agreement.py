"""How long `labels agree` and `labels consensus` take on a study of the paper's size.

Run from the repository: ``python -m benchmarks.agreement``. The study is generated: 972 clips, five
coders, 42 action units, with noise as in the tests. Both the processor's time and the clock's are
printed: on a busy machine only the former says something.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from benchmarks.collect_memory import cpu_name
from cinefacs.labels.agreement.agree import agree_study
from cinefacs.labels.consensus.consensus import build_consensus
from cinefacs.storage.label_tables import read_labels
from tests.support.noisy_coders import NoisyStudy, generate_study

TARGET_S = 30.0


def measure(name: str, step: Callable[[], object]) -> None:
    """Run a step and print its times and the peak memory so far."""
    cpu_s, clock_s = time.process_time(), time.perf_counter()
    step()
    cpu_s, clock_s = time.process_time() - cpu_s, time.perf_counter() - clock_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    verdict = "met" if cpu_s <= TARGET_S else "missed"
    print(
        f"{name:28} {cpu_s:6.1f} s of processor, {clock_s:6.1f} s of clock, peak {peak_mb:.0f} MB; "
        f"target {TARGET_S:g} s: {verdict}"
    )


def main() -> None:
    """Generate the study and measure the two verbs on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=972)
    parser.add_argument("--aus", type=int, default=42)
    parser.add_argument("--prevalence", type=float, default=0.05)
    options = parser.parse_args()
    print(f"cinefacs {version('cinefacs')}, numpy {version('numpy')}, {cpu_name()}")
    study = NoisyStudy(
        n_clips=options.clips,
        prevalences=dict.fromkeys(range(1, options.aus + 1), options.prevalence),
    )
    with tempfile.TemporaryDirectory() as scratch:
        layout = generate_study(Path(scratch), study)
        print(f"{len(read_labels(layout)):,} labels of 5 coders")
        measure("labels agree", lambda: agree_study(layout))
        measure("labels consensus", lambda: build_consensus(layout))


if __name__ == "__main__":
    main()
