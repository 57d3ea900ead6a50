"""The folder beside an unfinished export: each page as it came, and a list that grows by a line per page.

A page is in the list only once its file is whole. A line that a kill cut short is dropped, and a file that is not what
the list says is read again. The folder holds personal data: only its owner may read it, and it goes when the export is
done.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zcrm_tools.errors import NOTHING_SENT, InvalidInput, Problem
from zcrm_tools.transfer.coverage import Gap, Piece, covered, left
from zcrm_tools.transfer.forms import Encoded

_LIST = "pages.jsonl"
SUFFIX = ".unfinished"


@dataclass(frozen=True, slots=True)
class Segment:
    """One page on disk, in its file's form. `gap` numbers the gap it belongs to."""

    gap: int
    piece: Piece
    rows: int
    size: int
    crc: int
    misfits: int = 0
    guarded: int = 0

    @property
    def file(self) -> str:
        return f"{self.gap}-{self.piece.index}"


class Segments:
    """Belongs to one process at a time, which holds its lock."""

    def __init__(self, target: Path) -> None:
        self.folder = target.with_name(target.name + SUFFIX)
        self.header: dict[str, Any] = {}
        self.gaps: dict[int, Gap] = {}
        self.kept: dict[tuple[int, int], Segment] = {}
        self.jobs: dict[int, str] = {}
        """Bulk read jobs that were started, by their turn."""
        self._list: Any = None

    def open(self, header: Mapping[str, Any]) -> bool:
        """Start, or go on with what is there; True when there was something. Refuses pages of another request."""
        from filelock import FileLock, Timeout

        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = FileLock(self.folder / "lock", mode=0o600, thread_local=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise _refused(
                "BUSY", f"Another process is writing {self.folder.name}.", "Let it finish."
            ) from None
        self._read()
        resumed = bool(self.header)
        asked = dict(header)
        if resumed and any(
            self.header.get(n) != asked.get(n) for n in self.header | asked if n != "snapshot"
        ):
            self._lock.release()
            raise _refused(
                "OTHER_EXPORT",
                f"{self.folder.name} holds pages of another export: {_summary(self.header)}.",
                "Finish that one with its own options, or delete the folder.",
            )
        self._list = os.fdopen(
            os.open(self.folder / _LIST, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0
        )
        if not resumed:
            self.header = asked
            self._append({"header": asked})
        return resumed

    def add_gap(self, gap: Gap) -> int:
        number = max(self.gaps, default=-1) + 1
        self.gaps[number] = gap
        self._append({"gap": number, "after": gap.after, "before": gap.before})
        return number

    def note_job(self, turn: int, job: str) -> None:
        if self.jobs.get(turn) != job:
            self.jobs[turn] = job
            self._append({"job": job, "turn": turn})

    def write(self, gap: int, piece: Piece, page: Encoded) -> Segment:
        """Keep a page: its bytes first, then its line."""
        content = page.data
        segment = Segment(
            gap, piece, page.rows, len(content), zlib.crc32(content), page.misfits, page.guarded
        )
        path = self.folder / segment.file
        new = path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        new.replace(path)
        self._append({"segment": asdict(segment)})
        self.kept[gap, piece.index] = segment
        return segment

    def content(self, segment: Segment) -> bytes:
        return (self.folder / segment.file).read_bytes()

    def left(self) -> list[Gap]:
        """What has not been read."""
        known = [
            part
            for number, gap in self.gaps.items()
            for part in covered(gap, [s.piece for s in self.kept.values() if s.gap == number])
        ]
        return left(known)

    def in_order(self) -> list[Segment]:
        """Those with rows, by their ids."""
        return sorted((s for s in self.kept.values() if s.rows), key=lambda s: (s.piece.first, s.piece.last))

    def close(self) -> None:
        if self._list is not None:
            self._list.close()
        self._lock.release()

    def remove(self) -> None:
        """The export is whole."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _append(self, line: Mapping[str, Any]) -> None:
        self._list.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def _read(self) -> None:
        path = self.folder / _LIST
        if not path.exists():
            return
        whole = path.read_bytes()
        if not whole.endswith(b"\n"):
            whole = whole[: whole.rfind(b"\n") + 1]
            os.truncate(path, len(whole))
        for line in map(json.loads, whole.splitlines()):
            if "header" in line:
                self.header = line["header"]
            elif "gap" in line:
                self.gaps[line["gap"]] = Gap(line["after"], line["before"])
            elif "job" in line:
                self.jobs[line["turn"]] = line["job"]
            else:
                found = line["segment"]
                segment = Segment(**{**found, "piece": Piece(**found["piece"])})
                if self._is_whole(segment):
                    self.kept[segment.gap, segment.piece.index] = segment

    def _is_whole(self, segment: Segment) -> bool:
        try:
            content = self.content(segment)
        except FileNotFoundError:
            return False
        return len(content) == segment.size and zlib.crc32(content) == segment.crc


def _summary(header: Mapping[str, Any]) -> str:
    where = f" where {header['where']}" if header.get("where") else ""
    return f"{header.get('module')}, {len(header.get('fields', ()))} fields{where}"


def _refused(code: str, message: str, next_step: str) -> InvalidInput:
    return InvalidInput(Problem(code, message, NOTHING_SENT, next_step))
