"""Identity reviews: from the delivered result to the end by two, and everything that is refused on the way."""

import io
import zipfile
from datetime import date, datetime, timedelta

import pytest
from PIL import Image

from accounts.models import User
from accounts.states import Role
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.files import read
from common.models import AuditEvent, FileView, OutboxMessage
from enrollment.models import StudentRecord
from enrollment.states import AssignmentRole, ImportState
from imaging.models import IdentityReview, ReviewImport, ReviewSeat
from imaging.selectors.reviews import checklist_of, records_under_review, reviews_visible_to
from imaging.services import review as service
from imaging.states import PhotoKind
from imaging.states.review import (
    DEFAULT_PAPERS,
    ComparisonResult,
    DocumentNeed,
    PanelOpinion,
    ReviewEndAction,
    ReviewEndKind,
    ReviewRowOutcome,
    ReviewState,
    SeatRole,
)
from tests.factories import enrolment, imaging, people
from tests.factories import review as reviewing
from tests.factories.corrections import picture_bytes

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

RESULT = ComparisonResult
DAY = timedelta(days=1)


@pytest.fixture
def wu(now: datetime) -> User:
    """A handler."""
    return reviewing.make_handler("wu@example.test", at=now)


@pytest.fixture
def zheng(now: datetime) -> User:
    """Another handler."""
    return reviewing.make_handler("zheng@example.test", at=now)


@pytest.fixture
def everybody(request: pytest.FixtureRequest) -> dict[str, User]:
    """The people of the tests by name, all of them."""
    names = ("wu", "zheng", "li", "auditor", "chen", "secretary", "leader", "alice", "eve")
    return {name: request.getfixturevalue(name) for name in names}


@pytest.fixture
def review(alice: User, record: StudentRecord, now: datetime) -> IdentityReview:
    """The case about Alice's record."""
    return reviewing.make_review(record, at=now)


def uploaded(record: StudentRecord, text: str, actor: User, now: datetime) -> ReviewImport:
    return service.upload_results(
        file=io.BytesIO(text.encode()),
        file_name="比对.csv",
        school=record.school,
        due_at=now + 7 * DAY,
        actor=actor,
        now=now,
    )


def fresh(review: IdentityReview) -> IdentityReview:
    return IdentityReview.objects.get(pk=review.pk)


def at_college(review: IdentityReview, secretary: User, wu: User, now: datetime) -> IdentityReview:
    """Complete, with the college's person named, and handed over."""
    reviewing.complete(review, at=now)
    reviewing.make_seat(review, secretary, SeatRole.COLLEGE, at=now)
    return service.submit_to_college(review=fresh(review), actor=wu, now=now)


def confirmed(review: IdentityReview, secretary: User, wu: User, now: datetime) -> IdentityReview:
    at_college(review, secretary, wu, now)
    return service.confirm_by_college(
        review=fresh(review), opinion="本人到场，和录取材料一致", actor=secretary, now=now
    )


def agreed(
    review: IdentityReview,
    secretary: User,
    wu: User,
    now: datetime,
    opinion: PanelOpinion = PanelOpinion.SAME,
) -> IdentityReview:
    """The panel has met and its chair has handed in the conclusion."""
    confirmed(review, secretary, wu, now)
    panel = reviewing.make_panel(review, at=now)
    service.convene_panel(review=fresh(review), actor=wu, now=now)
    reviewing.complete(review, [DocumentNeed.PANEL], at=now)
    for member in panel:
        service.give_opinion(
            review=fresh(review), opinion=opinion, grounds="看过本人和档案", actor=member, now=now
        )
    return service.agree(
        review=fresh(review),
        opinion=opinion,
        minutes="三人到会，一致认定",
        met_date=now.date(),
        actor=panel[0],
        now=now,
    )


# --- results ----------------------------------------------------------------------------------


