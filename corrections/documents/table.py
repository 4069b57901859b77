"""A printed table as data: title, a line below it, columns, rows, signatures; its pages follow."""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Column", "TablePage", "TablePaper"]

_NOBODY = "（没有）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its head, a smaller hint below the head, its width in millimetres."""

    title: str
    width: float
    hint: str = ""
    is_left: bool = False
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class TablePage:
    """One page of a table: its number and its rows."""

    number: int
    total: int
    rows: tuple[tuple[str, ...], ...]

    @property
    def label(self) -> str:
        """`第 1 页，共 2 页`."""
        return f"第 {self.number} 页，共 {self.total} 页"


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePaper:
    """A table for one class or one college, its rows in the order in which they are printed."""

    title: str
    place: str  # what it is about: class or college
    summary: str  # how many, at the right of the place
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    row_height: float  # millimetres; room for a signature by hand where there is one
    lead: str = ""
    closing: tuple[tuple[str, ...], ...] = ()
    empty: str = _NOBODY
    is_landscape: bool = False

    def pages(self, per_page: int) -> Iterator[TablePage]:
        """The pages with so many rows each; no rows give one page that says so."""
        rows = self.rows
        total = max(1, -(-len(rows) // per_page))
        for number in range(total):
            yield TablePage(number + 1, total, rows[number * per_page : (number + 1) * per_page])
