"""Our own line drawings on a 24 × 24 grid, one path each; drawn inline so that they take the colour of their text."""

__all__ = ["ICONS", "TONE_ICONS"]


def _ring(radius: float, x: float = 12, y: float = 12) -> str:
    """A circle as a path, so that every icon is one `d`."""
    return f"M{x - radius:g} {y:g}a{radius:g} {radius:g} 0 1 0 {2 * radius:g} 0a{radius:g} {radius:g} 0 1 0 {-2 * radius:g} 0"


ICONS: dict[str, str] = {
    "back": "M19 12H5 M11 6l-6 6 6 6",
    "bell": "M6 17V11a6 6 0 0 1 12 0v6l1.5 1h-15z M10 21h4",
    "calendar": "M4 6h16v14H4z M4 10.5h16 M8 3v4 M16 3v4",
    "camera": f"M3 8h4l2-3h6l2 3h4v11H3z {_ring(3.5, 12, 13.5)}",
    "check": "M4 12.5L9.5 18L20 6.5",
    "chevron": "M9 5l7 7-7 7",
    "circle": _ring(7.5),
    "clock": f"{_ring(8.5)} M12 7v5.5l3.5 2",
    "copy": "M9 9h10v11H9z M5 15V4h10",
    "cross": f"{_ring(8.5)} M8 8l8 8 M16 8l-8 8",
    "download": "M12 4v12 M7 11l5 5 5-5 M5 20h14",
    "eye": f"M3 12c3-5 6-6.5 9-6.5S18 7 21 12c-3 5-6 6.5-9 6.5S6 17 3 12z {_ring(2.5)}",
    "file": "M6 3h9l4 4v14H6z M9 11h7 M9 15h7",
    "info": f"{_ring(8.5)} M12 11v6 M12 7.2v.3",
    "key": f"{_ring(4, 8, 15)} M11 12l8-8 M15.5 7.5l3 3",
    "list": "M4 6h2 M4 12h2 M4 18h2 M9 6h11 M9 12h11 M9 18h11",
    "lock": "M6 11h12v9H6z M8.5 11V8a3.5 3.5 0 0 1 7 0v3 M12 14.5v2.5",
    "mail": "M3 6h18v13H3z M3 7l9 7 9-7",
    "menu": "M4 7h16 M4 12h16 M4 17h16",
    "pen": "M5 19l1-4L16 5l3 3L9 18z M14 7l3 3",
    "phone": "M7 3h10v18H7z M11 18h2",
    "print": "M7 9V4h10v5 M7 17H4V9h16v8h-3 M7 14h10v6H7z",
    "search": f"{_ring(6, 10.5, 10.5)} M15 15l5 5",
    "shield": "M12 3l7 3v6c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6z M9 12l2.2 2.2L15 10.5",
    "undo": "M8 5L4 9l4 4 M4 9h10a5 5 0 0 1 0 10H8",
    "upload": "M12 16V4 M7 9l5-5 5 5 M5 20h14",
    "user": f"{_ring(4, 12, 8)} M4 21c.5-5 3.5-7 8-7s7.5 2 8 7",
    "warn": "M12 4L21 20H3Z M12 10v4.5 M12 17.2v.3",
}

# A state is always icon, word and colour together.
TONE_ICONS: dict[str, str] = {
    "todo": "circle",
    "due": "clock",
    "done": "check",
    "locked": "lock",
    "disputed": "pen",
    "blocked": "cross",
}