def test_results_are_judged_before_anything_happens(
    alice: User, record: StudentRecord, wu: User, now: datetime
) -> None:
    other = enrolment.make_record(class_group=record.class_group, student_no="2022040199")
    text = (
        "学号,姓名,比对结果\n"
        "2022040127,沈若溪,未通过\n"
        "2022040199,张冠李,不确定\n"
        "2022049999,,异常\n"
        "2022040127,,异常\n"
        "2022040199,,很像\n"
    )
    made = uploaded(record, text, wu, now)

    rows = list(made.rows.order_by("row_no").values_list("outcome", "finding"))
    assert [outcome for outcome, _ in rows] == ["OPEN", "ERROR", "ERROR", "ERROR", "ERROR"]
    assert "姓名和名册里" in rows[1][1]
    assert "名册里没有" in rows[2][1]
    assert "第 2 行" in rows[3][1]
    assert "很像" in rows[4][1]
    assert not IdentityReview.objects.exists()
    record.refresh_from_db()
    assert record.hidden_at is None
    assert other.name not in "".join(finding for _, finding in rows)


def test_not_passed_hides_the_record_and_tells_one_dignified_sentence(
    alice: User, record: StudentRecord, wu: User, now: datetime
) -> None:
    made = uploaded(record, "学号,比对结果\n2022040127,未通过\n", wu, now)
    service.apply_review_import(review_import=made, actor=wu, now=now)

    review = IdentityReview.objects.get()
    record.refresh_from_db()
    assert (review.result, review.state, review.hid_record) == ("NOT_PASSED", "COLLECTING", True)
    assert record.hidden_at == now
    assert "比对" not in record.hidden_reason
    templates = set(OutboxMessage.objects.values_list("template", flat=True))
    assert templates == {"identity_review_opened"}
    made.refresh_from_db()
    assert made.state == ImportState.APPLIED
    assert AuditEvent.objects.filter(action="review.opened", subject_id=str(record.pk)).exists()
    assert records_under_review([record.pk]) == {record.pk}


@pytest.mark.parametrize("said", ["不确定", "异常"])
def test_other_results_hide_nothing(
    said: str, alice: User, record: StudentRecord, wu: User, now: datetime
) -> None:
    made = uploaded(record, f"学号,比对结果\n2022040127,{said}\n", wu, now)
    service.apply_review_import(review_import=made, actor=wu, now=now)

    record.refresh_from_db()
    assert record.hidden_at is None
    assert not IdentityReview.objects.get().hid_record


def test_rules_decide_what_is_hidden(
    alice: User, record: StudentRecord, wu: User, now: datetime
) -> None:
    service.change_rules(
        school=record.school,
        papers=service.read_papers("身份证 | 必交"),
        hides=[RESULT.ABNORMAL],
        folder_rule="{学号}",
        file_rule="{学号}-{序号}",
        basis="",
        actor=wu,
        now=now,
    )
    made = uploaded(record, "学号,比对结果\n2022040127,异常\n", wu, now)
    service.apply_review_import(review_import=made, actor=wu, now=now)

    record.refresh_from_db()
    assert record.hidden_at == now


def test_record_that_was_hidden_before_stays_so_at_the_end(
    alice: User, record: StudentRecord, wu: User, zheng: User, now: datetime
) -> None:
    StudentRecord.objects.filter(pk=record.pk).update(
        hidden_at=now, hidden_by="测试", hidden_reason="别的事"
    )
    made = uploaded(record, "学号,比对结果\n2022040127,未通过\n", wu, now)
    service.apply_review_import(review_import=made, actor=wu, now=now)
    review = IdentityReview.objects.get()
    end = service.propose_end(
        review=review, kind=ReviewEndKind.MISTAKEN, reason="导错了", actor=wu, now=now
    )
    service.decide_end(end=end, action=ReviewEndAction.CONFIRM, actor=zheng, now=now)

    record.refresh_from_db()
    assert record.hidden_reason == "别的事"


