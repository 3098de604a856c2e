"""The verbs, and what happens to an error on its way to the user."""

import json
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App, CycloptsError

from cinefacs.cli.errors_view import show_error
from cinefacs.cli.yaml_flags import read_config_flag
from cinefacs.errors import CinefacsError

__all__ = ["app", "run"]

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells say it

app = App(
    name="cinefacs",
    help="Find micro-expressions of film characters.",
    version=lambda: version("cinefacs"),
    config=read_config_flag,
    result_action="return_value",
    suppress_keyboard_interrupt=False,  # `run` says how to go on
)
# Commands are loaded when they are called; the help of each is its docstring's first line.
app.command(
    "cinefacs.cli.collect:collect",
    help="Turn films into a study: shots, cinemetrics, faces, characters, clips and frames.",
)
app.command(
    "cinefacs.cli.analyze:analyze",
    help="Say who shows which expression when: film, folder, camera or stream to a report.",
)
app.command(
    "cinefacs.cli.live:live",
    help="Show faces and events of a camera, a stream or a film while they happen.\n\n"
    "The newest frame wins: frames that come while another one is being read are dropped and "
    "counted. A film is played on its own clock and fares as a camera would, unless "
    "--no-drops-frames is given. The page is for this machine alone. Ctrl-C ends it.",
)
app.command("cinefacs.cli.train:train", help="Train a detector on labelled pictures.")
app.command(
    "cinefacs.cli.train:val",
    help="Measure a detector: mAP, and precision, recall, F1 at one threshold.",
)
app.command(
    "cinefacs.cli.predict:predict",
    help="Find faces and what they show in pictures, with an exported detector.",
)
app.command(
    "cinefacs.cli.export:export",
    help="Turn weights into a folder that runs without torch.",
)
app.command(
    "cinefacs.cli.exam:exam",
    help="Measure weights on films whose truth is known, beside chance.",
)
app.command(
    "cinefacs.cli.adapt:adapt",
    help="Train the shipped weights on with faces of your own films.",
)
app.command(
    "cinefacs.cli.experiment:experiment",
    help="Repeat an experiment of the paper: trainings, tables, figures.",
)
models = App(name="models", help="The face models' files; sizes of networks; foreign weights.")
models.command(
    "cinefacs.cli.networks:describe",
    help="Say how large a network is and how much it computes.",
)
models.command(
    "cinefacs.cli.networks:convert",
    help="Turn a public YOLOv8 checkpoint into weights, running none of its code.",
)
models.command(
    "cinefacs.cli.weights:pack",
    help="Calibrate, export, measure and describe trained weights.",
)
models.command(
    "cinefacs.cli.weights:card",
    help="Add what was measured of packed weights to their model card.",
)
models.command("cinefacs.cli.models:install", help="Download and check the model files, once.")
models.command(
    "cinefacs.cli.models:list_installed",
    name="list",
    help="List every model with licence, origin and state.",
)
models.command("cinefacs.cli.models:verify", help="Compare every file's SHA-256.")
app.command(models)
labels = App(name="labels", help="FACS labels of a study: formats, agreement, consensus, emotions.")
labels.command(
    "cinefacs.cli.labels_io:import_labels",
    name="import",
    help="Add labels from CSV, CVAT, ELAN, Label Studio, COCO, YOLO or BORIS to a study.",
)
labels.command(
    "cinefacs.cli.labels_io:export_labels",
    name="export",
    help="Write labels for CVAT, ELAN, Label Studio, COCO, YOLO, BORIS or as CSV.",
)
labels.command(
    "cinefacs.cli.labels_io:list_labels",
    name="list",
    help="List coders and label sets of a study, with the number of labels.",
)
labels.command(
    "cinefacs.cli.labels_agree:agree",
    help="Measure how well the coders of a study agree: per action unit, with intervals.",
)
labels.command(
    "cinefacs.cli.labels_consensus:consensus",
    help="Write what the majority of the coders agree on, and list what they dispute.",
)
labels.command(
    "cinefacs.cli.labels_consensus:adjudicate",
    help="Read an adjudicator's decisions on what the coders dispute.",
)
labels.command(
    "cinefacs.cli.labels_emotions:emotions",
    help="Read emotions from labelled action units, by rules: one for each apex, or none.",
)
labels.command(
    "cinefacs.cli.labels_licensed:licensed",
    help="Import a licensed data set that you have: labels, and frames where they lie.",
)
labels.command(
    "cinefacs.cli.labels_suggest:suggest",
    help="Suggest action units from the faces' blendshapes; guesses of a model, never truth.",
)
app.command(labels)
datasets = App(name="datasets", help="Data sets: build, split without leaks, check, exchange.")
datasets.command(
    "cinefacs.cli.datasets_synth:synth", help="Make synthetic FACS films with exact truth."
)
datasets.command(
    "cinefacs.cli.datasets_faces:faces",
    help="Draw close synthetic faces, each with its person at rest, to train on.",
)
datasets.command(
    "cinefacs.cli.datasets_make:build",
    help="Choose labelled faces of a study and write them as a data set.",
)
datasets.command(
    "cinefacs.cli.datasets_make:split",
    help="Divide a data set by film, character or source, or as the paper does.",
)
datasets.command(
    "cinefacs.cli.datasets_make:check",
    help="Look for clips, people and pictures that stand on both sides; exit 1 if there are any.",
)
datasets.command("cinefacs.cli.datasets_make:describe", help="Write the data sheet from the facts.")
datasets.command(
    "cinefacs.cli.datasets_exchange:export_to",
    name="export",
    help="Write a data set in the layout of YOLO, COCO or CVAT.",
)
datasets.command(
    "cinefacs.cli.datasets_exchange:import_from",
    name="import",
    help="Read a data set in the layout of YOLO, COCO or CVAT.",
)
app.command(datasets)
metrics = App(name="metrics", help="The challenges' scores (MEGC) of your own tables.")
metrics.command(
    "cinefacs.cli.metrics:recognition",
    help="Print UF1, UAR and accuracy of a table of answers, beside chance.",
)
metrics.command(
    "cinefacs.cli.metrics:spotting",
    help="Print F1 of spotting, and STRS, of two tables of expressions, beside chance.",
)
app.command(metrics)
reports = App(name="reports", help="What can be made of a finished analysis.")
reports.command(
    "cinefacs.cli.reports:export_events",
    name="export",
    help="Write the events of an analysis as CSV, Parquet, ELAN, CVAT and other formats.",
)
reports.command(
    "cinefacs.cli.reports:annotate",
    help="Write the film with boxes, names, action units and events; faces hidden if asked.",
)
app.command(reports)


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Words after ``cinefacs``.

    Returns
    -------
    int
        0 fine, 1 an error of ours, 2 wrong usage, 130 interrupted.
    """
    _choose_allocator()
    try:
        result = app(arguments, exit_on_error=False, print_error=True)
    except CycloptsError as error:
        # An error of ours that came up while flags were parsed keeps its own exit code.
        if isinstance(error.__cause__, CinefacsError):
            return _report(error.__cause__, is_json="--json" in arguments)
        return EXIT_USAGE
    except CinefacsError as error:
        return _report(error, is_json="--json" in arguments)
    except KeyboardInterrupt:
        sys.stderr.write("stopped: run the same command again to go on from here\n")
        return EXIT_INTERRUPTED
    return result if isinstance(result, int) else 0


def _choose_allocator() -> None:
    """Let the system's own allocator serve tables; whoever has set the variable keeps the choice.

    pyarrow reads it once, when it is imported, and its Parquet writer heeds nothing else. What
    it takes otherwise (mimalloc) keeps what was freed: putting the parts of a film together left
    50 MB behind, at a true need of 16 at most, and took 1.6 times as long (pyarrow 26). That is a
    choice for a whole process, so it is made at the door and not by importing the library.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


def _report(error: CinefacsError, *, is_json: bool) -> int:
    if is_json:
        sys.stdout.write(json.dumps(error.as_document(), ensure_ascii=False) + "\n")
    show_error(error)
    return EXIT_ERROR
