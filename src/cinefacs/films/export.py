"""Write clips and their pictures in one forward pass over the stretches of film that they take."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cinefacs.errors import FilmError
from cinefacs.films.config import ClipConfig, FrameConfig
from cinefacs.media.decode import ResumePoint, read_frames
from cinefacs.media.encode import ClipWriter
from cinefacs.media.frame import Frame
from cinefacs.media.probe import FilmHeader, read_header
from cinefacs.records.clip import Clip, ClipFrame
from cinefacs.storage.atomic import atomic_path

__all__ = ["export_clips"]

_SEEK_FRAMES = 100  # a seek costs about half a group of pictures; below this, reading on is cheaper
_PNG_THREADS = 2
_PNG_WAITING = 8  # pictures that wait for the disk: 50 MB at 1080p


class _PictureWriter:
    """Write PNG files in threads, a bounded number at a time."""

    def __init__(self, pool: ThreadPoolExecutor, png_level: int) -> None:
        self._pool = pool
        self._png_level = png_level
        self._waiting: deque[Future[None]] = deque()

    def write(self, path: Path, rgb: npt.NDArray[np.uint8]) -> None:
        """Write a picture soon; waits while too many are on their way."""
        while len(self._waiting) >= _PNG_WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._write_now, path, rgb))

    def wait(self) -> None:
        """Return when all pictures are on the disk.

        Raises
        ------
        StorageError
            The disk refused.
        """
        while self._waiting:
            self._waiting.popleft().result()

    def _write_now(self, path: Path, rgb: npt.NDArray[np.uint8]) -> None:
        options = [cv2.IMWRITE_PNG_COMPRESSION, self._png_level]
        _, png = cv2.imencode(".png", np.ascontiguousarray(rgb[:, :, ::-1]), options)
        with atomic_path(path) as temporary:
            temporary.write_bytes(png.tobytes())


class _OpenClip:
    """A clip that is being written; without a writer it is only walked through for its rows."""

    def __init__(
        self,
        clip: Clip,
        *,
        writer: ClipWriter | None,
        pictures: _PictureWriter,
        frame_dir: Path,
        config: FrameConfig,
    ) -> None:
        self.clip = clip
        self.rows: list[ClipFrame] = []
        self.stack = ExitStack()
        self._writer = None if writer is None else self.stack.enter_context(writer)
        self._pictures = pictures
        self._frame_dir = frame_dir
        self._mode = config.mode
        self._step = 1 / (config.rate_fps * clip.span.time_base)  # ticks between two pictures

    def push(self, frame: Frame) -> None:
        """Take the next frame."""
        if self._writer is not None:
            self._writer.push(frame)
        for shown_at in self._times_shown(frame):
            row = ClipFrame(
                film_id=self.clip.film_id,
                clip_tag=self.clip.tag,
                picture_number=len(self.rows) + 1,
                frame_index=frame.index,
                pts=frame.pts,
                shown_at_s=shown_at * frame.time_base,
            )
            self.rows.append(row)
            if self._writer is not None:
                self._pictures.write(self._frame_dir / f"{row.tag}.png", frame.rgb())

    def _times_shown(self, frame: Frame) -> Iterator[Fraction]:
        """Yield the ticks for which the frame stands: as `timing.clock.pick_frames_at_rate`."""
        if self._mode == "native":
            yield Fraction(frame.pts)
        elif self._mode == "rate":
            while True:
                tick = self.clip.span.start_pts + len(self.rows) * self._step
                if tick >= frame.end_pts:
                    return
                yield tick

    def close(self) -> None:
        """Finish: pictures first, then the clip, so that a clip that is there is complete."""
        self._pictures.wait()
        self.stack.close()


def export_clips(
    path: Path,
    clips: Sequence[Clip],
    *,
    clip_dir: Path,
    frame_dir: Path,
    clip_config: ClipConfig,
    frame_config: FrameConfig,
    on_progress: Callable[[int, int], None],
    allow_damaged: bool = False,
) -> Iterator[list[ClipFrame]]:
    """Write the clips of one film and their pictures; yield the rows of each clip.

    The film is read forwards once; stretches without a clip are leapt over. A clip whose file is
    there already is complete, its pictures too, and is not written again.

    Parameters
    ----------
    path
        The film.
    clips
        Clips of this film.
    clip_dir, frame_dir
        Where clips and pictures go.
    clip_config, frame_config
        How they are written.
    on_progress
        Told the frames of clips done and in all.
    allow_damaged
        Read over damaged frames between and in clips, as when the film was collected with the
        same option; frames are counted as then.

    Yields
    ------
    list of ClipFrame
        The pictures of one clip, in the order in which the clips end; none if no pictures are
        wanted.

    Raises
    ------
    FilmError
        The film can no longer be read as it was.
    DamagedFilmError
        Frames of a clip, or between near clips, are damaged, and that was not allowed.
    StorageError
        The disk refused.
    """
    wanted = sorted(clips, key=lambda clip: (clip.start_frame, clip.tag))
    if frame_config.mode == "none":
        wanted = [clip for clip in wanted if not (clip_dir / f"{clip.tag}.mp4").exists()]
    if not wanted:
        return
    header = read_header(path)
    n_done, n_total = 0, sum(clip.n_frames for clip in wanted)
    with ThreadPoolExecutor(_PNG_THREADS) as pool:
        pictures = _PictureWriter(pool, frame_config.png_level)

        def open_clip(clip: Clip) -> _OpenClip:
            file = clip_dir / f"{clip.tag}.mp4"
            writer = ClipWriter(
                file,
                time_base=header.time_base,
                size_wh=header.size_wh,
                crf=clip_config.crf,
                preset=clip_config.preset,
            )
            return _OpenClip(
                clip,
                writer=None if file.exists() else writer,
                pictures=pictures,
                frame_dir=frame_dir,
                config=frame_config,
            )

        for stretch in _stretches(wanted):
            for done in _export_stretch(header, stretch, open_clip, allow_damaged=allow_damaged):
                n_done += done.clip.n_frames
                on_progress(n_done, n_total)
                yield done.rows


def _stretches(clips: Sequence[Clip]) -> Iterator[list[Clip]]:
    """Yield groups of clips that are read through without a leap."""
    group: list[Clip] = []
    end_frame = 0
    for clip in clips:
        if group and clip.start_frame - end_frame > _SEEK_FRAMES:
            yield group
            group = []
        group.append(clip)
        end_frame = max(end_frame, clip.end_frame)
    yield group


def _export_stretch(
    header: FilmHeader,
    clips: Sequence[Clip],
    open_clip: Callable[[Clip], _OpenClip],
    *,
    allow_damaged: bool,
) -> Iterator[_OpenClip]:
    """Read one stretch; yield each clip when it is written."""
    to_come = deque(clips)
    first = clips[0]
    start = ResumePoint(frame_index=first.start_frame, pts=first.span.start_pts)
    end_pts = max(clip.span.end_pts for clip in clips)
    running: list[_OpenClip] = []
    with _give_up_unfinished(running):
        for frame in read_frames(header, start=start, end_pts=end_pts, allow_damaged=allow_damaged):
            while to_come and to_come[0].start_frame <= frame.index:
                running.append(open_clip(to_come.popleft()))
            for clip in running:
                clip.push(frame)
            frame.drop_pixels()
            ended = [each for each in running if each.clip.end_frame <= frame.index + 1]
            yield from _close(ended)
            running[:] = [each for each in running if each not in ended]
        if running or to_come:
            raise FilmError(
                f"{header.path}: expected frames up to {clips[-1].end_frame}, "
                "got the end of the film",
                hint="the file has changed since it was collected: collect it anew with --force",
            )


@contextmanager
def _give_up_unfinished(running: list[_OpenClip]) -> Iterator[None]:
    """Leave nothing of the clips that are running when the block fails."""
    with ExitStack() as stack:
        try:
            yield
        except BaseException:
            for clip in running:
                stack.push(clip.stack.__exit__)
            raise


def _close(clips: Iterable[_OpenClip]) -> Iterator[_OpenClip]:
    for clip in clips:
        clip.close()
        yield clip