def test_later_result_is_noted_in_the_open_case(
    review: IdentityReview, wu: User, now: datetime
) -> None:
    made = uploaded(review.record, "学号,比对结果\n2022040127,通过\n", wu, now)
    assert made.rows.get().outcome == ReviewRowOutcome.AGAIN
    service.apply_review_import(review_import=made, actor=wu, now=now)

    assert fresh(review).compared_again == RESULT.PASSED
    assert IdentityReview.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "is_hidden"), [("未通过", True), ("异常", False), ("通过", False)]
)
def test_later_result_hides_the_record_where_the_rules_demand_it(
    alice: User, record: StudentRecord, wu: User, now: datetime, *, said: str, is_hidden: bool
) -> None:
    first = uploaded(record, "学号,比对结果\n2022040127,不确定\n", wu, now)
    service.apply_review_import(review_import=first, actor=wu, now=now)
    OutboxMessage.objects.all().delete()

    later = uploaded(record, f"学号,比对结果\n2022040127,{said}\n", wu, now)
    assert ("学籍暂不显示" in later.rows.get().finding) is is_hidden
    service.apply_review_import(review_import=later, actor=wu, now=now)

    record.refresh_from_db()
    assert (record.hidden_at == now) is is_hidden
    assert "比对" not in record.hidden_reason
    assert IdentityReview.objects.get().hid_record is is_hidden
    assert not OutboxMessage.objects.exists()  # the student knows where to go, and reads no result


def test_record_hidden_by_a_later_result_is_shown_at_the_end(
    alice: User, record: StudentRecord, wu: User, zheng: User, now: datetime
) -> None:
    for said in ("不确定", "未通过", "异常"):
        made = uploaded(record, f"学号,比对结果\n2022040127,{said}\n", wu, now)
        service.apply_review_import(review_import=made, actor=wu, now=now)
    review = IdentityReview.objects.get()
    assert (review.compared_again, review.hid_record) == (RESULT.ABNORMAL, True)

    end = service.propose_end(
        review=review, kind=ReviewEndKind.MISTAKEN, reason="导错了", actor=wu, now=now
    )
    service.decide_end(end=end, action=ReviewEndAction.CONFIRM, actor=zheng, now=now)

    record.refresh_from_db()
    assert record.hidden_at is None


def test_passed_without_a_case_does_nothing(
    alice: User, record: StudentRecord, wu: User, now: datetime
) -> None:
    made = uploaded(record, "学号,比对结果\n2022040127,通过\n", wu, now)
    service.apply_review_import(review_import=made, actor=wu, now=now)

    assert made.rows.get().outcome == ReviewRowOutcome.NOTHING
    assert not IdentityReview.objects.exists()


def test_list_is_applied_once(alice: User, record: StudentRecord, wu: User, now: datetime) -> None:
    made = uploaded(record, "学号,比对结果\n2022040127,异常\n", wu, now)
    stale = ReviewImport.objects.get(pk=made.pk)
    service.apply_review_import(review_import=made, actor=wu, now=now)

    with pytest.raises(StaleStateError):
        service.apply_review_import(review_import=stale, actor=wu, now=now)
    with pytest.raises(StaleStateError):
        service.discard_review_import(review_import=made, actor=wu, now=now)
    assert IdentityReview.objects.count() == 1


