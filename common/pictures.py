"""What a picture would take to be drawn, judged before it is."""

__all__ = [
    "MOST_PARTS",
    "MOST_SCANS",
    "has_too_many_parts",
    "has_too_many_scans",
    "is_drawn_too_often",
]

MOST_SCANS = 100
MOST_PARTS = 2_000
# Forty megapixels in the ten scans that programs write; some three seconds.
_MOST_DRAWN = 400_000_000
_JPEG = b"\xff\xd8"
_SCAN = b"\xff\xda"
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNK_FRAME = 12  # length, name and checksum


def has_too_many_scans(data: bytes) -> bool:
    """Whether a JPEG goes over its pixels so often that drawing it would take minutes.

    A progressive JPEG may do so as often as it likes, fifty bytes each time; programs write ten
    scans. Packed pixels never hold the mark of a scan, other data of a picture hardly ever.
    """
    return data.startswith(_JPEG) and data.count(_SCAN) > MOST_SCANS


def is_drawn_too_often(data: bytes, pixels: int) -> bool:
    """Whether the scans of a JPEG, each over all of its pixels, come to more than any photo needs."""
    return data.startswith(_JPEG) and data.count(_SCAN) * pixels > _MOST_DRAWN


def has_too_many_parts(data: bytes) -> bool:
    """Whether a JPEG or PNG has so many pieces of metadata before its pixels that only a trap has them.

    Each takes Pillow a step in Python and a place in the memory: a million empty comments in five
    megabytes take seconds and a quarter of a gigabyte. Photos have a few dozen.
    """
    if data.startswith(_JPEG):
        return _count_segments(data) > MOST_PARTS
    if data.startswith(_PNG):
        return _count_chunks(data) > MOST_PARTS
    return False


def _count_segments(data: bytes) -> int:
    """Segments before the first scan; no more are counted than are asked for."""
    position, count = 2, 0
    while count <= MOST_PARTS and data[position : position + 1] == b"\xff":
        if data[position + 1 : position + 2] == b"\xff":  # a byte of padding
            position += 1
        elif data.startswith(_SCAN, position):
            break
        else:
            position += 2 + max(int.from_bytes(data[position + 2 : position + 4], "big"), 2)
        count += 1
    return count


def _count_chunks(data: bytes) -> int:
    position, count = len(_PNG), 0
    while count <= MOST_PARTS and position < len(data):
        position += _CHUNK_FRAME + int.from_bytes(data[position : position + 4], "big")
        count += 1
    return count
