"""The file that the student downloads, and the key that signs it."""

import re
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from accounts.models import User
from common.errors import NotAllowedError
from enrollment.models import StudentRecord
from reports.documents.signing import new_pkcs12
from reports.services.certificate import ensure_certificate, signer
from reports.services.paper import printed_report, report_address, report_pdf
from reports.states import ReportLanguage, ReportPurpose
from tests.factories.imaging import make_photo
from tests.factories.reports import make_report

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def own_key(settings: Any, tmp_path: Path) -> Path:
    settings.REPORT_OWN_P12 = tmp_path / "report_signing.p12"
    return tmp_path / "report_signing.p12"


def test_first_report_makes_a_key_that_only_the_service_reads(
    alice: User, record: StudentRecord, now: datetime, own_key: Path
) -> None:
    report = make_report(record, photo=make_photo(record))

    pdf = report_pdf(report=report, actor=alice, now=now)
    first = own_key.read_bytes()
    report_pdf(report=report, actor=alice, now=now)

    assert pdf.startswith(b"%PDF-")
    assert b"/ByteRange" in pdf
    assert own_key.read_bytes() == first
    assert stat.S_IMODE(own_key.stat().st_mode) == 0o600
    assert list(own_key.parent.iterdir()) == [own_key]


def test_school_s_own_certificate_is_used(settings: Any, tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "school.p12"
    path.write_bytes(new_pkcs12(name="远山大学", password="geheim", now=now))
    settings.REPORT_SIGNING_P12, settings.REPORT_SIGNING_PASSWORD = str(path), "geheim"

    certificate = signer(now=now).signing_cert

    assert certificate is not None
    assert "远山大学" in certificate.subject.human_friendly


def test_key_that_does_not_open_names_the_remedy(
    settings: Any, tmp_path: Path, now: datetime
) -> None:
    settings.REPORT_SIGNING_P12 = str(tmp_path / "absent.p12")
    with pytest.raises(ImproperlyConfigured, match="REPORT_SIGNING_P12"):
        signer(now=now)

    path = tmp_path / "school.p12"
    path.write_bytes(new_pkcs12(name="远山大学", password="geheim", now=now))
    settings.REPORT_SIGNING_P12, settings.REPORT_SIGNING_PASSWORD = str(path), "wrong"
    with pytest.raises(ImproperlyConfigured, match="REPORT_SIGNING_PASSWORD"):
        signer(now=now)


def test_command_makes_the_key_once(capsys: pytest.CaptureFixture[str], own_key: Path) -> None:
    call_command("create_report_certificate")
    first = own_key.read_bytes()
    call_command("create_report_certificate")

    assert own_key.read_bytes() == first
    said = capsys.readouterr().out
    assert str(own_key) in said
    assert re.search(r"valid until 20\d\d-", said)


def test_two_processes_share_the_first_key(own_key: Path, now: datetime) -> None:
    own_key.write_bytes(new_pkcs12(name="x", password="", now=now))
    kept = own_key.read_bytes()

    assert ensure_certificate(now=now) == own_key
    assert own_key.read_bytes() == kept


def test_only_the_owner_of_an_active_report_gets_the_file(
    alice: User, li: User, record: StudentRecord, now: datetime
) -> None:
    report = make_report(record)
    with pytest.raises(NotAllowedError):
        report_pdf(report=report, actor=li, now=now)

    closed = make_report(record, closed_at=now, closed_by="本人")
    with pytest.raises(NotAllowedError, match="有效"):
        report_pdf(report=closed, actor=alice, now=now)


def test_qr_holds_nothing_but_the_address(
    alice: User, record: StudentRecord, now: datetime, settings: Any
) -> None:
    report = make_report(record)

    assert report_address(report) == f"{settings.BASE_URL}/check/{report.code}/"
    assert printed_report(report, now=now).address == report_address(report)


def test_english_paper_writes_moments_and_own_purpose(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    report = make_report(
        record,
        language=ReportLanguage.EN,
        purpose=ReportPurpose.OTHER,
        purpose_text="Summer school",
        expires_at=datetime.fromisoformat("2026-09-13T00:00:00+08:00"),
    )

    page = printed_report(report, now=now)

    assert page.purpose == "Summer school"
    assert page.until == "2026-09-12, end of day (UTC+8)"
    assert page.made == "2026-06-12 14:32 (UTC+8)"
    assert ("Major", "汉语言文学 (recorded in Chinese)") in page.rows