def test_list_that_is_put_aside_keeps_no_rows(
    alice: User, record: StudentRecord, wu: User, now: datetime
) -> None:
    made = uploaded(record, "学号,比对结果\n2022040127,异常\n", wu, now)
    service.discard_review_import(review_import=made, actor=wu, now=now)

    assert made.rows.count() == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("姓名,比对结果\n沈若溪,异常\n", "找不到表头"),
        ("学号,比对结果\n", "一行也没有"),
        ("", "空的"),
    ],
)
def test_list_that_is_none_is_refused(
    text: str, said: str, record: StudentRecord, wu: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        uploaded(record, text, wu, now)


def test_office_without_a_name_imports_nothing(
    li: User, auditor: User, record: StudentRecord, now: datetime
) -> None:
    for user in (li, auditor):
        with pytest.raises(NotAllowedError, match="指定的人"):
            uploaded(record, "学号,比对结果\n2022040127,异常\n", user, now)


# --- who is named -----------------------------------------------------------------------------


def test_registrar_names_another_and_never_oneself(
    li: User, auditor: User, chen: User, now: datetime
) -> None:
    wang = people.make_staff(Role.REGISTRAR, "wang@example.test")
    made = service.name_handler(user=wang, name="王老师", actor=li, now=now)

    assert AuditEvent.objects.filter(action="reviewer.named", object_id=str(made.pk)).exists()
    for actor, user in ((li, li), (auditor, li), (chen, li), (li, chen), (li, auditor)):
        with pytest.raises(NotAllowedError):
            service.name_handler(user=user, name="某老师", actor=actor, now=now)
    with pytest.raises(StaleStateError):
        service.name_handler(user=wang, name="王老师", actor=li, now=now)


def test_seats_are_for_the_right_people(
    review: IdentityReview, everybody: dict[str, User], now: datetime
) -> None:
    wu, zheng, li, chen, secretary, alice, eve = (
        everybody[name] for name in ("wu", "zheng", "li", "chen", "secretary", "alice", "eve")
    )

    def name(user: User, role: SeatRole, actor: User = wu) -> ReviewSeat:
        return service.name_seat(
            review=fresh(review), user=user, role=role, name="某老师", actor=actor, now=now
        )

    refused = [
        (chen, SeatRole.COLLEGE, wu),
        (li, SeatRole.COLLEGE, wu),
        (zheng, SeatRole.MEMBER, wu),
        (wu, SeatRole.CHAIR, wu),
        (eve, SeatRole.MEMBER, wu),
        (alice, SeatRole.MEMBER, wu),
        (secretary, SeatRole.COLLEGE, li),
    ]
    for user, role, actor in refused:
        with pytest.raises(NotAllowedError):
            name(user, role, actor)
    name(secretary, SeatRole.COLLEGE)
    name(chen, SeatRole.MEMBER)
    with pytest.raises(NotAllowedError, match="已经有角色"):
        name(secretary, SeatRole.MEMBER)


def test_secretary_of_another_college_is_not_named(
    review: IdentityReview, wu: User, now: datetime
) -> None:
    user = people.make_user("other@example.test")
    other = enrolment.make_college("理学院")
    enrolment.assign(user, AssignmentRole.COLLEGE_SECRETARY, college=other)

    with pytest.raises(NotAllowedError, match="所在学院"):
        service.name_seat(
            review=review, user=user, role=SeatRole.COLLEGE, name="某", actor=wu, now=now
        )


def test_only_named_people_find_the_case(
    review: IdentityReview, everybody: dict[str, User], now: datetime
) -> None:
    wu, secretary = everybody["wu"], everybody["secretary"]
    seat = reviewing.make_seat(review, secretary, SeatRole.COLLEGE, at=now)

    def found(user: User) -> bool:
        return reviews_visible_to(user, now=now).filter(pk=review.pk).exists()

    everybody.pop("zheng")
    assert {name for name, user in everybody.items() if found(user)} == {"wu", "secretary"}
    service.end_seat(seat=seat, actor=wu, now=now)
    assert not found(secretary)


def test_seat_counts_only_while_the_post_is_held_and_the_case_open(
    review: IdentityReview, secretary: User, now: datetime
) -> None:
    reviewing.make_seat(review, secretary, SeatRole.COLLEGE, at=now)
    secretary.assignments.update(ends_at=now + DAY)

    assert reviews_visible_to(secretary, now=now).exists()
    assert not reviews_visible_to(secretary, now=now + DAY).exists()
    secretary.assignments.update(ends_at=None)
    IdentityReview.objects.update(state=ReviewState.RELEASED, closed_at=now, closed_by="测试")
    assert not reviews_visible_to(secretary, now=now).exists()


def test_party_neither_sees_nor_decides_even_as_handler(wu: User, now: datetime) -> None:
    """Whoever holds the number of the record, bound or not, is its party."""
    own = enrolment.make_record(student_no="2022040155", name="吴远")
    people.make_identity(wu, name="吴远", number=own.id_number)
    review = reviewing.make_review(own, at=now)

    assert not reviews_visible_to(wu, now=now).exists()
    for act in (
        lambda: service.submit_to_college(review=fresh(review), actor=wu, now=now),
        lambda: service.propose_end(
            review=fresh(review), kind=ReviewEndKind.MISTAKEN, reason="x", actor=wu, now=now
        ),
    ):
        with pytest.raises(NotAllowedError, match="你自己的学籍"):
            act()
    made = uploaded(own, "学号,比对结果\n2022040155,通过\n", wu, now)
    assert made.rows.get().outcome == ReviewRowOutcome.ERROR


# --- the file ---------------------------------------------------------------------------------


def test_picture_is_drawn_anew_and_sealed(review: IdentityReview, wu: User, now: datetime) -> None:
    rule = review.rules.documents.get(title="身份证")
    source = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(source, "PNG", pnginfo=None)
    made = service.add_document(
        review=review, rule=rule, data=source.getvalue(), name="正面.png", actor=wu, now=now
    )

    assert made.file.encrypted
    assert made.file.content_type == "image/jpeg"
    assert read(made.file).startswith(b"\xff\xd8")
    line = checklist_of(review).lines[0]
    assert line.is_given
    assert line.has_room


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"%PDF-1.4 broken", b"\xff\xd8\xff\xe0"])
def test_file_that_cannot_be_kept_is_refused(
    data: bytes, review: IdentityReview, wu: User, now: datetime
) -> None:
    rule = review.rules.documents.get(title="身份证")
    with pytest.raises(InvalidInputError):
        service.add_document(review=review, rule=rule, data=data, name="x", actor=wu, now=now)


