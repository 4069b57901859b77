"""What leaves the house: tickets and findings, never a name or a number; and the cards that bear both."""

import csv
import io
from datetime import datetime, timedelta
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from accounts.models import User
from common.errors import NotAllowedError
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.identity import new_ticket_code
from imaging.importers import parse_manifest
from imaging.models import CampaignMember, CaptureEntry, CaptureSession
from imaging.selectors.capture_desk import class_alias
from imaging.services.capture_packs import PackFile, cards_for, errata_pack, vendor_pack
from imaging.states import Conclusion, ConclusionKind, MatchState, PhotoReason, SessionKind
from tests.factories import capture, enrolment, imaging
from tests.factories.imaging import portrait
from tests.imaging.services.deliveries import deliver

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def member(alice: User, record: StudentRecord) -> CampaignMember:
    """Alice's record in the campaign of her school."""
    return imaging.make_member(record)


@pytest.fixture
def session(member: CampaignMember, now: datetime) -> CaptureSession:
    """The session of Alice's class, of yesterday."""
    return capture.make_session(member.campaign, starts_at=now - DAY, classes=[member.class_group])


def table(file: PackFile, name: str) -> list[list[str]]:
    with ZipFile(io.BytesIO(file.data)) as archive:
        text = archive.read(name).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def everything_in(file: PackFile) -> str:
    """All text of the archive, the workbooks' cells too."""
    texts = [file.name]
    with ZipFile(io.BytesIO(file.data)) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            if name.endswith(".xlsx"):
                book = CalamineWorkbook.from_filelike(io.BytesIO(data))
                for sheet in book.sheet_names:
                    texts += [
                        str(cell)
                        for row in book.get_sheet_by_name(sheet).to_python()
                        for cell in row
                    ]
                with ZipFile(io.BytesIO(data)) as inner:
                    texts += [
                        inner.read(each).decode(errors="replace") for each in inner.namelist()
                    ]
            else:
                texts.append(data.decode("utf-8-sig"))
    return "\n".join(texts)


def private_values(record: StudentRecord) -> list[str]:
    return [
        record.name,
        record.student_no,
        record.id_number,
        record.candidate_no,
        record.class_group.name if record.class_group else "汉语言文学",
    ]


