"""What an import says about a row, and in which words."""

from typing import NamedTuple

from enrollment.importers.headers import FIELD_LABELS, ColumnMap
from enrollment.states import Severity

__all__ = ["Finding", "Wording", "error", "warning"]


class Finding(NamedTuple):
    """Something wrong (the row is refused) or odd (the row is kept); `row` counts the header as 1.

    `code` is stable, `message` is for people and never holds a whole document number.
    """

    row: int
    column: str
    code: str
    severity: Severity
    message: str


def error(row: int, column: str, code: str, message: str) -> Finding:
    """Return a finding that refuses its row."""
    return Finding(row, column, code, Severity.ERROR, message)


def warning(row: int, column: str, code: str, message: str) -> Finding:
    """Return a finding that keeps its row."""
    return Finding(row, column, code, Severity.WARNING, message)


class Wording:
    """Findings that speak of a column by the name that it has in the file."""

    def __init__(self, columns: ColumnMap) -> None:
        self._columns = columns

    def column(self, field: str) -> str:
        """The file's name of a field's column, or ours where it has none."""
        return self._columns.header_of(field)[:60]

    def missing(self, row_no: int, field: str, code: str) -> Finding:
        """A cell that no row may lack is empty, or its whole column is absent."""
        label = FIELD_LABELS[field]
        if field in self._columns.index_of:
            message = f"{label}是空的，请补上后再导入。"
        else:
            message = f"名册没有“{label}”这一列，请加上这一列后再导入。"
        return error(row_no, self.column(field), code, message)

    def lost_digits(self, row_no: int, field: str, code: str) -> Finding:
        """A number that must be whole came out of a numeric cell."""
        message = (
            f"{FIELD_LABELS[field]}在表格里是数值，超过 15 位的数字已经丢失，"
            "请把这一列设为文本格式，重新填写后再导入。"
        )
        return error(row_no, self.column(field), code, message)
