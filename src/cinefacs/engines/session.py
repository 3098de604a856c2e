"""Run a network on the CPU (or another device) through OpenVINO, one picture at a time.

OpenVINO reads the ONNX and the TFLite files that cinefacs uses. Measured against OpenCV's ``dnn``
(OpenVINO 2026.4.1, OpenCV 4.14, two cores, float32, medians of 120 interleaved calls): CenterFace
at 320x192 is 2.5 times as fast, the landmark model 1.8 times, the blendshape model 1.6 times; the
outputs differ by less than 1e-4.

Importing ``openvino`` as it comes sends a usage event to Google Analytics and writes an identifier
into the home folder (``openvino/tools/ovc/__init__.py``, package ``openvino_telemetry``). Here
that package is switched off for the whole process before the first import.
"""

import sys
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cinefacs.errors import ModelError

__all__ = ["Hint", "Precision", "Session", "import_openvino", "reason_of"]

Precision = Literal["f32", "bf16"]
Hint = Literal["LATENCY", "THROUGHPUT"]

_N_SHAPES_KEPT = 4
"""Input shapes that stay compiled; a film has one frame size, a study a few."""


@cache
def import_openvino() -> Any:  # noqa: ANN401
    """Import OpenVINO without its telemetry.

    A ``None`` in ``sys.modules`` makes ``import`` fail as if the package were not installed; for
    ``openvino_telemetry`` OpenVINO then uses its own empty stand-in, and without the model
    conversion tools (which cinefacs does not use) nothing is sent at import.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    tools = "openvino.tools.ovc"
    was_blocked = tools in sys.modules
    sys.modules.setdefault(tools, None)  # type: ignore[arg-type]
    try:
        import openvino  # noqa: PLC0415  (0.3 s, and only behind the lines above)
    except ImportError as error:
        raise ModelError(
            f"openvino: expected the package, got: {error}", hint="pip install cinefacs"
        ) from error
    finally:
        if not was_blocked:
            del sys.modules[tools]
    return openvino


@cache
def _core() -> Any:  # noqa: ANN401
    """Return the process's OpenVINO core: it holds the device plug-ins."""
    return import_openvino().Core()


class Session:
    """A network ready to run: same input, same output, on every call.

    Parameters
    ----------
    model_path
        ONNX, TFLite or OpenVINO IR file; the network has one input.
    device
        Name of an OpenVINO device, such as ``CPU`` or ``GPU``.
    n_threads
        Threads of the CPU; None lets OpenVINO take one for each core.
    precision
        Arithmetic inside. ``bf16`` is some 1.4 times as fast where the processor has it, but its
        eight bits round landmarks on a 256 px crop to a whole pixel, as far as the onset of a
        micro-expression moves them (measured: 0.7 % of the distance between the eyes), and it
        misses faces near the threshold. The default is ``f32``.

    Raises
    ------
    ModelError
        The file is not a network that OpenVINO reads, or there is no such device.
    """

    def __init__(
        self,
        model_path: Path,
        *,
        device: str = "CPU",
        n_threads: int | None = None,
        precision: Precision = "f32",
    ) -> None:
        core = _core()
        self._name = model_path.name
        self._device = device
        if device.partition(".")[0] not in {*core.available_devices, "AUTO"}:
            raise ModelError(
                f"device: expected one of {', '.join(core.available_devices)}, got {device!r}"
            )
        self._options: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": precision,
        }
        if n_threads is not None:
            self._options["INFERENCE_NUM_THREADS"] = n_threads
        try:
            self._model = core.read_model(str(model_path))
        except RuntimeError as error:
            raise ModelError(
                f"{model_path}: expected a network that OpenVINO reads, got: {reason_of(error)}"
            ) from error
        n_inputs = len(self._model.inputs)
        if n_inputs != 1:
            raise ModelError(f"{model_path}: expected a network with one input, got {n_inputs}")
        self._requests: OrderedDict[tuple[int, ...], Any] = OrderedDict()

    @property
    def n_outputs(self) -> int:
        """Number of arrays that `infer` returns."""
        return len(self._model.outputs)

    def infer(self, array: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], ...]:
        """Run the network once.

        Parameters
        ----------
        array : float32, the network's layout, batch axis included
            The first call with a new shape compiles the network for it (about half a second);
            the last few shapes stay compiled.

        Returns
        -------
        tuple of float32 arrays
            In the order of the network's outputs; they belong to the caller.

        Raises
        ------
        ModelError
            The network does not take this shape.
        """
        request = self._request_for(array.shape)
        values = np.ascontiguousarray(array, dtype=np.float32)
        results = request.infer({0: values}, share_inputs=True)
        return tuple(np.array(output, dtype=np.float32) for output in results.values())

    def compile(self, shape: tuple[int, ...], *, hint: Hint = "LATENCY") -> Any:  # noqa: ANN401
        """Return OpenVINO's compiled network for an input shape; nothing is kept of it here.

        Parameters
        ----------
        shape
            Of the input, batch axis included.
        hint
            ``LATENCY``: one request takes all cores. ``THROUGHPUT``: several share them.

        Raises
        ------
        ModelError
            The network does not take this shape.
        """
        options = {**self._options, "PERFORMANCE_HINT": hint}
        try:
            self._model.reshape(list(shape))
            return _core().compile_model(self._model, self._device, options)
        except RuntimeError as error:
            raise ModelError(
                f"{self._name}: expected an input that the network takes, "
                f"got shape {shape}: {reason_of(error)}"
            ) from error

    def _request_for(self, shape: tuple[int, ...]) -> Any:  # noqa: ANN401
        """Return the compiled network for an input shape."""
        request = self._requests.get(shape)
        if request is not None:
            self._requests.move_to_end(shape)
            return request
        compiled = self.compile(shape)
        request = compiled.create_infer_request()
        self._requests[shape] = request
        if len(self._requests) > _N_SHAPES_KEPT:
            self._requests.popitem(last=False)
        return request


def reason_of(error: Exception) -> str:
    """Return the last line of one of OpenVINO's long messages: the one that says what is wrong."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
