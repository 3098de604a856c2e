"""Data sets in COCO's layout, for detectors."""

from pathlib import Path

from cinefacs.detectors.data.labelled_set import LabelledPicture, LabelledSet, group_by_box
from cinefacs.detectors.data.yolo_layout import class_space_of
from cinefacs.errors import SchemaError
from cinefacs.storage.coco_files import parse_coco, read_coco_json

__all__ = ["read_coco"]


def read_coco(path: Path, *, pictures: Path | None = None) -> LabelledSet:
    """Return the data set of a COCO file.

    Parameters
    ----------
    path
        The file.
    pictures
        Folder of the pictures; None takes the file's own folder.

    Raises
    ------
    SchemaError
        A key is missing, or a number names what is not there. Crowd boxes and boxes without an
        area are left out and named in the notes.
    """
    page = parse_coco(path, read_coco_json(path))
    space = class_space_of(list(page.names), name=path.stem, multi_label=page.multi_label)
    labelled = []
    for picture in page.pictures:
        boxes, labels = group_by_box(picture.boxes_xyxy, picture.class_index, space)
        file = (pictures or path.parent) / picture.file_name
        if not file.is_file():
            raise SchemaError(
                f"{path}: expected the picture {file}, got no such file",
                hint="name the folder of the pictures with --pictures",
            )
        labelled.append(LabelledPicture(path=file, boxes_xyxy=boxes, labels=labels))
    notes = []
    if page.n_crowds:
        notes.append(f"{page.n_crowds} crowd boxes left out")
    if page.flat_ids:
        notes.append(f"{len(page.flat_ids)} boxes without an area left out")
    return LabelledSet(class_space=space, pictures=tuple(labelled), notes=tuple(notes))
