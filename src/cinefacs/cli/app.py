"""The verbs, and what happens to an error on its way to the user."""

import json
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
models = App(name="models", help="Install, list and verify the face models.")
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


def _report(error: CinefacsError, *, is_json: bool) -> int:
    if is_json:
        sys.stdout.write(json.dumps(error.as_document(), ensure_ascii=False) + "\n")
    show_error(error)
    return EXIT_ERROR
