"""Pictures made to fill the memory or to keep the machine busy, at every door that takes files.

Already proved elsewhere: a bomb of declared pixels, polyglot tails, second pictures, metadata
(tests/imaging/test_inspection.py); ratio, nesting, paths that lead out, links, false sizes, the
directory of millions (tests/imaging/importers/test_archive.py); the kinds and pixels of proofs
(tests/common/test_evidence.py); scripts in PDFs (test_pdf_attacks.py); tables (test_table_bombs.py).
"""

import ast
import re
import time
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from common.errors import InvalidInputError
from common.evidence import clean_evidence
from common.pictures import MOST_SCANS
from imaging.inspection import GRADUATION_RULES, inspect_photo
from tests.imaging.photos import jpeg, picture

pytestmark = pytest.mark.unit

# Every field that takes a file → what stands behind it against hostile ones.
DOORS = {
    "accounts": set[str](),
    "common": set[str](),
    "corrections": {
        "AnswersForm.file: read_table",
        "DraftForm.proof: clean_evidence",
        "ResubmitForm.evidence: clean_evidence",
        "ResultsForm.file: read_table",
        "SanctionsForm.file: read_table",
    },
    "enrollment": {
        "RescuePhotoForm.photo: clean_evidence",
        "ProofField: clean_evidence",
        "RosterUploadForm.file: read_table",
        "PeopleUploadForm.file: read_table",
    },
    "imaging": {
        "BatchUploadForm.file: read_archive",
        "FillForm.evidence: clean_evidence",
        "SelfCheckForm.picture: check_picture",
        "OwnPhotoForm.picture: prepare_shot",
        "UploadForm.picture: prepare_shot",
        "PaperForm.evidence: clean_evidence",
        "PlatformForm.file: read_table",
        "AttachForm.file: clean_evidence",
        "ResultsForm.file: read_table",
    },
    "reports": set[str](),
    "xuexin": set[str](),
}


@pytest.mark.parametrize("app", DOORS)
def test_every_door_for_files_is_known(app: str) -> None:
    found = set()
    for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
        if path.name == "gallery.py":  # the page of controls, for developers only
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and re.search(
                r"\b(?:File|Image)Field\b", ast.unparse(node)
            ):
                found.add(node.name)

    assert found == {door.partition(":")[0].partition(".")[0] for door in DOORS[app]}


def scanned(size: tuple[int, int], times: int) -> bytes:
    """A progressive JPEG that goes over its pixels again and again, some fifty bytes each time."""
    data = jpeg(Image.new("L", size, 128), progressive=True)
    mark = data.rindex(b"\xff\xda")
    begin = data.rindex(b"\xff\xc4", 0, mark)
    return data[:-2] + data[begin:-2] * times + b"\xff\xd9"


def test_proof_that_is_drawn_thousands_of_times_is_refused_at_once() -> None:
    data = scanned((2_000, 2_000), 10_000)
    assert len(data) < 1_000_000
    began = time.monotonic()

    with pytest.raises(InvalidInputError, match="太复杂"):
        clean_evidence(data, "证明.jpg")

    assert time.monotonic() - began < 2


def test_photo_that_is_drawn_thousands_of_times_is_refused_at_once() -> None:
    began = time.monotonic()

    seen = inspect_photo(scanned((480, 640), 10_000), GRADUATION_RULES)

    assert not seen.ok
    assert seen.published is None
    assert time.monotonic() - began < 2


def test_scans_of_ordinary_programs_are_accepted() -> None:
    data = scanned((480, 640), 20)
    assert data.count(b"\xff\xda") < MOST_SCANS

    assert clean_evidence(data, "a.jpg").content_type == "image/jpeg"
    assert inspect_photo(jpeg(picture(), progressive=True), GRADUATION_RULES).ok


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_few_kilobytes_do_not_unfold_into_a_gigabyte(kind: str) -> None:
    buffer = BytesIO()
    Image.new("P" if kind == "PNG" else "RGB", (4_001, 3_000)).save(buffer, kind)
    assert len(buffer.getvalue()) < 100_000

    with pytest.raises(InvalidInputError, match="1200 万像素"):
        clean_evidence(buffer.getvalue(), "证明.png")


def test_photo_of_a_phone_may_be_large() -> None:
    data = jpeg(Image.new("RGB", (6_000, 4_000), "white"), quality=30)

    with Image.open(BytesIO(clean_evidence(data, "a.jpg").data)) as kept:
        assert max(kept.size) == 3_000
