"""The page as another program reads it: one page, every word, a true code, a true seal."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
import segno
from PIL import Image

from reports.documents.pdf import PrintedReport, render_report_pdf
from reports.documents.signing import new_pkcs12, open_signer, signed
from tests.poppler import Poppler

pytestmark = pytest.mark.unit

NOW = datetime(2026, 6, 12, 6, 32, tzinfo=UTC)
ADDRESS = "https://hedui.yuanshan.example/check/7K3Q9FHM2XWD4RTP/"
ROWS = (
    ("姓名", "沈若溪"),
    ("学校名称", "远山大学"),
    ("层次", "本科"),
    ("专业", "汉语言文学"),
    ("学籍状态", "在籍（注册学籍）"),
)
LONG_NAME = "古丽米热·艾比布力·买买提·阿卜杜热合曼·吐尔逊江·玉素甫·库尔班"


def picture() -> bytes:
    target = BytesIO()
    Image.new("RGB", (480, 640), (100, 197, 255)).save(target, "JPEG")
    return target.getvalue()


def a_report(**changes: Any) -> PrintedReport:
    report = PrintedReport(
        english=False,
        school="远山大学",
        rows=ROWS,
        receiver="青岚文化公司",
        purpose="求职、入职",
        issued="2026年6月12日 星期五 14:32",
        until="2026年9月12日 星期六 24:00",
        made="2026年6月12日 星期五 14:32",
        made_at=NOW,
        code="7K3Q 9FHM 2XWD 4RTP",
        address=ADDRESS,
        check_address="https://hedui.yuanshan.example/check/",
        has_photo=True,
        photo=picture(),
    )
    return replace(report, **changes)


def test_page_says_everything_and_claims_nobody_else_s_title(poppler: Poppler) -> None:
    (text,) = poppler.pages(render_report_pdf(a_report()))

    for words in (
        "在校情况核验单",
        "沈若溪",
        "在籍（注册学籍）",
        "青岚文化公司",
        "7K3Q 9FHM 2XWD 4RTP",
        "https://hedui.yuanshan.example/check/",
        "不是教育部或学信网的文件",
        "不说明现在的状态",
    ):
        assert words in text
    title = poppler.info(render_report_pdf(a_report()))["Title"]
    assert title == "远山大学 在校情况核验单"
    assert "沈若溪" not in title


def test_english_page_is_english_around_the_fields(poppler: Poppler) -> None:
    (text,) = poppler.pages(render_report_pdf(a_report(english=True)))

    assert "Statement of Enrolment" in text
    assert "says nothing about today's status" in " ".join(text.split())
    assert "核验单" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"rows": (("姓名", LONG_NAME), *ROWS[1:])},
        {"rows": (("姓名", "𬱖玥䶮𬭩"), *ROWS[1:])},
        {"rows": tuple((f"项目{n}", f"内容{n}") for n in range(24))},
        {"school": "远山" * 40, "receiver": "单位" * 30, "purpose": "用途" * 30},
        {"photo": None},
        {"has_photo": False, "photo": None},
        {
            "english": True,
            "rows": tuple((f"Field {n}", "值 (recorded in Chinese)") for n in range(22)),
        },
        {"is_demo": True},
    ],
    ids=[
        "long name",
        "rare",
        "many rows",
        "long words",
        "photo gone",
        "no photo",
        "english",
        "demo",
    ],
)
def test_everything_fits_on_one_page(poppler: Poppler, changes: dict[str, Any]) -> None:
    report = a_report(**changes)
    pdf = render_report_pdf(report)

    pages = poppler.pages(pdf)
    assert len(pages) == 1
    squeezed = re.sub(r"\s", "", pages[0])
    for label, value in report.rows:
        assert re.sub(r"\s", "", label) in squeezed
        # A name on two lines stands around its label in the text.
        assert all(re.sub(r"\s", "", part) in squeezed for part in value.split("·"))
    for word in poppler.words(pdf):
        assert word.left >= 0
        assert word.right <= 596
        assert word.bottom <= 842


def test_character_without_a_glyph_stands_as_a_mark(poppler: Poppler) -> None:
    (text,) = poppler.pages(render_report_pdf(a_report(rows=(("姓名", "王\ue000"),))))

    assert "王〓" in text


def test_same_report_and_moment_give_the_same_bytes() -> None:
    assert render_report_pdf(a_report()) == render_report_pdf(a_report())


def test_qr_on_paper_shows_every_module_of_the_address(poppler: Poppler) -> None:
    image = poppler.picture(render_report_pdf(a_report()), dpi=288)
    dots = 288 / 72
    side = 34 * 72 / 25.4 * dots
    left = (595.276 - 20 * 72 / 25.4) * dots - side
    top = (841.89 - (98 - 6) * 72 / 25.4) * dots
    matrix = segno.make_qr(ADDRESS, error="m").matrix
    module = side / len(matrix)
    pixels: Any = image.load()

    seen = [
        [
            int(pixels[round(left + (x + 0.5) * module), round(top + (y + 0.5) * module)] < 128)
            for x in range(len(matrix))
        ]
        for y in range(len(matrix))
    ]

    assert seen == [list(row) for row in matrix]


@pytest.fixture(scope="module")
def sealed() -> bytes:
    pkcs12 = new_pkcs12(name="远山核对", password="", now=NOW)
    signer = open_signer(pkcs12, password="")
    return signed(render_report_pdf(a_report()), signer=signer, name="远山核对", reason="issued")


def test_signature_is_valid_for_another_reader(poppler: Poppler, sealed: bytes) -> None:
    said = poppler.signatures(sealed)

    assert said.count("Signature #") == 1
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "远山核对" in said
    (text,) = poppler.pages(sealed)
    assert "沈若溪" in text


@pytest.mark.parametrize("place", [b"/Title", b"stream\n", b"/MediaBox"])
def test_changed_byte_is_noticed(poppler: Poppler, sealed: bytes, place: bytes) -> None:
    at = sealed.index(place) + len(place) + 3
    changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]

    assert "Signature is Valid." not in poppler.signatures(changed)


def test_addition_behind_the_signature_is_noticed(poppler: Poppler, sealed: bytes) -> None:
    said = poppler.signatures(sealed + b"\n% more\n")

    assert "Total document signed" not in said or "Signature is Valid." not in said


def test_password_of_the_key_is_asked_for() -> None:
    pkcs12 = new_pkcs12(name="远山核对", password="geheim", now=NOW)

    assert open_signer(pkcs12, password="geheim").signing_cert is not None
    with pytest.raises(ValueError, match="PKCS#12"):
        open_signer(pkcs12, password="wrong")
