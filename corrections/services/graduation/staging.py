"""What the lists of an audit have in common: taken in within limits, moved once, never kept as a file."""

import hashlib
import os
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from common.errors import InvalidInputError, StaleStateError
from common.wording import file_size
from corrections.models import ResultImport, SanctionImport
from enrollment.importers.tables import TableRow, read_table
from enrollment.states import IMPORT, ROSTER_UNDO, ImportAction, ImportState, UndoAction, UndoState

__all__ = ["file_name_of", "move_table", "opened_table", "undo_table"]

_MOST_BYTES: Final = 5 * 1024 * 1024
_LONGEST_NAME: Final = 255
_MOVED: Final = "这份名单的状态刚刚有了变化，请刷新页面再看。"
Staged = ResultImport | SanctionImport


def file_name_of(name: str) -> str:
    """The name as it is kept."""
    stripped = name.strip()
    if not stripped:
        raise InvalidInputError("选一个文件再上传。", field="file")
    return stripped[-_LONGEST_NAME:]


def opened_table(file: BinaryIO, name: str) -> tuple[str, Iterator[TableRow]]:
    """The digest of the file, and its rows; they are read while the caller goes through them."""
    size = file.seek(0, os.SEEK_END)
    if size > _MOST_BYTES:
        raise InvalidInputError(
            f"这个文件有 {file_size(size)}，最大 {file_size(_MOST_BYTES)}。删去空白的行列再上传。",
            field="file",
        )
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # any seekable file
    file.seek(0)
    return digest, read_table(file, name)


def move_table(table: Staged, *actions: ImportAction, **changes: Any) -> None:
    """Move the list once, or say that somebody else was first."""
    source = target = ImportState(table.state)
    for action in actions:
        target = IMPORT.target(action, source=target)
    unmoved = type(table).objects.filter(pk=table.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError(_MOVED)
    table.refresh_from_db()


def undo_table(table: Staged, **changes: Any) -> None:
    """Note that an applied list was taken back, once."""
    source = target = UndoState(table.undo_state)
    for action in (UndoAction.BEGIN, UndoAction.FINISH):
        target = ROSTER_UNDO.target(action, source=target)
    mine = type(table).objects.filter(pk=table.pk, state=ImportState.APPLIED, undo_state=source)
    if mine.update(undo_state=target, **changes) != 1:
        raise StaleStateError(_MOVED)
    table.refresh_from_db()
