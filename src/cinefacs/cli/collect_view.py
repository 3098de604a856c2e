"""What ``cinefacs collect`` says when it is done."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from cinefacs.timing.clock import format_timecode

if TYPE_CHECKING:
    from cinefacs.pipeline.summary import CollectSummary

__all__ = ["show_summary"]


def show_summary(summary: "CollectSummary") -> None:
    """Print a row per film, what cannot be coded and why, and where to look."""
    console = Console()
    if summary.films:
        table = Table(
            "film", "length", "shots", "tracks", "characters", "clips", "coverage", "not codable"
        )
        for item in summary.films:
            not_codable = ", ".join(
                f"{reason.replace('_', ' ')} {n / item.n_face_frames:.1%}"
                for reason, n in item.not_codable.items()
            )
            table.add_row(
                f"{item.film.film_number:03d} {item.film.path}",
                format_timecode(item.film.span.duration_s),
                str(len(item.shots)),
                str(item.n_tracks),
                str(item.n_characters),
                str(item.n_clips),
                f"{item.coverage:.1%} of faces\n{item.film_coverage:.1%} of frames",
                not_codable or "-",
            )
        console.print(table)
    for note in summary.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)
    if summary.was_done:
        console.print("nothing to do: the study was finished with this configuration")
    if summary.films:
        console.print(f"look at: {summary.contact_sheet_path}", markup=False, soft_wrap=True)
