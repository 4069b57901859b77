"""The least that an import does with each photo. Loads Pillow and the measurements only."""

import multiprocessing
import zipfile
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from io import BytesIO

from PIL import Image
from PIL.JpegImagePlugin import get_sampling

from imaging.inspection.faces import face_detector
from imaging.inspection.measure import measure_background, measure_sharpness

__all__ = ["in_this_process", "in_two_processes"]


def in_this_process(archive: str, *, has_faces: bool = False) -> int:
    """Every photo of the archive; returns how many."""
    return _some_of(archive, 0, 1, has_faces)


def in_two_processes(archive: str, *, has_faces: bool = False) -> int:
    """The same, half of the photos in each of two new processes that read the archive themselves."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        return sum(pool.map(_some_of, (archive, archive), (0, 1), (2, 2), (has_faces, has_faces)))


def _some_of(archive: str, first: int, step: int, has_faces: bool) -> int:  # noqa: FBT001 -- mapped
    with zipfile.ZipFile(archive) as file:
        names = file.namelist()[first::step]
        return len([_handled(file.read(name), has_faces=has_faces) for name in names])


def _handled(data: bytes, *, has_faces: bool) -> tuple[str, str, int]:
    """Verify, decode, measure, encode again, hash both; ask the detectors too, if they are to be asked."""
    Image.open(BytesIO(data)).verify()
    received = Image.open(BytesIO(data))
    received.load()
    measure_background(received)
    measure_sharpness(received)
    if has_faces and (detector := face_detector()) is not None:
        detector.read(received)
    buffer = BytesIO()
    received.save(
        buffer,
        "JPEG",
        qtables=received.quantization,  # type: ignore[attr-defined]  # it is a JPEG
        subsampling=get_sampling(received),
        dpi=(300, 300),
        comment=b"",
    )
    published = buffer.getvalue()
    return sha256(data).hexdigest(), sha256(published).hexdigest(), len(published)
