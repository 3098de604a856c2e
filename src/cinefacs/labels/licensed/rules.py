"""The named rules by which a row of a sheet is repaired, noted or left out."""

from enum import StrEnum
from typing import Self

__all__ = ["REMARKS", "RowSkippedError", "Rule", "SkipReason"]


class _Explained(StrEnum):
    """A name with its meaning, both of which the report gives."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Make a member of its name and its meaning."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class Rule(_Explained):
    """What was repaired or noted in a row that was kept."""

    NUMBER_AS_TEXT = "number_as_text", "a whole number that stands as text was read as a number"
    SUBJECT_TEXT_OR_NUMBER = (
        "subject_text_or_number",
        "a subject that stands as 1, '1' or '01' was given its usual name",
    )
    FILENAME_AS_NUMBER = "filename_as_number", "a sequence's name that stands as a number"
    VIDEO_CODE_ZERO_FILLED = (
        "video_code_zero_filled",
        "a video code such as 0101 had become the number 101 and got its zero back",
    )
    APEX_SLASH_IS_NONE = (
        "apex_slash_is_none",
        "an apex of '/' (or '-', '?') means that none is known",
    )
    APEX_ZERO_IS_NONE = "apex_zero_is_none", "an apex of 0 or -1 means that none is known"
    APEX_UNREADABLE_IS_NONE = (
        "apex_unreadable_is_none",
        "the apex is no frame number and was left out",
    )
    APEX_OUTSIDE_IS_NONE = (
        "apex_outside_is_none",
        "the apex does not lie between onset and offset and was left out",
    )
    APEX_OF_TWO = "apex_of_two", "of two apexes, no action unit is known to have either"
    OFFSET_ZERO_IS_APEX = (
        "offset_zero_is_apex",
        "the offset is unknown (0); as asked for, the expression ends at its apex",
    )
    OFFSET_ZERO_IS_MIRRORED = (
        "offset_zero_is_mirrored",
        "the offset is unknown (0); as asked for, it is 2 * apex - onset",
    )
    ONSET_ZERO_MACRO_UNBOUNDED = (
        "onset_zero_macro_unbounded",
        "a macro-expression with onset 0 began before the film; it starts at the first frame",
    )
    DURATION_DISAGREES = (
        "duration_disagrees",
        "the column of durations is not offset - onset + 1; onset and offset were kept",
    )
    KIND_UNREADABLE_IS_NONE = (
        "kind_unreadable_is_none",
        "the type names neither micro nor macro, so none was kept",
    )
    KIND_SAYS_MORE = (
        "kind_says_more",
        "the type says more than micro or macro, such as 'Micro - 1/2'; the word was kept",
    )
    EMOTION_BLANK_IS_NONE = "emotion_blank_is_none", "the emotion is blank or '/', so none was kept"
    EMOTION_FROM_FILENAME = (
        "emotion_from_filename",
        "the emotion is blank and was taken from the sequence's name (ne, po, sur)",
    )
    EMOTION_CODE_SPELT_OUT = (
        "emotion_code_spelt_out",
        "ne, po or sur was written out as negative, positive or surprise",
    )
    EMOTION_DISAGREES_WITH_FILENAME = (
        "emotion_disagrees_with_filename",
        "the emotion is another one than the sequence's name says; the sheet's was kept",
    )
    EMOTION_JOINED = (
        "emotion_joined",
        "the emotion was taken from the other sheet by sequence and type",
    )
    EMOTION_JOIN_AMBIGUOUS = (
        "emotion_join_ambiguous",
        "several rows of the other sheet fit and differ, so no emotion was taken",
    )
    AU_BLANK = "au_blank", "the cell of action units is blank: none is known, none is absent"
    AU_PART_UNREAD = (
        "au_part_unread",
        "a part of the action units could not be read; it is kept verbatim and flagged",
    )
    AU_REPEATED_ONCE = "au_repeated_once", "an action unit that stands twice was taken once"
    AU_CODE_UNKNOWN = (
        "au_code_unknown",
        "a number stands in no FACS code book; it is kept and flagged",
    )
    FPS_OVERRIDDEN = "fps_overridden", "the frame rate is the one that was asked for"
    FIRST_FRAME_DIFFERS = (
        "first_frame_differs",
        "the column of first frames is not the number of the folder's first picture",
    )
    FRAME_DROPPED = (
        "frame_dropped",
        "a picture of onset, apex or offset is missing between others; its time is known",
    )
    APEX_FRAME_MISSING_IS_NONE = (
        "apex_frame_missing_is_none",
        "the folder has no picture of the apex, so the apex was left out",
    )
    FOLDER_BY_UNIQUE_NAME = (
        "folder_by_unique_name",
        "the folder was found by the sequence's name alone, which only one subject has",
    )


class SkipReason(_Explained):
    """Why a row was left out."""

    NOTE_ROW = "note_row", "a row of remarks without any frame number"
    HEADER_AGAIN = "header_again", "the header once more"
    SUBJECT_MISSING = "subject_missing", "no subject"
    SUBJECT_UNKNOWN = "subject_unknown", "the sheet of subjects does not name this one"
    FILENAME_MISSING = "filename_missing", "no name of a sequence"
    VIDEO_UNKNOWN = "video_unknown", "the sheet of videos does not name this one"
    ONSET_MISSING = "onset_missing", "no onset"
    ONSET_UNREADABLE = "onset_unreadable", "the onset is no frame number"
    OFFSET_MISSING = "offset_missing", "no offset"
    OFFSET_UNREADABLE = "offset_unreadable", "the offset is no frame number"
    OFFSET_ZERO_IS_UNKNOWN = (
        "offset_zero_is_unknown",
        "an offset of 0 means that it is not known (--unknown-offset keeps such rows)",
    )
    OFFSET_BEFORE_ONSET = "offset_before_onset", "the offset lies before the onset"
    DURATION_IMPOSSIBLE = (
        "duration_impossible",
        "longer than any expression of its kind: a typing error in onset or offset",
    )
    DUPLICATE_ROW = "duplicate_row", "the same row stands before it"
    FPS_MISSING = "fps_missing", "no frame rate"
    FPS_UNREADABLE = "fps_unreadable", "the frame rate is no number above 0 and up to 10000"
    FPS_DIFFERS = "fps_differs", "another row of the same sequence has another frame rate"
    FRAMES_MISSING = "frames_missing", "no folder of pictures fits subject and sequence"
    FRAMES_AMBIGUOUS = "frames_ambiguous", "several folders of pictures fit subject and sequence"
    FOLDER_OF_SEVERAL = (
        "folder_of_several",
        "rows of several subjects or sequences mean one folder of pictures",
    )
    FRAMES_UNREADABLE = "frames_unreadable", "the folder's pictures cannot be used"
    ONSET_FRAME_MISSING = "onset_frame_missing", "the folder has no picture of the onset"
    OFFSET_FRAME_MISSING = "offset_frame_missing", "the folder has no picture of the offset"


REMARKS = (SkipReason.NOTE_ROW, SkipReason.HEADER_AGAIN)
"""Rows that never were meant to describe an expression."""


class RowSkippedError(Exception):
    """A row is left out; caught where rows are read, and never seen by users.

    Parameters
    ----------
    reason
        Why.
    detail
        What was found.
    """

    def __init__(self, reason: SkipReason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.film_key: tuple[str, str] | None = None
        """Subject and film that the row is about, once that is known."""
