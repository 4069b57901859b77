"""What the desk's pages show beside stock fields: small tables as frozen values."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["Cell", "Panel", "facts"]

_NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: text, perhaps as a link, or a picture with its alternative text; loud is bold or huge.

    A large picture is for comparing faces.
    """

    text: str = ""
    url: str = ""
    image: str = ""
    is_loud: bool = False
    is_large: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A titled table; without columns its first cells are row headings."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    empty: str = "没有"
    note: str = ""
    more: Cell | None = None

    @classmethod
    def of(
        cls,
        title: str,
        columns: Iterable[str],
        rows: Iterable[Iterable[Any]],
        *,
        empty: str = "没有",
        note: str = "",
        more: Cell | None = None,
    ) -> "Panel":
        """A panel from plain values: whatever is not a `Cell` becomes its text, nothing becomes a dash."""
        return cls(
            title=title,
            columns=tuple(columns),
            rows=tuple(tuple(_cell(value) for value in row) for row in rows),
            empty=empty,
            note=note,
            more=more,
        )


def facts(title: str, pairs: Iterable[tuple[str, Any]], *, note: str = "") -> Panel:
    """A panel of labels and values, one pair a row."""
    return Panel.of(title, (), pairs, note=note)


def _cell(value: Any) -> Cell:
    if isinstance(value, Cell):
        return value
    return Cell(text=_NOTHING if value is None or value == "" else str(value))
