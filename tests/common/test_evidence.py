"""Proofs handed in: what is kept, what is refused, and what is left out of a kept picture."""

import zlib
from io import BytesIO

import pytest
from PIL import Image

from common.errors import InvalidInputError
from common.evidence import EVIDENCE_BYTES, clean_evidence

pytestmark = pytest.mark.unit


def picture(
    fmt: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (60, 40), **save
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, 120 if mode in {"L", "P"} else None).save(out, fmt, **save)
    return out.getvalue()


def pdf(body: bytes = b"", *, end: bytes = b"\n%%EOF\n") -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog " + body + b" >>\nendobj" + end


@pytest.mark.parametrize(
    ("fmt", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("WEBP", "RGB"),
    ],
)
def test_picture_is_drawn_anew_as_jpeg(fmt: str, mode: str) -> None:
    clean = clean_evidence(picture(fmt, mode), "转专业批准.PNG")

    assert (clean.content_type, clean.name) == ("image/jpeg", "转专业批准.jpg")
    with Image.open(BytesIO(clean.data)) as kept:
        assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (60, 40))


def test_place_and_tail_of_a_picture_are_not_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home"
    data = picture(exif=exif.tobytes()) + b"<script>alert(1)</script>"

    clean = clean_evidence(data, "a.jpg")

    assert b"at home" not in clean.data
    assert b"script" not in clean.data


def test_turned_picture_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    clean = clean_evidence(picture(exif=exif.tobytes()), "a.jpg")

    with Image.open(BytesIO(clean.data)) as kept:
        assert kept.size == (40, 60)


def test_large_picture_is_made_smaller() -> None:
    clean = clean_evidence(picture(size=(4000, 2000)), "a.jpg")

    with Image.open(BytesIO(clean.data)) as kept:
        assert kept.size == (3000, 1500)


def test_whole_pdf_is_kept_as_it_is() -> None:
    data = pdf(b"/Pages 2 0 R")

    clean = clean_evidence(data, "C:\\我的文档\\证明.docx")

    assert (clean.data, clean.content_type, clean.name) == (data, "application/pdf", "证明.pdf")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "空"),
        (b"x" * (EVIDENCE_BYTES + 1), "5 MB"),
        (b"hello", "打不开"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "打不开"),
        (picture()[:200], "打不开"),
        (picture("GIF", "P"), "打不开"),
        (picture("PNG", "1", size=(9000, 9000)), "4000 万"),
        (pdf(end=b""), "不完整"),
        (pdf(b"/Encrypt 5 0 R"), "密码"),
        (pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "自动运行"),
        (pdf(b"/OpenAction << /S /J#61vaScript >>"), "自动运行"),
        (pdf(b"/Names << /EmbeddedFiles 4 0 R >>"), "自动运行"),
        (
            pdf(
                b">>\nendobj\n3 0 obj\n<< /Type /ObjStm /N 1 /Filter /FlateDecode >>\nstream\n"
                + zlib.compress(b"1 0 << /S /Launch >>")
                + b"\nendstream\n<<"
            ),
            "自动运行",
        ),
    ],
)
def test_unfit_file_is_refused_with_a_remedy(data: bytes, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as refused:
        clean_evidence(data, "证明.jpg")

    assert refused.value.field == "evidence"


def test_object_stream_that_unpacks_without_end_is_refused() -> None:
    bomb = zlib.compress(b"\0" * (25 * 1024 * 1024))
    data = pdf(b">>\nendobj\n3 0 obj\n<< /Type /ObjStm >>\nstream\n" + bomb + b"\nendstream\n<<")

    with pytest.raises(InvalidInputError, match="太复杂"):
        clean_evidence(data, "证明.pdf")


def test_pdf_that_opens_at_a_page_is_kept() -> None:
    data = pdf(b"/OpenAction [3 0 R /Fit]")

    assert clean_evidence(data, "a.pdf").data == data


def test_ordinary_word_that_begins_like_an_action_is_no_action() -> None:
    assert clean_evidence(pdf(b"/JSONName /x /AAA /y"), "a.pdf").content_type == "application/pdf"
