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
models = App(name="models", help="The face models' files; sizes of networks; foreign weights.")
models.command(
    "cinefacs.cli.networks:describe",
    help="Say how large a network is and how much it computes.",
)
models.command(
    "cinefacs.cli.networks:convert",
    help="Turn a public YOLOv8 checkpoint into weights, running none of its code.",
)
models.command("cinefacs.cli.models:install", help="Download and check the model files, once.")
models.command(
    "cinefacs.cli.models:list_installed",
    name="list",
    help="List every model with licence, origin and state.",
)
models.command("cinefacs.cli.models:verify", help="Compare every file's SHA-256.")
app.command(models)
labels = App(name="labels", help="FACS labels of a study: formats, agreement, consensus.")
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