def test_checklist_has_its_limits(review: IdentityReview, wu: User, now: datetime) -> None:
    rule = review.rules.documents.get(title="手持身份证照片")
    paper = reviewing.make_paper(review, rule, at=now)

    def add() -> None:
        service.add_document(
            review=review, rule=rule, data=picture_bytes(), name="x.jpg", actor=wu, now=now
        )

    with pytest.raises(InvalidInputError, match="最多 1 份"):
        add()
    service.remove_document(document=paper, reason="拍糊了", actor=wu, now=now)
    add()
    with pytest.raises(StaleStateError):
        service.remove_document(document=paper, reason="再来", actor=wu, now=now)


def test_strangers_to_the_case_add_nothing(
    review: IdentityReview, li: User, chen: User, secretary: User, now: datetime
) -> None:
    rule = review.rules.documents.get(title="身份证")
    for user in (li, chen, secretary):
        with pytest.raises(NotAllowedError):
            service.add_document(
                review=review, rule=rule, data=picture_bytes(), name="x", actor=user, now=now
            )


def test_incomplete_file_does_not_leave_the_desk(
    review: IdentityReview, secretary: User, wu: User, now: datetime
) -> None:
    reviewing.make_seat(review, secretary, SeatRole.COLLEGE, at=now)
    with pytest.raises(NotAllowedError, match="还差必交的材料：身份证、"):
        service.submit_to_college(review=fresh(review), actor=wu, now=now)
    assert fresh(review).state == ReviewState.COLLECTING
    reviewing.complete(review, at=now)
    service.submit_to_college(review=fresh(review), actor=wu, now=now)
    assert fresh(review).state == ReviewState.AT_COLLEGE


