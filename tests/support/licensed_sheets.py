"""Sheets and picture folders in the layouts of licensed data sets, with invented values.

The headers are those of the released sheets; no row of a data set stands here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import xlwt

from cinefacs.labels.licensed.names import DataSetName
from cinefacs.labels.licensed.workbook import Cell, Sheet, Workbook

Rows = Sequence[Sequence[Cell]]

_, _encoded = cv2.imencode(".jpg", np.full((6, 8, 3), 90, np.uint8))
PICTURE = _encoded.tobytes()
"""A grey JPEG, 8x6 px."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A small data set."""

    pages: Mapping[str, Rows]
    """Rows by page."""
    folders: Mapping[str, tuple[str, range]]
    """For each folder the form of a picture's name, and the numbers."""
    n_rows: int
    """Rows that hold anything."""
    n_kept: int
    """Expressions."""

    def workbook(self) -> Workbook:
        return workbook_of(self.pages)


def workbook_of(pages: Mapping[str, Rows]) -> Workbook:
    sheets = tuple(
        Sheet(title=title, rows=tuple(map(tuple, rows))) for title, rows in pages.items()
    )
    return Workbook(path=Path("sheet.xlsx"), sha256="0" * 64, sheets=sheets)


def write_xlsx(path: Path, pages: Mapping[str, Rows]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in pages.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    book.save(path)
    return path


def write_xls(path: Path, pages: Mapping[str, Rows]) -> Path:
    book = xlwt.Workbook()
    for title, rows in pages.items():
        page = book.add_sheet(title)
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if cell is not None:
                    page.write(y, x, cell)
    book.save(str(path))
    return path


def write_pictures(root: Path, folders: Mapping[str, tuple[str, range]]) -> Path:
    for folder, (form, numbers) in folders.items():
        (root / folder).mkdir(parents=True)
        for number in numbers:
            (root / folder / form.format(number)).write_bytes(PICTURE)
    return root


def header(words: str) -> list[Cell]:
    return [word or None for word in words.split("|")]


CASME2 = Example(
    pages={
        "Sheet1": [
            header(
                "Subject|Filename||OnsetFrame|ApexFrame|OffsetFrame||Action Units|Estimated Emotion"
            ),
            [1, "EP01_01", None, 3, 6, 9, None, "4+L10", "disgust"],
            ["01", "EP01_02", None, 2, "/", 8, None, 12, "happiness"],
            ["02", "EP01_01", None, 2, 12, 8, None, "?", "others"],
            [2, "EP02_03f", None, 4, 5, 9, None, "14 or 15", "repression"],
        ]
    },
    folders={
        "CASME2_RAW_selected/sub01/EP01_01": ("img{}.jpg", range(1, 13)),
        "CASME2_RAW_selected/sub01/EP01_02": ("img{}.jpg", range(1, 13)),
        "CASME2_RAW_selected/sub02/EP01_01": ("img{}.jpg", range(1, 13)),
        "CASME2_RAW_selected/sub02/EP02_03f": ("img{}.jpg", range(1, 13)),
        "CASME2_RAW_selected/sub03/EP07_01": ("img{}.jpg", range(1, 4)),
    },
    n_rows=4,
    n_kept=4,
)
SAMM = Example(
    pages={
        "MICRO_ONLY": [
            *[[f"Remark {i} on how the coders worked"] for i in range(13)],
            header(
                "Subject|Filename|Inducement Code|Onset Frame|Apex Frame|Offset Frame|"
                "Duration|Micro|Action Units|Estimated Emotion|Objective Classes|Notes"
            ),
            [41, "041_1_2", 3, 105, 110, 119, 15, "1/2", "L14 or R14", "Contempt", 5, None],
            ["042", "042_3_1", 4, 105, 106, 112, 9, "1", "AU12+6B", "Happiness", 1, "glasses"],
        ]
    },
    folders={
        "041/041_1_2": ("041_{:05d}.jpg", range(100, 121)),
        "042/042_3_1": ("042_{:05d}.jpg", range(100, 121)),
    },
    n_rows=2,
    n_kept=2,
)
SMIC = Example(
    pages={
        "Sheet1": [
            ["Subject", "Filename", "OnsetF", "ApexF", "OffsetF", "Emotion", "FirstF"],
            [31, "s31_ne_01", 9100, 9130, 9200, "negative", 9100],
            [31, "s31_po_02", 9130, None, 9300, None, 9100],
            ["s32", "s32_sur_01", 9100, 9130, 9130, "sur", 9100],
            [None],
            ["All times are those of the camera"],
            ["OnsetF is the first frame"],
        ]
    },
    folders={
        # Counters jump: only the order of the pictures tells the time.
        name: ("image{}.jpg", range(9100, 9331, 10))
        for name in (
            "SMIC_HS_E/s31/s31_ne_01",
            "SMIC_HS_E/s31/s31_po_02",
            "SMIC_HS_E/s32/s32_sur_01",
        )
    },
    n_rows=5,
    n_kept=3,
)
CAS_ME2 = Example(
    pages={
        "codes": [
            [1, "joy1_1", 5, 8, 14, "6+12", "happiness", "macro-expression", "happiness"],
            [1, "joy1_2", 20, 22, 0, "12", "happiness", "micro-expression", "happiness"],
            [2, "fear2_1", 7, 0, 12, "4(B/C)", "negative", "micro-expression", "fear"],
        ],
        "subjects": [[1, "s15"], [2, "s22"]],
        "videos": [["0411", "joy1"], [512, "fear2"]],
    },
    folders={
        "rawpic/s15/15_0411joyofbirds": ("img{:03d}.jpg", range(1, 41)),
        "rawpic/s22/22_0512fearofbirds": ("img{:03d}.jpg", range(1, 41)),
    },
    n_rows=3,
    n_kept=2,
)
SAMM_LV = Example(
    pages={
        "Sheet1": [
            *[["Release notes"] for _ in range(10)],
            header(
                "Subject|Filename|Inducement Code|Onset|Apex|"
                "Offset|Duration|Type|Action Units|Notes"
            ),
            [41, "041_1_1", 3, 0, 4, 9, 10, "Macro", "12+6", None],
            [41, "041_1_2", 3, 20, 24, 29, 10, "Micro - 1/2", "L14", None],
            ["041", "041_2_1", 3, 3, -1, 9, 7, "Macro", "(R6 or R12)+R15", None],
        ]
    },
    folders={
        "SAMM_longvideos/041_1": ("041_1_{:04d}.jpg", range(1, 41)),
        "SAMM_longvideos/041_2": ("041_2_{:04d}.jpg", range(1, 41)),
    },
    n_rows=3,
    n_kept=3,
)
CAS_ME3 = Example(
    pages={
        "Sheet1": [
            header("Subject|Filename|Onset|Apex|Offset|AU|Expression type|Objective class"),
            ["spNO.1", "a", 8, 10, 14, "4\uff0c7", "Micro-expression", "IV"],
            ["spNO.1", "a", 20, 22, 39, "12", "Macro-expression", "I"],
            ["spNO.2", "c", 20, 22, 12, "12", "Macro-expression", "I"],
            ["spNO.2", "c", 20, 22, 99999, "1+2", "Micro-expression", "II"],
        ]
    },
    folders={
        "part_A/spNO.1/a/color": ("{}.jpg", range(8, 41, 2)),
        "part_A/spNO.2/c/color": ("{}.jpg", range(1, 41)),
        "part_A/spNO.2/c/depth": ("{}.png", range(1, 41)),
    },
    n_rows=4,
    n_kept=2,
)
CAS_ME3_MICRO = Example(
    pages={
        "label": [
            ["Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion"],
            ["spNO.1", "a", "8", "10", "14", "4\uff0c7", "IV", "Anger"],
            ["spNO.1", "a", "20", None, "30", "12", "I", "Happy"],
        ]
    },
    folders=CAS_ME3.folders,
    n_rows=2,
    n_kept=2,
)
CAS_ME3_C = Example(
    pages={
        "Sheet1": [
            header("sub|count|onset|offset|au"),
            [1, 3, 2, 9, "4+R7"],
            [1, 3, 12, 15, "12"],
        ]
    },
    folders={"part_C/spNO.1/3/color": ("{}.jpg", range(1, 21))},
    n_rows=2,
    n_kept=2,
)
FOUR_DME = Example(
    pages={
        "Micro": [
            ["sub_ID", "fold_name", "Emotion", "Onset", "Apex", "Offset", "AUs", "AU4", "AU7"],
            ["f11", "video2_1", "Surprise+Positive", 2, 5, 9, "AU4(k)+L7", 1, 1],
            ["f11", "video2_1", "Positive", 12, 13, 15, "R12", None, None],
        ]
    },
    folders={"gray_micro/f11/video2_1": ("{:03d}.jpg", range(1, 21))},
    n_rows=2,
    n_kept=2,
)
DFME = Example(
    pages={
        "Sheet1": [
            header("Subject|Filename|OnsetFrame|ApexFrame|OffsetFrame|Emotion|EmotionId|Fps|AU"),
            [7, "dfme_07_001", 2, 5, 9, "sadness", 4, 500, "1+4"],
            [8, "dfme_08_001", 2, 5, 9, "fear", 3, "300", "4"],
            [8, "dfme_08_002", 2, 5, 9, "fear", 3, None, "4"],
        ]
    },
    folders={
        "part1/dfme_07_001": ("{}.png", range(1, 21)),
        "part1/dfme_08_001": ("{}.png", range(1, 21)),
    },
    n_rows=3,
    n_kept=2,
)
MMEW = Example(
    pages={
        "Sheet1": [
            header(
                "Subject|Filename|OnsetFrame|ApexFrame|"
                "OffsetFrame|Action Units|Estimated Emotion|remarks"
            ),
            ["S91", "S91-01-001", 2, 5, 9, "1+4", "sadness", None],
            ["S91", "S91-01-001", 11, 12, 14, "12", "happiness", "again"],
        ]
    },
    folders={"Micro_Expression/sadness/S91-01-001": ("{}.jpg", range(1, 21))},
    n_rows=2,
    n_kept=2,
)
CASME = Example(
    pages={
        "Sheet1": [
            header("Subject|Filename||OnsetF|ApexF1|ApexF2|OffsetF||AU|Emotion"),
            [3, "EP02_5", None, 2, 5, 7, 9, None, "1+2", "surprise"],
            [3, "EP02_5", None, 11, 12, None, 15, None, "L14", "contempt"],
        ]
    },
    folders={"Section A/sub03/EP02_5": ("EP02_5-{}.jpg", range(1, 21))},
    n_rows=2,
    n_kept=2,
)
EXAMPLES: Mapping[str, tuple[DataSetName, Example]] = {
    "casme": (DataSetName.CASME, CASME),
    "casme2": (DataSetName.CASME2, CASME2),
    "cas-me2": (DataSetName.CAS_ME2, CAS_ME2),
    "cas-me3 part A": (DataSetName.CAS_ME3, CAS_ME3),
    "cas-me3 micro": (DataSetName.CAS_ME3, CAS_ME3_MICRO),
    "cas-me3 part C": (DataSetName.CAS_ME3, CAS_ME3_C),
    "samm": (DataSetName.SAMM, SAMM),
    "samm-lv": (DataSetName.SAMM_LV, SAMM_LV),
    "smic": (DataSetName.SMIC, SMIC),
    "4dme": (DataSetName.FOUR_DME, FOUR_DME),
    "dfme": (DataSetName.DFME, DFME),
    "mmew": (DataSetName.MMEW, MMEW),
}
"""A small data set in each layout."""
