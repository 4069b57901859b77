"""A person's word on a photo: on record with its reason, and nothing moves by it."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import CaptureEntry, PhotoRuling, PhotoVersion
from imaging.services.rulings import measure_entry, rule_on_photo
from imaging.states import MatchState, Ruling
from tests.factories import imaging
from tests.factories.imaging import portrait
from tests.imaging.services.deliveries import deliver, entry_named

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def entry(record: StudentRecord, now: datetime) -> CaptureEntry:
    """A matched photo with one remark from long ago."""
    version = imaging.make_photo(record)
    remark = {"code": "low_quality", "message": "JPEG 压缩品质约为 50"}
    CaptureEntry.objects.filter(pk=version.entry_id).update(warnings=[remark])
    return CaptureEntry.objects.get(pk=version.entry_id)


def test_ruling_is_written_with_reason_and_what_it_overrules(
    entry: CaptureEntry, record: StudentRecord, li: User, now: datetime
) -> None:
    made = rule_on_photo(entry=entry, ruling=Ruling.USABLE, reason=" 画面清楚 ", actor=li, now=now)

    assert (made.reason, made.remarks, made.ruled_at, made.ruled_by) == (
        "画面清楚",
        ["low_quality"],
        now,
        li.actor_label,
    )
    event = AuditEvent.objects.get(action="entry.ruled")
    assert (event.reason, event.subject_id) == ("画面清楚", str(record.pk))
    assert event.details == {"ruling": "USABLE", "remarks": ["low_quality"]}


@pytest.mark.parametrize("ruling", Ruling)
def test_ruling_moves_neither_photo_nor_match(
    entry: CaptureEntry, li: User, now: datetime, ruling: Ruling
) -> None:
    before = list(PhotoVersion.objects.values()), entry.state, entry.record_id

    rule_on_photo(entry=entry, ruling=ruling, reason="看过", actor=li, now=now)

    entry.refresh_from_db()
    assert (list(PhotoVersion.objects.values()), entry.state, entry.record_id) == before


def test_later_ruling_leaves_the_earlier_one(entry: CaptureEntry, li: User, now: datetime) -> None:
    rule_on_photo(entry=entry, ruling=Ruling.RETAKE, reason="闭眼", actor=li, now=now)
    rule_on_photo(
        entry=entry,
        ruling=Ruling.USABLE,
        reason="再看是睁着的",
        actor=li,
        now=now + timedelta(hours=1),
    )

    assert list(entry.rulings.order_by("pk").values_list("ruling", "reason")) == [
        ("RETAKE", "闭眼"),
        ("USABLE", "再看是睁着的"),
    ]


def test_ruling_without_a_reason_is_refused(entry: CaptureEntry, li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError) as refused:
        rule_on_photo(entry=entry, ruling=Ruling.USABLE, reason="  ", actor=li, now=now)

    assert refused.value.field == "reason"
    assert not PhotoRuling.objects.exists()


def test_database_refuses_a_ruling_without_a_reason(entry: CaptureEntry, now: datetime) -> None:
    with pytest.raises(IntegrityError):
        PhotoRuling.objects.create(
            entry=entry, ruling=Ruling.USABLE, reason="", ruled_at=now, ruled_by="测试"
        )


@pytest.mark.parametrize("person", ["alice", "chen", "secretary", "auditor", "eve"])
def test_only_the_registrar_rules_and_measures(
    entry: CaptureEntry, now: datetime, person: str, request: pytest.FixtureRequest
) -> None:
    who = request.getfixturevalue(person)

    with pytest.raises(NotAllowedError):
        rule_on_photo(entry=entry, ruling=Ruling.USABLE, reason="x", actor=who, now=now)
    with pytest.raises(NotAllowedError):
        measure_entry(entry=entry, actor=who, now=now)


def test_voided_photo_is_not_ruled_on(li: User, now: datetime) -> None:
    deliver({"2022049999.jpg": portrait(5)}, now=now)
    stray = entry_named("2022049999.jpg")
    seen_before = CaptureEntry.objects.get(pk=stray.pk)
    CaptureEntry.objects.filter(pk=stray.pk).update(state=MatchState.VOIDED)

    with pytest.raises(StaleStateError):
        rule_on_photo(entry=seen_before, ruling=Ruling.USABLE, reason="x", actor=li, now=now)


def test_measuring_adds_the_look_and_leaves_other_remarks(
    entry: CaptureEntry, li: User, now: datetime
) -> None:
    stale = {"code": "border", "message": "边框"}
    entry.warnings = [*entry.warnings, stale]
    entry.save()

    measured = measure_entry(entry=entry, actor=li, now=now)

    entry.refresh_from_db()
    codes = [remark["code"] for remark in entry.warnings]
    assert entry.measures["look"]["width"] == 480
    assert codes[0] == "low_quality"
    assert "border" not in codes
    assert measured.warnings == entry.warnings
    assert AuditEvent.objects.filter(action="entry.measured").count() == 1


def test_measuring_twice_says_the_same(entry: CaptureEntry, li: User, now: datetime) -> None:
    first = measure_entry(entry=entry, actor=li, now=now)
    second = measure_entry(entry=entry, actor=li, now=now)

    assert (first.measures, first.warnings) == (second.measures, second.warnings)


def test_photo_whose_file_is_gone_cannot_be_measured(
    entry: CaptureEntry, li: User, now: datetime
) -> None:
    entry.published.purged_at = now
    entry.published.save()

    with pytest.raises(StaleStateError):
        measure_entry(entry=entry, actor=li, now=now)