# --- the steps --------------------------------------------------------------------------------


def test_college_confirms_or_sends_back_and_nobody_else(
    review: IdentityReview, secretary: User, leader: User, wu: User, now: datetime
) -> None:
    at_college(review, secretary, wu, now)
    for user in (wu, leader):
        with pytest.raises(NotAllowedError):
            service.confirm_by_college(review=fresh(review), opinion="看过", actor=user, now=now)
    service.return_to_collecting(
        review=fresh(review), note="承诺书没签名", actor=secretary, now=now
    )
    service.submit_to_college(review=fresh(review), actor=wu, now=now)
    with pytest.raises(InvalidInputError, match="写明"):
        service.confirm_by_college(review=fresh(review), opinion=" ", actor=secretary, now=now)
    service.confirm_by_college(review=fresh(review), opinion="一致", actor=secretary, now=now)

    case = fresh(review)
    assert (case.state, case.college_name) == (ReviewState.CONFIRMED, "周老师")
    said = AuditEvent.objects.filter(object_type="imaging.identityreview")
    assert not [event for event in said if "一致" in f"{event.reason}{event.details}"]


def test_panel_needs_three_and_a_chair(
    review: IdentityReview, secretary: User, chen: User, wu: User, now: datetime
) -> None:
    confirmed(review, secretary, wu, now)
    reviewing.make_seat(review, chen, SeatRole.MEMBER, at=now)
    with pytest.raises(NotAllowedError, match="至少 3 人；现在 1 人"):
        service.convene_panel(review=fresh(review), actor=wu, now=now)
    assert fresh(review).state == ReviewState.CONFIRMED


def test_chair_waits_for_every_opinion(
    review: IdentityReview, secretary: User, wu: User, now: datetime
) -> None:
    confirmed(review, secretary, wu, now)
    chair, one, other = reviewing.make_panel(review, at=now)
    service.convene_panel(review=fresh(review), actor=wu, now=now)
    reviewing.complete(review, [DocumentNeed.PANEL], at=now)

    def agree(actor: User = chair, opinion: PanelOpinion = PanelOpinion.SAME) -> None:
        service.agree(
            review=fresh(review),
            opinion=opinion,
            minutes="到会三人",
            met_date=now.date(),
            actor=actor,
            now=now,
        )

    for member in (chair, one):
        service.give_opinion(
            review=fresh(review), opinion=PanelOpinion.SAME, grounds="像", actor=member, now=now
        )
    with pytest.raises(NotAllowedError, match="专家3"):
        agree()
    for user in (wu, secretary):
        with pytest.raises(NotAllowedError):
            service.give_opinion(
                review=fresh(review), opinion=PanelOpinion.SAME, grounds="像", actor=user, now=now
            )
    service.give_opinion(
        review=fresh(review), opinion=PanelOpinion.UNCLEAR, grounds="难说", actor=other, now=now
    )
    with pytest.raises(NotAllowedError, match="组长"):
        agree(actor=one)
    with pytest.raises(NotAllowedError, match="没有一位专家"):
        agree(opinion=PanelOpinion.NOT_SAME)
    agree()
    with pytest.raises(NotAllowedError):
        service.give_opinion(
            review=fresh(review), opinion=PanelOpinion.SAME, grounds="改", actor=other, now=now
        )
    assert fresh(review).panel_opinion == PanelOpinion.SAME


@pytest.mark.parametrize("day", [date(2026, 6, 11), date(2026, 6, 13)])
def test_filing_day_lies_between_opening_and_today(
    day: date, review: IdentityReview, secretary: User, wu: User, now: datetime
) -> None:
    confirmed(review, secretary, wu, now)
    with pytest.raises(InvalidInputError, match="备案日期"):
        service.file_with_province(
            review=fresh(review), filing_no="备 1", filing_date=day, actor=wu, now=now
        )


# --- the end ----------------------------------------------------------------------------------