def test_pack_holds_ticket_session_and_alias(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    ticket = capture.make_ticket(member)

    file = vendor_pack(campaign=member.campaign, session=session, actor=li, now=now)

    assert table(file, "采集号.csv") == [
        ["采集号", "场次", "班级代号"],
        [ticket.code, str(session.pk), class_alias(member.class_group_id)],
    ]
    assert table(file, "场次.csv")[1][:2] == [str(session.pk), "集中拍照"]
    text = everything_in(file)
    assert ticket.code in text
    assert [value for value in private_values(member.record) if value in text] == []
    event = AuditEvent.objects.get(action="capturepack.taken")
    assert event.details == {"campaign": member.campaign_id, "count": 1}


def test_pack_of_a_campaign_names_the_session_of_each(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    philosophy = enrolment.make_class("哲学 2201 班")
    booked = imaging.make_member(enrolment.make_record(class_group=philosophy))
    unplanned = imaging.make_member(enrolment.make_record(class_group=philosophy))
    without = imaging.make_member(enrolment.make_record(class_group=philosophy))
    makeup = capture.make_session(
        member.campaign, SessionKind.MAKEUP, starts_at=now + DAY, seats_taken=1
    )
    booked.capture_bookings.create(session=makeup, booked_at=now, booked_by="本人")
    codes = {each.pk: capture.make_ticket(each).code for each in (member, booked, unplanned)}

    file = vendor_pack(campaign=member.campaign, session=None, actor=li, now=now)

    rows = {row[0]: row[1] for row in table(file, "采集号.csv")[1:]}
    assert rows == {
        codes[member.pk]: str(session.pk),
        codes[booked.pk]: str(makeup.pk),
        codes[unplanned.pk]: "",
    }
    assert without.record.student_no not in everything_in(file)


def test_pack_leaves_voided_tickets_out(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    capture.make_ticket(member, voided_at=now, voided_by="本人")

    with pytest.raises(NotAllowedError, match="发放采集号"):
        vendor_pack(campaign=member.campaign, session=session, actor=li, now=now)


@pytest.mark.parametrize("person", ["alice", "auditor"])
def test_only_the_registrar_takes_packs(
    person: str,
    session: CaptureSession,
    member: CampaignMember,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    actor = request.getfixturevalue(person)
    capture.make_ticket(member)

    for act in (
        lambda: vendor_pack(campaign=member.campaign, session=None, actor=actor, now=now),
        lambda: errata_pack(campaign=member.campaign, actor=actor, now=now),
        lambda: cards_for(session=session, actor=actor, now=now, reason="采集单位要"),
    ):
        with pytest.raises(NotAllowedError, match="教务处"):
            act()
    assert not AuditEvent.objects.exists()


def findings(file: PackFile) -> set[tuple[str, str]]:
    return {(row[0], row[2]) for row in table(file, "差错.csv")[1:]}


def test_errata_say_by_ticket_what_was_wrong(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    class_group = member.class_group
    people = [
        member,
        *(imaging.make_member(enrolment.make_record(class_group=class_group)) for _ in range(6)),
    ]
    missing, twice, put_aside, not_me, mixed, wishes, fine = people
    codes = {each.pk: capture.make_ticket(each).code for each in people}
    for each in people:
        capture.make_visit(session, each, at=now - DAY)
    unknown = new_ticket_code()
    deliver(
        {
            f"{codes[twice.pk]}.jpg": portrait(1),
            f"{codes[twice.pk]} (1).jpg": portrait(2),
            f"{codes[put_aside.pk]}_{codes[mixed.pk]}.jpg": portrait(3),
            f"{codes[not_me.pk]}.jpg": portrait(4),
            f"{codes[fine.pk]}.jpg": portrait(5),
            f"{codes[wishes.pk]}.jpg": portrait(7),
            f"{unknown}.jpg": portrait(6),
        },
        now=now - DAY,
        campaign=member.campaign,
    )
    CaptureEntry.objects.filter(ticket=codes[put_aside.pk]).update(
        state=MatchState.VOIDED, settled_at=now, settled_by="测试"
    )
    for who, reason in ((not_me, PhotoReason.NOT_ME), (wishes, PhotoReason.WANTS_RETAKE)):
        imaging.make_conclusion(
            who,
            ConclusionKind.PHOTO,
            Conclusion.INCORRECT,
            at=now - 2 * DAY,
            reasons=[reason],
            locks_at=now - DAY,
        )

    file = errata_pack(campaign=member.campaign, actor=li, now=now)

    assert findings(file) == {
        (codes[missing.pk], "报到了，没有收到照片"),
        (codes[mixed.pk], "报到了，没有收到照片"),
        (codes[twice.pk], "同一个采集号有几张不同的照片"),
        (codes[put_aside.pk], "这张照片没有采用"),
        (codes[not_me.pk], "学生说照片不是本人"),
        (unknown, "没有这个采集号"),
    }
    rows = table(file, "差错.csv")[1:]
    assert all(len(row[4]) == 16 for row in rows if row[2] != "报到了，没有收到照片")
    text = everything_in(file)
    leaked = [value for each in people for value in private_values(each.record) if value in text]
    assert leaked == []
    assert AuditEvent.objects.get(action="captureerrata.taken").details["count"] == len(rows)


def test_errata_never_repeat_what_a_list_wrongly_called_a_ticket(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    """A column 采集号 filled with document numbers must not be sent around."""
    number = member.record.id_number
    listed = parse_manifest(f"文件名,采集号\na.jpg,{number}\n".encode(), "清单.csv")
    deliver({"a.jpg": portrait(1)}, now=now, manifest=listed, campaign=member.campaign)

    with pytest.raises(NotAllowedError, match="没有要退回"):
        errata_pack(campaign=member.campaign, actor=li, now=now)


def test_cards_are_printed_with_a_reason_that_students_see(
    session: CaptureSession, member: CampaignMember, li: User, now: datetime
) -> None:
    capture.make_ticket(member)
    imaging.make_member(enrolment.make_record(class_group=member.class_group))  # has no ticket

    file = cards_for(session=session, actor=li, now=now, reason="采集单位只收纸卡")

    assert (file.content_type, file.data[:5]) == ("application/pdf", b"%PDF-")
    (event,) = AuditEvent.objects.filter(action="capturecard.revealed")
    assert (event.subject_id, event.reason) == (str(member.record_id), "采集单位只收纸卡")
