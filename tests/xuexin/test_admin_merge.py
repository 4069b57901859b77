"""Merging two accounts at the desk: found, compared masked, chosen, previewed, confirmed by another."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import DeclaredIdentity, User
from accounts.states import Role
from common.models import AuditEvent, OutboxMessage
from enrollment.models import DuplicateCase, PersonMerge, StudentRecord
from enrollment.services.merge import propose_merge
from enrollment.states import MergeState, RescueState
from tests.factories import enrolment, merging, people, rescue
from tests.factories.merging import DAY, make_plan, merged, opened

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
ADD = "/admin/enrollment/personmerge/add/"
LIST = "/admin/enrollment/personmerge/"
NEWER = people.make_number(981, birth="18860313")
ELSE = people.make_number(950, birth="18870101")


@pytest.fixture
def theirs(record: StudentRecord) -> StudentRecord:
    """The same enrolment once more, with another ethnicity."""
    return enrolment.make_record(
        class_group=record.class_group,
        id_number=NEWER,
        name="沈若汐",
        student_no="2022049997",
        ethnicity="回族",
        candidate_no=record.candidate_no,
    )


@pytest.fixture
def other(theirs: StudentRecord) -> User:
    """Her second account, with a phone."""
    user = people.make_user("other@example.test", phone="+8613800138981")
    identity = people.make_identity(user, name="沈若汐", number=NEWER)
    DeclaredIdentity.objects.filter(pk=identity.pk).update(birth_date=date(1886, 3, 13))
    enrolment.bind(theirs, identity)
    return user


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


def deed(case: PersonMerge, name: str) -> str:
    return reverse("admin:enrollment_personmerge_do", args=[case.pk, name])


def choices(alice: User, theirs: StudentRecord) -> dict[str, str]:
    """Everything answered: the other name and phone, her own mail and number, one record cancelled."""
    return {
        "name": "GOES",
        "birth_date": "GOES",
        "email": "STAYS",
        "phone": "GOES",
        "primary": str(merging.number_of(alice)),
        "pair_0": str(theirs.pk),
        "pair_0_name": str(theirs.pk),
        "pair_0_ethnicity": str(theirs.pk),
        "reason": "本人带身份证来过",
    }


def case_of(alice: User, other: User, li: User) -> PersonMerge:
    return opened(alice, other, li, at=timezone.now() - 2 * DAY)


# --- finding and opening ---------------------------------------------------------------------


def test_page_of_an_account_names_likely_ones_and_leads_to_the_merge(
    client_of: ClientOf, li: User, alice: User, other: User
) -> None:
    people.DeclaredIdentity.objects.filter(user=other).update(name_key=alice.identity.name_key)
    DeclaredIdentity.objects.all().update(birth_date=date(1886, 3, 12))

    page = client_of(li).get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()

    assert "姓名和出生日期都一样" in page
    address = f"{ADD}?{urlencode({'stays': f'#{alice.pk}', 'goes': f'#{other.pk}'})}"
    assert address.replace("&", "&amp;") in page
    form = client_of(li).get(address).content.decode()
    assert f'value="#{other.pk}"' in form


def test_page_of_an_account_names_its_merges(
    client_of: ClientOf, li: User, alice: User, other: User
) -> None:
    case = case_of(alice, other, li)

    for user in (alice, other):
        page = client_of(li).get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
        assert case.case_no in page


def test_page_of_a_working_account_does_not_offer_it(client_of: ClientOf, li: User) -> None:
    page = client_of(li).get(f"/admin/accounts/user/{li.pk}/change/").content.decode()

    assert "可能是同一个人" not in page


def test_pair_of_records_on_two_accounts_leads_there(
    client_of: ClientOf,
    li: User,
    alice: User,
    other: User,
    record: StudentRecord,
    theirs: StudentRecord,
) -> None:
    pair = DuplicateCase.objects.create(
        record=theirs,
        stays=record,
        reason="同一次录取",
        former_status=theirs.enrollment_status,
        proposer_id="0",
        proposed_at=timezone.now(),
        proposed_by="测试",
    )
    page = client_of(li).get(f"/admin/enrollment/duplicatecase/{pair.pk}/change/")

    assert "两条学籍绑定在两个账号上" in page.content.decode()


def test_refused_rescue_leads_there(
    client_of: ClientOf, li: User, wang: User, alice: User, eve: User
) -> None:
    people.make_identity(eve, number=ELSE)
    now = timezone.now()
    case = rescue.make_rescue(
        eve,
        holder=alice,
        at=now,
        state=RescueState.REFUSED,
        proposer=li,
        decider=wang,
        closed_at=now,
        closed_by="测试",
    )
    page = client_of(li).get(f"/admin/enrollment/rescuecase/{case.pk}/change/")

    assert f"stays=%23{alice.pk}" in page.content.decode()


@pytest.mark.parametrize("how", ["id", "mail", "phone", "number", "student_no"])
def test_accounts_are_found_however_they_are_named(
    client_of: ClientOf, li: User, alice: User, other: User, theirs: StudentRecord, how: str
) -> None:
    terms = {
        "id": f"#{other.pk}",
        "mail": "Other@example.test",
        "phone": "138 0013 8981",
        "number": NEWER.lower(),
        "student_no": theirs.student_no,
    }
    given = {"stays": "alice@example.test", "goes": terms[how], "reason": "两个账号"}

    page = client_of(li).post(ADD, given).content.decode()

    assert "两个账号" in page
    assert not PersonMerge.objects.exists()
    searched = AuditEvent.objects.filter(action="number.searched")
    assert searched.count() == (1 if how == "number" else 0)
    assert AuditEvent.objects.filter(action="user.viewed").count() == 2
    response = client_of(li).post(ADD, {**given, "_confirmed": "1"})
    case = PersonMerge.objects.get()
    assert response.headers["Location"].endswith(f"/{case.pk}/change/")
    assert (case.stays, case.goes, case.opener) == (alice, other, li)


def test_unknown_account_is_said_at_its_field(client_of: ClientOf, li: User, alice: User) -> None:
    given = {"stays": "alice@example.test", "goes": "nobody@example.test", "reason": "两个账号"}

    page = client_of(li).post(ADD, given).content.decode()

    assert "没有找到这个账号" in page


def test_what_may_not_be_merged_is_said(
    client_of: ClientOf, li: User, alice: User, chen: User
) -> None:
    people.make_identity(chen, number=ELSE)
    given = {"stays": f"#{alice.pk}", "goes": f"#{chen.pk}", "reason": "两次来人都带着同一张身份证"}

    for step in ({}, {"_confirmed": "1"}):
        page = client_of(li).post(ADD, given | step).content.decode()

        assert "是工作账号，不和学生账号合并" in page
        assert "两次来人都带着同一张身份证" in page
    assert not PersonMerge.objects.exists()


# --- looking ---------------------------------------------------------------------------------


def test_case_shows_both_sides_masked(
    client_of: ClientOf, li: User, alice: User, other: User, record: StudentRecord
) -> None:
    case = case_of(alice, other, li)

    page = client_of(li).get(f"{LIST}{case.pk}/change/").content.decode()

    for whole in (NEWER, record.id_number, "other@example.test", "alice@example.test", "8001389"):
        assert whole not in page
    for shown in (
        "沈若溪",
        "沈若汐",
        "回族",
        "两边的学籍",
        "o****@example.test",
        record.student_no,
    ):
        assert shown in page
    event = AuditEvent.objects.get(action="merge.viewed")
    assert (event.actor_id, event.object_id) == (str(li.pk), str(case.pk))


def test_same_names_stay_masked(client_of: ClientOf, li: User, alice: User, other: User) -> None:
    DeclaredIdentity.objects.filter(user=other).update(name="沈若溪")
    StudentRecord.objects.update(name="沈若溪")
    case = case_of(alice, other, li)

    page = client_of(li).get(f"{LIST}{case.pk}/change/").content.decode()

    assert "沈若溪" not in page


# --- choosing --------------------------------------------------------------------------------


def test_form_asks_what_differs_and_preselects_nothing(
    client_of: ClientOf, li: User, alice: User, other: User
) -> None:
    case = case_of(alice, other, li)

    page = client_of(li).get(deed(case, "propose")).content.decode()

    asked = set(re.findall(r'type="radio" name="(\w+)"', page))
    assert asked == {
        "name",
        "birth_date",
        "email",
        "phone",
        "primary",
        "pair_0",
        "pair_0_name",
        "pair_0_ethnicity",
    }
    assert "checked" not in page
    assert NEWER not in page
    assert "other@example.test" not in page


def test_unanswered_choices_are_asked_again(
    client_of: ClientOf, li: User, alice: User, other: User, theirs: StudentRecord
) -> None:
    case = case_of(alice, other, li)
    given = choices(alice, theirs)
    del given["pair_0_ethnicity"], given["name"]

    page = client_of(li).post(deed(case, "propose"), {**given, "_confirmed": "1"})

    assert "两条不一样，选一个。" in page.content.decode()
    case.refresh_from_db()
    assert case.state == MergeState.OPEN


def test_preview_says_exactly_what_changes_and_changes_nothing(
    client_of: ClientOf, li: User, alice: User, other: User, theirs: StudentRecord
) -> None:
    case = case_of(alice, other, li)
    before = (AuditEvent.objects.count(), OutboxMessage.objects.count())

    page = client_of(li).post(deed(case, "propose"), choices(alice, theirs)).content.decode()

    assert "会改的地方" in page
    for change in (
        "<strong>沈若汐</strong>",
        "<strong>+86*******8981</strong>",
        "按重复学籍注销，保留 2022040127",
    ):
        assert change in page
    assert "停用，由另一个账号取代" in page
    other.refresh_from_db()
    theirs.refresh_from_db()
    case.refresh_from_db()
    assert (other.superseded_at, theirs.duplicate_of, case.state) == (None, None, MergeState.OPEN)
    assert (AuditEvent.objects.count(), OutboxMessage.objects.count()) == before
    assert 'name="_confirmed"' in page
    assert NEWER not in page


def test_proposal_and_confirmation_through_the_desk(
    client_of: ClientOf,
    li: User,
    wang: User,
    alice: User,
    other: User,
    record: StudentRecord,
    theirs: StudentRecord,
) -> None:
    case = case_of(alice, other, li)
    given = {**choices(alice, theirs), "_confirmed": "1"}
    assert client_of(li).post(deed(case, "propose"), given).status_code == 302
    case.refresh_from_db()
    assert case.state == MergeState.PROPOSED
    early = client_of(wang).post(deed(case, "confirm"), {"reason": "核"}, follow=True)
    assert "现在不能" in early.content.decode()
    PersonMerge.objects.update(freeze_ends_at=timezone.now())

    own = client_of(li).post(deed(case, "confirm"), {"reason": "核"}, follow=True)
    assert "现在不能" in own.content.decode()
    page = client_of(wang).get(deed(case, "confirm")).content.decode()
    assert "会改的地方" in page
    assert "<strong>沈若汐</strong>" in page
    done = client_of(wang).post(deed(case, "confirm"), {"reason": "核对过"}, follow=True)

    assert "已合并，双方都会收到通知" in done.content.decode()
    case.refresh_from_db()
    record.refresh_from_db()
    assert (case.state, record.ethnicity) == (MergeState.MERGED, "回族")
    assert "提出拆开" in done.content.decode()
    undo = client_of(li).get(deed(case, "ask_undo")).content.decode()
    assert "没有依赖它的后续办理，可以拆开" in undo


def test_undo_that_cannot_be_says_why_before_the_click(
    client_of: ClientOf, li: User, wang: User, alice: User, other: User, record: StudentRecord
) -> None:
    now = timezone.now()
    case = merged(alice, other, li, wang, at=now - timedelta(hours=1))
    AuditEvent.objects.create(
        occurred_at=now,
        actor_id=str(alice.pk),
        actor_label="a",
        action="verification.concluded",
        subject_id=str(case.memo["records"][0]["record"]),
    )

    page = client_of(li).get(deed(case, "ask_undo")).content.decode()

    assert "现在不能拆开：本人后来在学号 2022049997 的学籍上办过 1 件事" in page


# --- who may ---------------------------------------------------------------------------------


def test_auditor_looks_and_does_nothing(
    client_of: ClientOf, auditor: User, li: User, alice: User, other: User
) -> None:
    case = case_of(alice, other, li)
    client = client_of(auditor)

    page = client.get(f"{LIST}{case.pk}/change/").content.decode()

    assert "两边的学籍" in page
    assert deed(case, "propose") not in page
    assert client.get(ADD).status_code == 403
    for name in ("propose", "confirm", "send_back", "drop", "ask_undo", "undo", "keep"):
        assert client.post(deed(case, name), {"reason": "看看"}).status_code == 403


@pytest.mark.parametrize("who", ["alice", "eve", "chen", "monitor", "secretary"])
def test_others_do_not_get_in(
    request: pytest.FixtureRequest,
    client_of: ClientOf,
    li: User,
    alice: User,
    other: User,
    who: str,
) -> None:
    case = case_of(alice, other, li)
    client = client_of(request.getfixturevalue(who))

    for address in (LIST, ADD, f"{LIST}{case.pk}/change/", deed(case, "propose")):
        response = client.get(address)
        assert response.status_code in {302, 404}
        assert b"o****@" not in response.content


def test_case_that_does_not_exist_is_not_found(client_of: ClientOf, li: User) -> None:
    assert client_of(li).get(f"{LIST}999/do/propose/").status_code == 404


def test_list_and_board_count_what_waits(
    client_of: ClientOf, li: User, alice: User, other: User
) -> None:
    case = case_of(alice, other, li)
    propose_merge(
        case=case, plan=make_plan(alice), reason="核", actor=li, now=timezone.now() - 2 * DAY
    )

    page = client_of(li).get(f"{LIST}?waiting=second").content.decode()
    board = client_of(li).get("/admin/").content.decode()

    assert case.case_no in page
    assert "other@example.test" not in page
    assert "合并账号没办结" in board