def test_pass_after_the_college_ends_it_by_two(
    alice: User,
    record: StudentRecord,
    secretary: User,
    wu: User,
    zheng: User,
    li: User,
    now: datetime,
) -> None:
    made = uploaded(record, "学号,比对结果\n2022040127,未通过\n", wu, now)
    service.apply_review_import(review_import=made, actor=wu, now=now)
    review = IdentityReview.objects.get()
    with pytest.raises(NotAllowedError, match="重新比对结果"):
        service.propose_end(
            review=review, kind=ReviewEndKind.PASSED, reason="通过", actor=wu, now=now
        )
    confirmed(review, secretary, wu, now)
    again = uploaded(record, "学号,比对结果\n2022040127,通过\n", wu, now)
    service.apply_review_import(review_import=again, actor=wu, now=now)
    end = service.propose_end(
        review=fresh(review), kind=ReviewEndKind.PASSED, reason="通过", actor=wu, now=now
    )
    for user in (wu, li, secretary):
        with pytest.raises(NotAllowedError):
            service.decide_end(end=end, action=ReviewEndAction.CONFIRM, actor=user, now=now)
    service.decide_end(end=end, action=ReviewEndAction.CONFIRM, actor=zheng, now=now)

    record.refresh_from_db()
    case = fresh(review)
    assert (case.state, case.closed_at) == (ReviewState.RELEASED, now)
    assert record.hidden_at is None
    assert records_under_review([record.pk]) == frozenset()
    told = OutboxMessage.objects.filter(template="identity_review_ended")
    assert [row.params["is_released"] for row in told] == [True, True]
    assert not OutboxMessage.objects.filter(template__startswith="record_").exists()
    with pytest.raises(StaleStateError):
        service.decide_end(end=end, action=ReviewEndAction.CONFIRM, actor=zheng, now=now)


def test_not_the_same_person_stays_held(
    review: IdentityReview, secretary: User, wu: User, zheng: User, now: datetime
) -> None:
    agreed(review, secretary, wu, now, PanelOpinion.NOT_SAME)
    service.file_with_province(
        review=fresh(review), filing_no="备 2026-17", filing_date=now.date(), actor=wu, now=now
    )
    with pytest.raises(NotAllowedError, match="不能按同意备案"):
        service.propose_end(
            review=fresh(review), kind=ReviewEndKind.AGREED, reason="x", actor=wu, now=now
        )
    end = service.propose_end(
        review=fresh(review), kind=ReviewEndKind.NOT_SAME, reason="替考", actor=wu, now=now
    )
    service.decide_end(end=end, action=ReviewEndAction.CONFIRM, actor=zheng, now=now)

    case = fresh(review)
    assert case.state == ReviewState.UPHELD
    assert records_under_review([case.record_id]) == {case.record_id}
    assert not OutboxMessage.objects.filter(params__icontains="替考").exists()


def test_case_that_moved_since_is_proposed_anew(
    review: IdentityReview, wu: User, zheng: User, now: datetime
) -> None:
    end = service.propose_end(
        review=review, kind=ReviewEndKind.MISTAKEN, reason="导错", actor=wu, now=now
    )
    reviewing.complete(review, at=now)
    with pytest.raises(NotAllowedError, match="第二人确认"):
        service.submit_to_college(review=fresh(review), actor=wu, now=now)
    IdentityReview.objects.update(state=ReviewState.AT_COLLEGE)
    with pytest.raises(StaleStateError, match="重新提出"):
        service.decide_end(end=end, action=ReviewEndAction.CONFIRM, actor=zheng, now=now)
    end.refresh_from_db()
    service.decide_end(end=end, action=ReviewEndAction.DROP, actor=wu, now=now)
    assert fresh(review).is_waiting


# --- the archive ------------------------------------------------------------------------------


