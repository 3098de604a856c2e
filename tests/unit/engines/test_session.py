"""Sessions: parity with another engine, shapes, errors, and silence on the network."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import cv2
import numpy as np
import pytest

from cinefacs.engines import session as session_module
from cinefacs.engines.catalog import model_path
from cinefacs.engines.session import Session
from cinefacs.errors import ModelError
from tests.support.networks import open_network


def _save_network(path: Path, n_inputs: int = 1) -> Path:
    """Write a network that gives twice its input, and its input plus the others."""
    ov = session_module.import_openvino()
    ops = ov.opset13
    inputs = [ops.parameter([-1, 3], np.float32) for _ in range(n_inputs)]
    total = inputs[0]
    for other in inputs[1:]:
        total = ops.add(total, other)
    doubled = ops.multiply(inputs[0], ops.constant(np.full(3, 2, dtype=np.float32)))
    ov.save_model(ov.Model([doubled, total], inputs), str(path), compress_to_fp16=False)
    return path


@pytest.fixture
def doubler(tmp_path: Path) -> Session:
    return Session(_save_network(tmp_path / "doubler.xml"), n_threads=1)


def test_outputs_belong_to_the_caller(doubler: Session) -> None:
    ones = np.ones((2, 3), dtype=np.float32)
    doubled, same = doubler.infer(ones)
    np.testing.assert_array_equal(doubled, 2 * ones)
    np.testing.assert_array_equal(same, ones)
    doubler.infer(5 * ones)
    np.testing.assert_array_equal(doubled, 2 * ones)
    assert doubler.n_outputs == 2


def test_any_shape_that_fits_runs_and_few_stay_compiled(doubler: Session) -> None:
    for n in (1, 7, 2, 9, 4, 1, 30):
        values = np.arange(3 * n, dtype=np.float32).reshape(n, 3)
        np.testing.assert_array_equal(doubler.infer(values)[0], 2 * values)
    assert len(doubler._requests) == session_module._N_SHAPES_KEPT
    assert list(doubler._requests)[-1] == (30, 3)


def test_views_and_other_types_are_converted(doubler: Session) -> None:
    values = np.arange(12.0).reshape(3, 4).T[:, ::-1]
    np.testing.assert_array_equal(doubler.infer(values.astype(np.float32))[0], 2 * values)


def test_shape_that_does_not_fit_is_an_error(doubler: Session) -> None:
    with pytest.raises(ModelError, match=r"doubler\.xml: .* got shape \(2, 4\)"):
        doubler.infer(np.zeros((2, 4), dtype=np.float32))
    doubler.infer(np.zeros((2, 3), dtype=np.float32))


def test_network_with_two_inputs_is_refused(tmp_path: Path) -> None:
    path = _save_network(tmp_path / "two.xml", n_inputs=2)
    with pytest.raises(ModelError, match="expected a network with one input, got 2"):
        Session(path)


def test_file_that_is_no_network_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(b"no network at all")
    with pytest.raises(ModelError, match=r"bad\.onnx: expected a network"):
        Session(path)


def test_unknown_device_is_an_error(tmp_path: Path) -> None:
    path = _save_network(tmp_path / "doubler.xml")
    with pytest.raises(ModelError, match=r"device: expected one of .*CPU.*, got 'TPU'"):
        Session(path, device="TPU")


def test_missing_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    session_module.import_openvino.cache_clear()
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ModelError, match="openvino: expected the package"):
        session_module.import_openvino()
    session_module.import_openvino.cache_clear()


@pytest.mark.parametrize(
    ("name", "shape", "scale"),
    [
        ("centerface", (1, 3, 192, 320), 255),
        ("face-landmarks", (1, 256, 256, 3), 1),
        ("face-blendshapes", (1, 146, 2), 200),
    ],
)
def test_same_numbers_as_opencv(name: str, shape: tuple[int, ...], scale: int) -> None:
    """OpenCV's `dnn` is an engine of its own: an oracle for ours."""
    session = open_network(name)
    values = np.random.default_rng(7).random(shape, dtype=np.float32) * np.float32(scale)
    ours = session.infer(values)
    path = str(model_path(name))
    net = cv2.dnn.readNet(path) if path.endswith("onnx") else cv2.dnn.readNetFromTFLite(path)
    net.setInput(np.ascontiguousarray(values.transpose(0, 3, 1, 2)) if shape[-1] == 3 else values)
    theirs = net.forward(net.getUnconnectedOutLayersNames())
    by_size = sorted((np.ravel(output) for output in theirs), key=np.size)
    for mine, other in zip(sorted(map(np.ravel, ours), key=np.size), by_size, strict=True):
        if mine.size > 1:  # single numbers may come in either order
            np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-3)


def test_same_input_gives_the_same_bits() -> None:
    session = open_network("face-landmarks")
    values = np.random.default_rng(3).random((1, 256, 256, 3), dtype=np.float32)
    first = session.infer(values)
    session.infer(np.zeros_like(values))
    for one, two in zip(first, session.infer(values), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux' /proc")
def test_memory_stays_flat_over_thousands_of_calls() -> None:
    session = open_network("face-blendshapes")
    values = np.random.default_rng(3).random((1, 146, 2), dtype=np.float32)

    def resident_mb() -> float:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    for _ in range(200):
        session.infer(values)
    before = resident_mb()
    for _ in range(2000):
        session.infer(values)
    assert resident_mb() < before + 2


_WATCH = """
    import sys
    def watch(event, args):
        if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
            with open(sys.argv[1], "a") as log:
                log.write(event + "\\n")
            raise OSError("no network in this test")
    sys.addaudithook(watch)
"""
_PLAIN = "import openvino"
_OURS = """
    import numpy as np
    from pathlib import Path
    from cinefacs.engines.session import Session
    Session(Path(sys.argv[2])).infer(np.ones((1, 3), dtype=np.float32))
    assert sys.modules["openvino_telemetry"] is None
"""


def _connections(program: str, folder: Path, network: Path) -> str:
    """Run a program in an empty home; return what it wanted from the network."""
    log, home = folder / "log", folder / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if key != "CI"}
    subprocess.run(
        [sys.executable, "-W", "error", "-c",
         textwrap.dedent(_WATCH) + textwrap.dedent(program), str(log), str(network)],
        env=environment | {"HOME": str(home)},
        check=True,
        timeout=120,
    )  # fmt: skip
    written = [str(path.relative_to(home)) for path in home.rglob("*")]
    return "\n".join([*written, log.read_text() if log.exists() else ""])


def test_nothing_is_sent_and_nothing_is_written_into_the_home(tmp_path: Path) -> None:
    network = _save_network(tmp_path / "doubler.xml")
    assert _connections(_OURS, tmp_path, network) == ""


def test_the_watch_would_notice(tmp_path: Path) -> None:
    """OpenVINO as it comes does leave traces: the test above can fail."""
    traces = _connections(_PLAIN, tmp_path, tmp_path)
    assert "openvino_ga_cid" in traces
    assert "socket.getaddrinfo" in traces
