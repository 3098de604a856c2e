"""The face networks of a run, loaded when the first film needs them."""

import importlib.util

from cinefacs.engines.catalog import model_path
from cinefacs.engines.session import Session
from cinefacs.errors import ModelError
from cinefacs.faces.blendshapes import BlendshapeReader
from cinefacs.faces.finder import FaceFinder
from cinefacs.faces.identity import DlibEmbedder
from cinefacs.faces.mesh import FaceMesher
from cinefacs.faces.reader import Embedder, FaceReader, FaceWatcher
from cinefacs.pipeline.config import CollectConfig

__all__ = ["FaceTools"]

_FACE_MODELS = ("centerface", "face-landmarks", "face-blendshapes")
_IDENTITY_MODELS = ("dlib-face-recognition",)


class FaceTools:
    """Everything that reads faces, made once for all films of a run.

    Parameters
    ----------
    config
        Configuration of `collect`.
    device
        OpenVINO device, such as ``CPU``.

    Raises
    ------
    ModelError
        ``identity`` is on and its extra is not installed.
    """

    def __init__(self, config: CollectConfig, *, device: str) -> None:
        self._config = config
        self._device = device
        is_installed = importlib.util.find_spec("dlib") is not None
        if config.identity == "on" and not is_installed:
            raise ModelError(
                "identity: expected the package dlib-bin, found none",
                hint="pip install 'cinefacs[identity]', or set identity to auto or off",
            )
        self.tells_people_apart = config.identity != "off" and is_installed
        """Whether portraits get identity vectors."""
        self.model_names = _FACE_MODELS + (_IDENTITY_MODELS if self.tells_people_apart else ())
        """Model files that are used."""
        self._networks: tuple[FaceFinder, FaceMesher, BlendshapeReader, Embedder | None] | None
        self._networks = None

    def make_reader(
        self, film_id: str, next_track_id: int, watcher: FaceWatcher | None = None
    ) -> FaceReader:
        """Return a reader for one film.

        Parameters
        ----------
        film_id
            SHA-256 of the film.
        next_track_id
            Number of the first track to come.
        watcher
            Is shown the faces, frame by frame.

        Raises
        ------
        ModelError
            A model file is missing or altered, or there is no such device.
        """
        finder, mesher, blendshapes, embedder = self._load()
        return FaceReader(
            film_id,
            self._config.faces,
            finder=finder,
            mesher=mesher,
            blendshapes=blendshapes,
            embedder=embedder,
            next_track_id=next_track_id,
            watcher=watcher,
        )

    def unload(self) -> None:
        """Forget the networks, 90 MB; a reader that is made later loads them again."""
        self._networks = None

    def _load(self) -> tuple[FaceFinder, FaceMesher, BlendshapeReader, Embedder | None]:
        if self._networks is None:
            faces = self._config.faces
            finder, landmarks, blendshapes = (
                Session(model_path(name), device=self._device) for name in _FACE_MODELS
            )
            self._networks = (
                FaceFinder(finder, min_score=faces.min_find_score, width_px=faces.finder_width_px),
                FaceMesher(landmarks, min_presence=faces.min_follow_presence),
                BlendshapeReader(blendshapes),
                DlibEmbedder(model_path(*_IDENTITY_MODELS)) if self.tells_people_apart else None,
            )
        return self._networks
