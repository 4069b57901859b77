"""Drafts: begun, saved, proved, handed in only when the rules allow it and nothing is missing."""

from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent, OutboxMessage
from corrections.models import CorrectionRequest
from corrections.selectors import all_requests, evidence_visible_to
from corrections.services.drafting import (
    add_proof,
    begin_draft,
    hand_in,
    missing_of,
    save_draft,
)
from corrections.services.looks import open_private_note
from corrections.services.rules import change_rules, proof_lines, read_proofs, rules_of
from corrections.states import RequestState
from corrections.states.rules import DEFAULT_LEAD, DEFAULT_PROOFS, Barriers
from enrollment.models import StudentRecord
from tests.factories.corrections import make_proof, make_request

pytestmark = pytest.mark.django_db

ANY_TIME = Barriers(months=(), final_days=0, bars_name_with_number=False)
SECRET = "三年前做过手术"


def saved(draft: CorrectionRequest, actor: User, now: datetime, **given: object) -> None:
    """Save with what matters to the test."""
    usual: dict[str, Any] = {"values": {}, "reasons": [], "note": "", "private_note": ""}
    save_draft(draft=draft, **{**usual, **given}, actor=actor, now=now)


@pytest.fixture
def draft(record: StudentRecord, alice: User, now: datetime) -> CorrectionRequest:
    """A draft on the data of Alice's record."""
    return begin_draft(record=record, kind="DATA", actor=alice, now=now)


