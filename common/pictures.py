"""What a picture would take to be drawn, judged before it is."""

__all__ = ["MOST_SCANS", "has_too_many_scans"]

MOST_SCANS = 100
_JPEG = b"\xff\xd8"
_SCAN = b"\xff\xda"


def has_too_many_scans(data: bytes) -> bool:
    """Whether a JPEG goes over its pixels so often that drawing it would take minutes.

    A progressive JPEG may do so as often as it likes, fifty bytes each time; programs write ten
    scans. Packed pixels never hold the mark of a scan, other data of a picture hardly ever.
    """
    return data.startswith(_JPEG) and data.count(_SCAN) > MOST_SCANS