def opened(archive: service.CaseArchive) -> dict[str, bytes]:
    with archive.file as file, zipfile.ZipFile(file) as found:
        return {name: found.read(name) for name in found.namelist()}


def test_archive_is_named_by_the_rule_and_each_file_is_a_line_in_the_ledger(
    review: IdentityReview, wu: User, now: datetime
) -> None:
    imaging.make_photo(review.record, PhotoKind.ADMISSION)
    reviewing.complete(review, at=now)
    gone = reviewing.make_paper(review, review.rules.documents.get(title="户口簿"), at=now)
    service.remove_document(document=gone, reason="传错了", actor=wu, now=now)

    found = opened(
        service.case_archive(
            review=fresh(review), reason="报省里", is_marked=False, actor=wu, now=now
        )
    )

    folder = "2022040127_沈若溪"
    assert list(found) == [
        f"{folder}/2022040127_沈若溪_00-1录取照片.jpg",
        f"{folder}/2022040127_沈若溪_01身份证.jpg",
        f"{folder}/2022040127_沈若溪_02手持身份证照片.jpg",
        f"{folder}/2022040127_沈若溪_03本人承诺书.jpg",
        f"{folder}/2022040127_沈若溪_04学院身份核实表.jpg",
        f"{folder}/材料清单.xlsx",
        f"{folder}/案卷说明.txt",
    ]
    views = FileView.objects.filter(subject_id=str(review.record_id), viewer_id=str(wu.pk))
    assert views.count() == 5
    assert AuditEvent.objects.get(action="review.exported").reason == "报省里"


def test_archive_for_the_house_bears_who_took_it(
    review: IdentityReview, wu: User, now: datetime
) -> None:
    paper = reviewing.make_paper(review, at=now)
    found = {
        marked: opened(
            service.case_archive(review=review, reason="看", is_marked=marked, actor=wu, now=now)
        )["2022040127_沈若溪/2022040127_沈若溪_01身份证.jpg"]
        for marked in (True, False)
    }

    assert found[False] == read(paper.file)
    assert found[True] != found[False]


def test_archive_is_the_handlers_alone(
    review: IdentityReview, secretary: User, li: User, now: datetime
) -> None:
    reviewing.make_paper(review, at=now)
    reviewing.make_seat(review, secretary, SeatRole.COLLEGE, at=now)
    for user in (secretary, li):
        with pytest.raises(NotAllowedError):
            service.case_archive(review=review, reason="看", is_marked=True, actor=user, now=now)
    assert not FileView.objects.exists()


def test_empty_file_is_not_exported(review: IdentityReview, wu: User, now: datetime) -> None:
    with pytest.raises(NotAllowedError, match="还没有材料"):
        service.case_archive(review=review, reason="看", is_marked=True, actor=wu, now=now)


# --- rules ------------------------------------------------------------------------------------


def test_new_rules_leave_running_cases_alone(
    review: IdentityReview, wu: User, now: datetime
) -> None:
    made = service.change_rules(
        school=review.record.school,
        papers=service.read_papers("身份证 | 必交 | 2 | 两面\n户口簿 | 有就交"),
        hides=[],
        folder_rule="{学号}",
        file_rule="{学号}-{序号}",
        basis="省厅 2026 年通知",
        actor=wu,
        now=now,
    )

    assert made.number == 2
    assert made.documents.count() == 2
    assert len(checklist_of(fresh(review)).lines) == 11


@pytest.mark.parametrize(
    "text",
    [
        "身份证 | 随便",
        "| 必交",
        "身份证 | 必交 | 99",
        "身份证 | 有就交",
        "身份证 | 必交\n身份证 | 必交",
        "",
        "a | 必交 | 1 | 说明 | 多一段",
    ],
)
def test_checklist_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        service.read_papers(text)


def test_default_checklist_reads_back() -> None:
    assert tuple(service.read_papers(service.paper_lines(DEFAULT_PAPERS))) == DEFAULT_PAPERS
