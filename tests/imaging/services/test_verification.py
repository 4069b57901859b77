"""Conclusions: who may give what when, what must be seen, what is kept."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q, QuerySet

from accounts.models import User
from common import files, outbox
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.evidence import CleanEvidence
from common.models import AuditEvent, OutboxMessage, StoredFile
from enrollment.models import StudentRecord
from imaging.models import (
    CampaignMember,
    PhotoVersion,
    VerificationConclusion,
    VerificationRound,
)
from imaging.services.verification import (
    Verdict,
    change,
    conclude,
    conclude_both,
    seen_of,
    withdraw,
)
from imaging.states import (
    VERIFICATION,
    Conclusion,
    ConclusionAction,
    ConclusionKind,
    DataReason,
    PhotoReason,
    RoundCause,
)
from tests.factories import imaging

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
ACCEPT, DISPUTE = ConclusionAction.ACCEPT, ConclusionAction.DISPUTE
SECOND = timedelta(seconds=1)
WINDOW = timedelta(hours=24)


@pytest.fixture
def photo(record: StudentRecord) -> PhotoVersion:
    return imaging.make_photo(record)


@pytest.fixture
def member(record: StudentRecord, photo: PhotoVersion) -> CampaignMember:
    return imaging.make_member(record)


def verdict(
    member: CampaignMember, kind: ConclusionKind, action: ConclusionAction = ACCEPT, **fields
) -> Verdict:
    """What the page of this moment would send."""
    record = StudentRecord.objects.get(pk=member.record_id)
    photo = PhotoVersion.objects.filter(record=record, kind="GRADUATION", is_current=True).first()
    locks_at = fields.pop("locks_at", None)
    if action == DISPUTE and "reasons" not in fields:
        if kind == PHOTO:
            fields["reasons"] = (PhotoReason.POOR_QUALITY if photo else PhotoReason.MISSING,)
        else:
            fields |= {"wrong_fields": ("major_name",), "proposed": {"major_name": "汉语国际教育"}}
    return Verdict(action=action, seen=seen_of(record, photo, kind, locks_at=locks_at), **fields)


def row_of(member: CampaignMember, kind: ConclusionKind) -> VerificationConclusion:
    return VerificationConclusion.objects.get(
        round__member=member, round__is_current=True, kind=kind
    )


def events(action: str) -> "QuerySet[AuditEvent]":
    return AuditEvent.objects.filter(action=action)


# --- giving ----------------------------------------------------------------------------------


def test_conclusion_is_given_with_all_that_belongs_to_it(
    alice: User, member: CampaignMember, photo: PhotoVersion, now: datetime
) -> None:
    row = conclude(member=member, kind=PHOTO, verdict=verdict(member, PHOTO), actor=alice, now=now)

    kept = VerificationConclusion.objects.get(pk=row.pk)
    assert (kept.state, kept.seen_photo, kept.seen_digest, kept.concluded_at, kept.locks_at) == (
        Conclusion.CORRECT,
        photo,
        member.record.identity_digest,
        now,
        now + WINDOW,
    )
    assert kept.concluded_by == "a****@example.test"
    assert row_of(member, DATA).state == Conclusion.PENDING
    assert events("verification.concluded").get().details == {
        "kind": "PHOTO",
        "state": "CORRECT",
        "reasons": [],
        "fields": [],
        "photo": photo.pk,
        "locks_at": (now + WINDOW).isoformat(),
    }
    notice = OutboxMessage.objects.get()
    assert (notice.channel, notice.user) == ("NOTICE", alice)
    assert outbox.rendered(notice)[1] == (
        "2026 届毕业图像校对：你提交了“毕业照片正确”。6月13日（星期六）14:32锁定，"
        "锁定以前可以撤回或修改。不是你本人提交的，马上登录撤回并修改密码。"
    )


def test_two_conclusions_are_given_together_with_one_notice(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    rows = conclude_both(
        member=member,
        verdicts={PHOTO: verdict(member, PHOTO), DATA: verdict(member, DATA, DISPUTE)},
        actor=alice,
        now=now,
    )

    assert {row.kind: row.state for row in rows} == {"PHOTO": "CORRECT", "DATA": "INCORRECT"}
    assert {row.locks_at for row in rows} == {now + WINDOW}
    assert OutboxMessage.objects.count() == 1


def test_neither_is_given_when_one_cannot_be(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    with pytest.raises(InvalidInputError):
        conclude_both(
            member=member,
            verdicts={
                DATA: verdict(member, DATA),
                PHOTO: verdict(member, PHOTO, DISPUTE, reasons=()),
            },
            actor=alice,
            now=now,
        )

    assert row_of(member, DATA).state == Conclusion.PENDING


def test_dispute_is_kept_encrypted_with_its_evidence(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    evidence = CleanEvidence(b"%PDF-1.7 proof", "application/pdf", "批准.pdf")

    conclude(
        member=member,
        kind=DATA,
        verdict=verdict(member, DATA, DISPUTE, note=" 2023年转专业 ", evidence=evidence),
        actor=alice,
        now=now,
    )

    row = row_of(member, DATA)
    assert (row.reasons, row.wrong_fields, row.proposed, row.note) == (
        ["FIELD_WRONG"],
        ["major_name"],
        {"major_name": "汉语国际教育"},
        "2023年转专业",
    )
    assert row.evidence is not None
    assert (row.evidence.original_name, row.evidence.encrypted) == ("批准.pdf", True)
    with files.open_sealed(row.evidence) as clear:
        assert clear.read() == b"%PDF-1.7 proof"


def test_lock_comes_no_later_than_the_freeze(alice: User, member: CampaignMember) -> None:
    late = imaging.CLOSES - SECOND

    row = conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=late)

    assert row.locks_at == imaging.FREEZE


def test_window_of_zero_hours_is_final_at_once(
    alice: User, record: StudentRecord, photo: PhotoVersion, now: datetime
) -> None:
    member = imaging.make_member(record, imaging.make_campaign(window_hours=0))

    row = conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=now)

    assert row.locks_at == now
    with pytest.raises(NotAllowedError, match="锁定"):
        withdraw(member=member, kinds=[DATA], actor=alice, now=now)


@pytest.mark.parametrize(
    ("offset", "fits"),
    [
        (imaging.OPENS - SECOND, False),
        (imaging.OPENS, True),
        (imaging.CLOSES - SECOND, True),
        (imaging.CLOSES, False),
        (imaging.CLOSES + SECOND, False),
    ],
)
def test_first_conclusion_fits_the_half_open_window(
    offset: datetime, fits: bool, alice: User, member: CampaignMember
) -> None:
    asked = verdict(member, DATA)

    if fits:
        conclude(member=member, kind=DATA, verdict=asked, actor=alice, now=offset)
    else:
        with pytest.raises(NotAllowedError):
            conclude(member=member, kind=DATA, verdict=asked, actor=alice, now=offset)

    assert (row_of(member, DATA).state != Conclusion.PENDING) is fits


def test_extended_member_may_conclude_after_the_campaign_closed(
    alice: User, member: CampaignMember
) -> None:
    CampaignMember.objects.update(closes_at=imaging.CLOSES + WINDOW)

    row = conclude(
        member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=imaging.CLOSES
    )

    assert row.state == Conclusion.CORRECT


@pytest.mark.parametrize("who", ["eve", "monitor", "chen", "li", "secretary", "leader", "auditor"])
def test_nobody_stands_in_for_the_student(
    who: str, request: pytest.FixtureRequest, alice: User, member: CampaignMember, now: datetime
) -> None:
    other = request.getfixturevalue(who)

    with pytest.raises(NotAllowedError, match="本人"):
        conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=other, now=now)


def test_removed_member_is_told_so(alice: User, member: CampaignMember, now: datetime) -> None:
    CampaignMember.objects.update(removed_at=now, removed_by="李老师")

    with pytest.raises(NotAllowedError, match="名单"):
        conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=now)


# --- the whole table -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(ConclusionKind))
@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("is_owner", [True, False])
@pytest.mark.parametrize("action", list(ConclusionAction))
@pytest.mark.parametrize("state", list(Conclusion))
def test_every_state_and_action_is_decided(  # noqa: PLR0917 -- the axes of the product
    state: Conclusion,
    action: ConclusionAction,
    is_owner: bool,
    locked: bool,
    kind: ConclusionKind,
    alice: User,
    eve: User,
    member: CampaignMember,
    now: datetime,
) -> None:
    imaging.make_conclusion(member, kind, state, at=now - WINDOW if locked else now - SECOND)
    actor = alice if is_owner else eve
    is_locked = locked and state != Conclusion.PENDING
    fits = VERIFICATION.allows(action, source=state) and is_owner and not is_locked

    def act() -> None:
        if action == ConclusionAction.WITHDRAW:
            withdraw(member=member, kinds=[kind], actor=actor, now=now)
        else:
            # Identical repetition is the double click; a different note makes it another verdict.
            note = "另一个窗口" if action == DISPUTE else ""
            asked = verdict(member, kind, action, note=note)
            if action == ACCEPT and state == Conclusion.CORRECT:
                asked = verdict(member, kind, DISPUTE)
            conclude(member=member, kind=kind, verdict=asked, actor=actor, now=now)

    if fits:
        act()
        assert row_of(member, kind).state == VERIFICATION.target(action, source=state)
    else:
        with pytest.raises(DomainError):
            act()
        assert row_of(member, kind).state == state


# --- what was seen ---------------------------------------------------------------------------


def test_photo_replaced_meanwhile_is_told(
    alice: User, record: StudentRecord, member: CampaignMember, now: datetime
) -> None:
    asked = verdict(member, PHOTO)
    imaging.make_photo(record)

    with pytest.raises(StaleStateError, match="照片刚刚换了新的一版"):
        conclude(member=member, kind=PHOTO, verdict=asked, actor=alice, now=now)


@pytest.mark.parametrize(("kind", "digest"), [(DATA, "key_digest"), (PHOTO, "identity_digest")])
def test_data_changed_meanwhile_is_told(
    kind: ConclusionKind, digest: str, alice: User, member: CampaignMember, now: datetime
) -> None:
    asked = verdict(member, kind)
    StudentRecord.objects.filter(pk=member.record_id).update(**{digest: "0" * 32})

    with pytest.raises(StaleStateError, match="学籍信息刚刚有改动"):
        conclude(member=member, kind=kind, verdict=asked, actor=alice, now=now)


def test_new_photo_does_not_disturb_a_conclusion_on_the_data(
    alice: User, record: StudentRecord, member: CampaignMember, now: datetime
) -> None:
    asked = verdict(member, DATA)
    imaging.make_photo(record)

    row = conclude(member=member, kind=DATA, verdict=asked, actor=alice, now=now)

    assert row.state == Conclusion.CORRECT


def test_outdated_conclusion_opens_the_next_round_with_the_new_one(
    alice: User, record: StudentRecord, member: CampaignMember, now: datetime
) -> None:
    imaging.make_conclusion(member, PHOTO, at=now - WINDOW)
    data = imaging.make_conclusion(member, DATA, at=now - WINDOW)
    newer = imaging.make_photo(record)

    row = conclude(member=member, kind=PHOTO, verdict=verdict(member, PHOTO), actor=alice, now=now)

    opened = VerificationRound.objects.get(member=member, is_current=True)
    assert (opened.round_no, opened.cause) == (2, RoundCause.PHOTO_CHANGED)
    assert (row.round, row.seen_photo, row.state) == (opened, newer, Conclusion.CORRECT)
    assert row_of(member, DATA) == data
    before = VerificationConclusion.objects.get(round__member=member, round__round_no=1)
    assert (before.kind, before.state) == ("PHOTO", "CORRECT")


# --- grounds ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        (PHOTO, {"reasons": ()}, "至少一项"),
        (PHOTO, {"reasons": ("UGLY",)}, "不能选"),
        (PHOTO, {"reasons": (PhotoReason.MISSING,)}, "不能选"),
        (PHOTO, {"reasons": (PhotoReason.NOT_ME, PhotoReason.WANTS_RETAKE)}, "不能同时选"),
        (PHOTO, {"reasons": (PhotoReason.SWAPPED, PhotoReason.OLD_PHOTO)}, "不能同时选"),
        (PHOTO, {"reasons": (PhotoReason.OTHER,)}, "写明"),
        (PHOTO, {"reasons": (PhotoReason.NOT_ME,), "note": "字" * 501}, "500 字"),
        (DATA, {"reasons": ()}, "至少一项"),
        (DATA, {"reasons": (DataReason.FIELD_WRONG,)}, "至少一项"),
        (DATA, {"reasons": (DataReason.OTHER,)}, "写明"),
        (DATA, {"reasons": (), "wrong_fields": ("remark",), "proposed": {"remark": "x"}}, "报错"),
        (DATA, {"reasons": (), "wrong_fields": ("name",)}, "姓名应该是什么"),
        (DATA, {"reasons": (), "wrong_fields": ("name",), "proposed": {"name": "字" * 201}}, "200"),
        (
            DATA,
            {"reasons": (), "wrong_fields": ("name",), "proposed": {"name": "沈溪", "sex": "男"}},
            "只能给有误的字段",
        ),
    ],
)
def test_grounds_must_be_whole(
    kind: ConclusionKind,
    fields: dict[str, Any],
    said: str,
    alice: User,
    member: CampaignMember,
    now: datetime,
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        conclude(
            member=member,
            kind=kind,
            verdict=verdict(member, kind, DISPUTE, **fields),
            actor=alice,
            now=now,
        )


def test_missing_photo_can_only_be_wrong(alice: User, record: StudentRecord, now: datetime) -> None:
    member = imaging.make_member(record)

    with pytest.raises(InvalidInputError, match="看不到照片"):
        conclude(member=member, kind=PHOTO, verdict=verdict(member, PHOTO), actor=alice, now=now)
    with pytest.raises(InvalidInputError, match="不能选"):
        conclude(
            member=member,
            kind=PHOTO,
            verdict=verdict(member, PHOTO, DISPUTE, reasons=(PhotoReason.NOT_ME,)),
            actor=alice,
            now=now,
        )
    data = conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=now)
    missing = conclude(
        member=member, kind=PHOTO, verdict=verdict(member, PHOTO, DISPUTE), actor=alice, now=now
    )

    assert (data.state, missing.state) == (Conclusion.CORRECT, Conclusion.INCORRECT)
    assert missing.reasons == ["MISSING"]


def test_campaign_chooses_the_reasons(alice: User, record: StudentRecord, now: datetime) -> None:
    imaging.make_photo(record)
    member = imaging.make_member(record, imaging.make_campaign(photo_reasons=["NOT_ME"]))

    with pytest.raises(InvalidInputError, match="不能选"):
        conclude(
            member=member, kind=PHOTO, verdict=verdict(member, PHOTO, DISPUTE), actor=alice, now=now
        )


# --- taking back and changing ----------------------------------------------------------------


def test_withdrawn_conclusion_leaves_nothing_behind(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    evidence = CleanEvidence(b"%PDF-1.7", "application/pdf", "批准.pdf")
    conclude(
        member=member,
        kind=DATA,
        verdict=verdict(member, DATA, DISPUTE, evidence=evidence),
        actor=alice,
        now=now,
    )
    later = now + WINDOW - SECOND

    withdraw(member=member, kinds=[DATA], actor=alice, now=later)

    row = row_of(member, DATA)
    assert (row.state, row.reasons, row.wrong_fields, row.proposed, row.note, row.evidence) == (
        Conclusion.PENDING,
        [],
        [],
        None,
        None,
        None,
    )
    assert (row.concluded_at, row.concluded_by, row.locks_at, row.seen_digest) == (
        None,
        "",
        None,
        "",
    )
    assert StoredFile.objects.get(kind="evidence").retain_until == later
    assert events("verification.withdrawn").get().details == {"kind": "DATA", "state": "INCORRECT"}


@pytest.mark.parametrize(
    ("offset", "fits"), [(-SECOND, True), (SECOND * 0, False), (SECOND, False)]
)
def test_withdrawal_ends_at_the_very_second_of_the_lock(
    offset: timedelta, fits: bool, alice: User, member: CampaignMember, now: datetime
) -> None:
    conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=now)
    moment = now + WINDOW + offset

    if fits:
        withdraw(member=member, kinds=[DATA], actor=alice, now=moment)
    else:
        with pytest.raises(NotAllowedError, match="锁定"):
            withdraw(member=member, kinds=[DATA], actor=alice, now=moment)

    assert (row_of(member, DATA).state == Conclusion.PENDING) is fits


def test_after_the_deadline_a_conclusion_is_changed_but_not_taken_back(
    alice: User, member: CampaignMember
) -> None:
    given = conclude(
        member=member,
        kind=DATA,
        verdict=verdict(member, DATA),
        actor=alice,
        now=imaging.CLOSES - SECOND,
    )
    late = imaging.CLOSES + timedelta(hours=1)

    with pytest.raises(NotAllowedError, match="还可以修改"):
        withdraw(member=member, kinds=[DATA], actor=alice, now=late)
    changed = change(
        member=member,
        kind=DATA,
        verdict=verdict(member, DATA, DISPUTE, locks_at=given.locks_at),
        actor=alice,
        now=late,
    )

    assert (changed.state, changed.locks_at) == (Conclusion.INCORRECT, imaging.FREEZE)


def test_change_starts_a_new_window_and_keeps_the_evidence(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    evidence = CleanEvidence(b"%PDF-1.7", "application/pdf", "批准.pdf")
    given = conclude(
        member=member,
        kind=DATA,
        verdict=verdict(member, DATA, DISPUTE, evidence=evidence),
        actor=alice,
        now=now,
    )
    later = now + timedelta(hours=3)

    changed = change(
        member=member,
        kind=DATA,
        verdict=verdict(member, DATA, DISPUTE, note="补充", locks_at=given.locks_at),
        actor=alice,
        now=later,
    )

    assert (changed.concluded_at, changed.locks_at, changed.note) == (later, later + WINDOW, "补充")
    assert changed.evidence == StoredFile.objects.get(kind="evidence")
    assert StoredFile.objects.get(kind="evidence").retain_until is None
    assert events("verification.concluded").order_by("-pk")[0].details["replaces"] == "INCORRECT"


def test_change_from_a_stale_page_is_refused(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=now)
    stale = verdict(member, DATA, DISPUTE, locks_at=now + WINDOW - SECOND)

    with pytest.raises(StaleStateError, match="刚刚已经提交为“正确”"):
        change(member=member, kind=DATA, verdict=stale, actor=alice, now=now + SECOND)


def test_change_of_what_was_withdrawn_elsewhere_is_refused(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    given = conclude(member=member, kind=DATA, verdict=verdict(member, DATA), actor=alice, now=now)
    asked = verdict(member, DATA, DISPUTE, locks_at=given.locks_at)
    withdraw(member=member, kinds=[DATA], actor=alice, now=now + SECOND)

    with pytest.raises(StaleStateError, match="另一个窗口"):
        change(member=member, kind=DATA, verdict=asked, actor=alice, now=now + SECOND)


def test_second_click_of_a_double_click_changes_nothing(
    alice: User, member: CampaignMember, now: datetime
) -> None:
    asked = verdict(member, DATA, DISPUTE)
    conclude(member=member, kind=DATA, verdict=asked, actor=alice, now=now)

    again = conclude(member=member, kind=DATA, verdict=asked, actor=alice, now=now + SECOND)

    assert again.concluded_at == now
    assert (events("verification.concluded").count(), OutboxMessage.objects.count()) == (1, 1)


# --- time, twice -----------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [-SECOND, 0 * SECOND, SECOND])
def test_lock_means_the_same_in_python_and_in_sql(
    offset: timedelta, member: CampaignMember, now: datetime
) -> None:
    row = imaging.make_conclusion(member, DATA, at=now)
    moment = now + WINDOW + offset

    found = VerificationConclusion.objects.locked_at(moment).filter(pk=row.pk).exists()

    assert found == row.is_locked_at(moment) == (offset >= 0 * SECOND)


@pytest.mark.parametrize("kind", list(ConclusionKind))
@pytest.mark.parametrize("state", list(Conclusion))
@pytest.mark.parametrize("had_photo", [True, False])
@pytest.mark.parametrize("what", ["nothing", "photo", "key", "identity", "no photo"])
def test_validity_means_the_same_in_python_and_in_sql(
    what: str,
    had_photo: bool,
    state: Conclusion,
    kind: ConclusionKind,
    record: StudentRecord,
    now: datetime,
) -> None:
    if had_photo:
        imaging.make_photo(record)
    elif kind == PHOTO and state == Conclusion.CORRECT:
        state = Conclusion.INCORRECT
    member = imaging.make_member(record)
    row = imaging.make_conclusion(member, kind, state, at=now)
    if what == "photo":
        imaging.make_photo(record)
    elif what == "no photo":
        PhotoVersion.objects.update(is_current=False, ended_at=now, ended_by="李老师")
    elif what != "nothing":
        StudentRecord.objects.filter(pk=record.pk).update(**{f"{what}_digest": "0" * 32})
    record.refresh_from_db()
    current = PhotoVersion.objects.filter(record=record, is_current=True).first()

    truth = row.is_valid(
        key_digest=record.key_digest,
        identity_digest=record.identity_digest,
        photo_id=current.pk if current else None,
    )

    rows = VerificationConclusion.objects.filter(pk=row.pk)
    assert rows.valid().exists() is truth
    assert rows.invalid().exists() is not truth
    assert rows.with_validity().filter(Q(("holds", truth))).exists()