def test_draft_is_begun_once_and_keeps_its_rules(
    draft: CorrectionRequest, record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    change_rules(
        school=record.school,
        lead="新的规则",
        key_fields=[],
        barriers=ANY_TIME,
        proofs={},
        actor=li,
        now=now,
    )

    again = begin_draft(record=record, kind="DATA", actor=alice, now=now)

    assert again == draft
    assert draft.rules is not None
    assert (draft.rules.number, draft.rules.lead) == (1, DEFAULT_LEAD)
    assert rules_of(record.school, now=now).number == 2


@pytest.mark.parametrize("name", ["eve", "monitor", "chen", "li"])
def test_draft_of_another_is_not_begun(
    name: str, record: StudentRecord, now: datetime, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowedError):
        begin_draft(record=record, kind="DATA", actor=request.getfixturevalue(name), now=now)


def test_fields_are_kept_with_what_the_record_holds(
    draft: CorrectionRequest, alice: User, now: datetime
) -> None:
    saved(draft, alice, now, values={"name": "沈若谿", "political_status": " "})

    (field,) = draft.fields.all()
    assert (field.field, field.original, field.proposed, field.is_key) == (
        "name",
        "沈若溪",
        "沈若谿",
        True,
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [({"name": "沈若溪"}, "现在就是这样"), ({"remark": "班委"}, "没有这些字段")],
)
def test_odd_values_are_told(
    draft: CorrectionRequest, alice: User, now: datetime, values: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        saved(draft, alice, now, values=values)


def test_ordinary_field_is_handed_in_at_any_time(
    draft: CorrectionRequest, alice: User, now: datetime
) -> None:
    saved(draft, alice, now, values={"political_status": "共青团员"}, note="今年入团")

    hand_in(draft=draft, actor=alice, now=now)

    draft.refresh_from_db()
    assert (draft.state, draft.submitted_at) == (RequestState.SUBMITTED, now)


def test_key_field_waits_for_its_month(
    draft: CorrectionRequest, alice: User, now: datetime
) -> None:
    saved(draft, alice, now, values={"name": "沈若谿"}, note="身份证上是谿")

    with pytest.raises(NotAllowedError, match="3 月、9 月"):
        hand_in(draft=draft, actor=alice, now=now)
    draft.refresh_from_db()
    assert draft.state == RequestState.DRAFT


def test_proofs_of_the_rules_must_be_there(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    change_rules(
        school=record.school,
        lead="随时可以申请",
        key_fields=["name"],
        barriers=ANY_TIME,
        proofs=read_proofs("姓名 | 身份证 | 必交 | 图片 | 1\n姓名 | 公安证明 | 有就交 | PDF"),
        actor=li,
        now=now,
    )
    draft = begin_draft(record=record, kind="DATA", actor=alice, now=now)
    saved(draft, alice, now, values={"name": "沈若谿"}, note="身份证上是谿")
    assert missing_of(draft) == ["还缺“身份证”"]
    with pytest.raises(InvalidInputError, match="还缺“身份证”"):
        hand_in(draft=draft, actor=alice, now=now)
    with pytest.raises(InvalidInputError, match="要交PDF"):
        add_proof(draft=draft, proof=make_proof(), title="公安证明", actor=alice, now=now)

    add_proof(draft=draft, proof=make_proof(), title="身份证", actor=alice, now=now)
    hand_in(draft=draft, actor=alice, now=now)

    assert draft.state == RequestState.SUBMITTED


def test_photo_needs_a_reason(record: StudentRecord, alice: User, now: datetime) -> None:
    draft = begin_draft(record=record, kind="PHOTO", actor=alice, now=now)
    saved(draft, alice, now, note="拍过照")
    assert missing_of(draft) == ["选一个原因"]

    saved(draft, alice, now, note="拍过照", reasons=["MISSING"])
    hand_in(draft=draft, actor=alice, now=now)

    assert (draft.state, draft.reasons) == (RequestState.SUBMITTED, ["MISSING"])


def test_draft_is_seen_by_its_student_alone(
    draft: CorrectionRequest, alice: User, li: User, auditor: User, chen: User, now: datetime
) -> None:
    add_proof(draft=draft, proof=make_proof(), title="身份证", actor=alice, now=now)

    assert evidence_visible_to(alice, now=now).count() == 1
    assert not any(evidence_visible_to(who, now=now).exists() for who in (li, auditor, chen))
    assert draft not in all_requests()


def test_case_from_a_conclusion_keeps_what_it_said(
    record: StudentRecord, alice: User, now: datetime
) -> None:
    case = make_request(record, RequestState.DRAFT)

    saved(case, alice, now, values={"sex": "男"}, note="补充一句", private_note=SECRET)
    hand_in(draft=case, actor=alice, now=now)

    assert [field.field for field in case.fields.all()] == ["name"]
    assert (case.note, case.private_note) == ("补充一句", SECRET)


def test_private_reason_is_for_the_named_roles(
    draft: CorrectionRequest, alice: User, li: User, now: datetime, request: pytest.FixtureRequest
) -> None:
    values = {"political_status": "共青团员"}
    saved(draft, alice, now, values=values, private_note=SECRET)
    hand_in(draft=draft, actor=alice, now=now)

    assert open_private_note(request=draft, viewer=alice, reason="", now=now) == SECRET
    assert open_private_note(request=draft, viewer=li, reason="核实", now=now) == SECRET
    for name in ("monitor", "chen", "secretary", "leader", "auditor", "eve"):
        with pytest.raises(NotAllowedError):
            open_private_note(
                request=draft, viewer=request.getfixturevalue(name), reason="想看", now=now
            )
    event = AuditEvent.objects.get(action="correctionreason.revealed")
    assert (event.reason, event.actor_id) == ("核实", li.actor_id)


def test_private_reason_is_in_no_message_and_no_trail(
    draft: CorrectionRequest, alice: User, now: datetime
) -> None:
    values = {"political_status": "共青团员"}
    saved(draft, alice, now, values=values, private_note=SECRET)
    hand_in(draft=draft, actor=alice, now=now)

    trail = list(AuditEvent.objects.values_list("reason", "details"))
    told = list(OutboxMessage.objects.values_list("params", flat=True))
    assert SECRET not in f"{trail}{told}"


def test_proof_lines_are_read_as_they_are_written() -> None:
    assert read_proofs(proof_lines(DEFAULT_PROOFS)) == {
        field: list(proofs) for field, proofs in DEFAULT_PROOFS.items()
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("鞋码 | 身份证 | 必交 | 图片", "没有“鞋码”"),
        ("姓名 |  | 必交 | 图片", "材料名称"),
        ("姓名 | 身份证 | 随便 | 图片", "要求写成"),
        ("姓名 | 身份证 | 必交 | 视频", "格式写成"),
        ("姓名 | 身份证 | 必交 | 图片 | 6", "大小写 1 到 5"),
        ("姓名 | 身份证 | 必交 | 图片\n姓名 | 身份证 | 必交 | PDF", "第 2 行"),
    ],
)
def test_unreadable_line_is_named(line: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        read_proofs(line)


def test_rules_are_written_by_the_office(
    record: StudentRecord, secretary: User, now: datetime
) -> None:
    with pytest.raises(NotAllowedError):
        change_rules(
            school=record.school,
            lead="随便",
            key_fields=[],
            barriers=ANY_TIME,
            proofs={},
            actor=secretary,
            now=now,
        )
