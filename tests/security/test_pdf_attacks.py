"""PDFs made to keep the server busy, or to hide what they do."""

import time
import zlib

import pytest

from common.errors import InvalidInputError
from common.evidence import clean_evidence

pytestmark = pytest.mark.unit


def hiding(dictionary: bytes, content: bytes) -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< " + dictionary + b" >>\nstream\n" + content + b"\nendstream\n"
        b"endobj\n%%EOF\n"
    )


def test_many_object_streams_without_an_end_are_judged_in_a_moment() -> None:
    data = b"%PDF-1.4\n" + b"/ObjStm stream\n" * 300_000 + b"%%EOF"
    began = time.monotonic()

    with pytest.raises(InvalidInputError, match="太复杂"):
        clean_evidence(data, "a.pdf")

    assert time.monotonic() - began < 10  # the former pattern took a minute for a hundredth of it


@pytest.mark.parametrize(
    ("dictionary", "content"),
    [
        (b"/Type /ObjStm /Filter /FlateDecode", zlib.compress(b"<< /S /JavaScript /JS (x) >>")),
        (
            b"/Type /ObjStm /Filter /FlateDecode" + b" " * 500,
            zlib.compress(b"<< /S /JavaScript /JS (x) >>"),
        ),
        (b"/Type /Obj#53tm /Filter /FlateDecode", zlib.compress(b"<< /S /Launch >>")),
    ],
)
def test_script_in_an_object_stream_is_found(dictionary: bytes, content: bytes) -> None:
    with pytest.raises(InvalidInputError, match="自动运行"):
        clean_evidence(hiding(dictionary, content), "a.pdf")


def test_false_end_of_an_object_stream_hides_nothing() -> None:
    plain = zlib.compressobj(0)
    content = plain.compress(b"endstream\n") + plain.flush(zlib.Z_FULL_FLUSH)
    # What follows the false end is packed, so that only unpacking shows it.
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    script = b"<< /S /JavaScript /JS (x) >>" * 9
    hidden = deflate.compress(script) + deflate.flush()
    checksum = zlib.adler32(b"endstream\n" + script).to_bytes(4, "big")
    assert b"JavaScript" not in hidden

    with pytest.raises(InvalidInputError, match="自动运行"):
        clean_evidence(
            hiding(b"/Type /ObjStm /Filter /FlateDecode", content + hidden + checksum), "a.pdf"
        )


def test_object_stream_packed_in_an_unknown_way_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="太复杂"):
        clean_evidence(
            hiding(b"/Type /ObjStm /Filter /ASCIIHexDecode", b"2F4A617661536372697074>"), "a.pdf"
        )


def test_object_stream_with_a_false_checksum_is_refused() -> None:
    content = zlib.compress(b"<< /S /JavaScript /JS (x) >>")[:-4] + b"0000"

    with pytest.raises(InvalidInputError):
        clean_evidence(hiding(b"/Type /ObjStm /Filter /FlateDecode", content), "a.pdf")
