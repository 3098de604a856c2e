"""Read data sets that lie on disk: our own manifest, YOLO's layout, COCO's layout."""

from pathlib import Path

from cinefacs.detectors.data.coco_layout import read_coco
from cinefacs.detectors.data.face_layout import read_faces
from cinefacs.detectors.data.labelled_set import LabelledSet
from cinefacs.detectors.data.manifest import read_manifest
from cinefacs.detectors.data.yolo_layout import read_yolo
from cinefacs.errors import ConfigError, SchemaError
from cinefacs.records.sample import Part
from cinefacs.storage.face_sets import FACE_SET_NAME

__all__ = ["read_labelled_set"]

_MANIFEST = "manifest.json"
_SPLITS = ("train", "val", "test")
_HINT = (
    "give a YOLO data.yaml, a COCO .json, the manifest.json of a cinefacs data set, or a face set"
)


def read_labelled_set(
    path: Path, split: str, *, fold: int = 0, pictures: Path | None = None
) -> LabelledSet:
    """Return one split of a data set.

    Parameters
    ----------
    path
        ``data.yaml`` (YOLO), ``instances.json`` (COCO, one file a split) or the
        ``manifest.json`` of a data set of our own; a folder stands for the one that lies in it.
    split
        ``train``, ``val`` or ``test``. A COCO file is one split whatever stands here.
    fold
        Which division of a data set of our own; the others have one.
    pictures
        Folder of the pictures of a COCO file; None takes the file's own.

    Raises
    ------
    SchemaError
        The file is missing, is something else, or contradicts itself; says where.
    ConfigError
        A fold was asked for where there is none, or the classes are not for detectors.
    """
    if split not in _SPLITS:
        raise SchemaError(f"split: expected one of {', '.join(_SPLITS)}, got {split!r}")
    file = _find_file(path)
    if file.name == _MANIFEST:
        return read_manifest(file, Part(split), fold=fold)
    if fold:
        raise ConfigError(
            f"{file}: expected the fold 0, as YOLO's and COCO's layouts have no others, got {fold}"
        )
    if file.suffix in {".yaml", ".yml"}:
        return read_yolo(file, split)
    if file.name == FACE_SET_NAME:
        return read_faces(file, split)
    return read_coco(file, pictures=pictures)


def _find_file(path: Path) -> Path:
    if path.is_dir():
        for name in (_MANIFEST, "data.yaml", FACE_SET_NAME):
            if (path / name).is_file():
                return path / name
        raise SchemaError(
            f"{path}: expected manifest.json, data.yaml or face_set.json in it", hint=_HINT
        )
    if not path.is_file():
        raise SchemaError(f"{path}: expected a data set, got no such file", hint=_HINT)
    return path
