"""The access ledger: every look of others, with who, when and why; never somebody else's."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.services.counter import account_for_visit
from common import audit
from common.files import log_view
from common.models import AuditEvent, FileView
from corrections.models import Evidence
from corrections.services.sweep import open_due_requests
from enrollment.models import StudentRecord
from imaging.models import PhotoVersion
from tests.factories import enrolment, people
from tests.factories.corrections import make_dispute, make_request
from tests.factories.imaging import make_member, make_photo
from tests.xuexin.test_retention import sealed
from xuexin.own_data.ledger import ledger_entries, ledger_rows, own_accesses
from xuexin.retention import purge_expired

pytestmark = [pytest.mark.page, pytest.mark.django_db]

LEDGER = "/account/ledger/"


def lines(user: User) -> list[tuple[str, str, str]]:
    """(who, what, why) of everything in the ledger."""
    return [(each.who, each.what, each.why) for each in ledger_entries(ledger_rows(user))]


def test_look_of_the_office_is_shown_with_role_and_reason(
    alice: User, record: StudentRecord, li: User, client_of, now: datetime
) -> None:
    audit.record(
        "record.revealed", actor=li, now=now, obj=record, subject=record, reason="核对证件"
    )
    photo = make_photo(record)
    log_view(
        photo.entry.published, viewer=li, purpose="查看毕业照片", now=now, subject_id=str(record.pk)
    )

    text = client_of(alice).get(LEDGER).content.decode()

    assert all(part in text for part in ("完整证件号码", "核对证件", "查看毕业照片", "教务处（"))
    assert "li@example.test" not in text
    assert record.id_number not in text


def test_counsellor_goes_by_the_name_of_the_class(
    alice: User, record: StudentRecord, chen: User, stored_proof, client_of, now: datetime
) -> None:
    make_dispute(make_member(record), evidence=stored_proof)
    open_due_requests(now=now)
    client_of(chen).get(reverse("corrections:evidence_file", args=[Evidence.objects.get().pk]))

    assert lines(alice) == [("辅导员 陈老师", "证明材料", "核实勘误")]


def test_role_is_the_one_of_that_moment(
    alice: User, record: StudentRecord, li: User, now: datetime
) -> None:
    li.office_roles.update(ended_at=now, ended_by="测试")
    for at in (now - timedelta(hours=1), now):
        audit.record("record.revealed", actor=li, now=at, obj=record, subject=record)

    assert [who.split("（")[0] for who, _, _ in lines(alice)] == ["学校工作人员", "教务处"]


def test_own_looks_are_apart(alice: User, record: StudentRecord, now: datetime) -> None:
    audit.record("record.viewed", actor=alice, now=now, obj=record, subject=record)
    audit.record("account.logged_in", actor=alice, now=now, obj=alice)

    assert lines(alice) == []
    assert [entry.what for entry in own_accesses(alice)] == ["登录"]


def test_ledger_holds_nothing_of_others(
    alice: User, record: StudentRecord, monitor: User, li: User, eve: User, now: datetime
) -> None:
    audit.record("record.revealed", actor=li, now=now, obj=record, subject=record)
    audit.record("identity.revealed", actor=li, now=now, obj=alice.identity)
    audit.record("user.revealed", actor=li, now=now, obj=alice)

    assert len(lines(alice)) == 3
    assert lines(monitor) == lines(eve) == []


def test_what_was_done_without_looking_is_left_out(
    alice: User, record: StudentRecord, li: User, now: datetime
) -> None:
    audit.record("record.amended", actor=li, now=now, obj=record, subject=record)

    assert lines(alice) == []


def test_erased_proof_is_told_to_its_owner(
    alice: User, record: StudentRecord, now: datetime, client_of
) -> None:
    request = make_request(record)
    file = sealed(now, retain_until=now)
    Evidence.objects.create(request=request, file=file, added_at=now, added_by="本人")
    type(request).objects.filter(pk=request.pk).update(
        state="REFUSED", closed_at=now, closed_by="测试", decided_at=now, decided_by="测试"
    )
    purge_expired(now=now)

    text = client_of(alice).get(LEDGER).content.decode()

    assert "销毁：证明材料" in text
    assert file.sha256 in text


def test_pages_are_cut_and_ordered(
    alice: User, record: StudentRecord, li: User, client_of, now: datetime
) -> None:
    for minute in range(35):
        audit.record(
            "record.revealed",
            actor=li,
            now=now + timedelta(minutes=minute),
            obj=record,
            subject=record,
            reason=f"第 {minute} 次",
        )
    client = client_of(alice)

    first, second = (client.get(f"{LEDGER}?page={n}").content.decode() for n in (1, 2))

    assert "第 34 次" in first
    assert "第 4 次" not in first
    assert "第 4 次" in second
    assert "35 条" in first


@pytest.mark.parametrize("amount", [1, 12])
def test_ledger_query_count(
    alice: User, record: StudentRecord, li: User, amount: int, now, django_assert_num_queries
) -> None:
    version = make_photo(record)
    for _ in range(amount):
        audit.record("record.revealed", actor=li, now=now, obj=record, subject=record)
        log_view(
            version.entry.published, viewer=li, purpose="看", now=now, subject_id=str(record.pk)
        )

    with django_assert_num_queries(8):
        assert len(lines(User.objects.get(pk=alice.pk))) == amount * 2


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("enrollment_studentrecord", "学籍页面，号码打星号"),
        ("corrections_correctionrequest", "勘误单，号码打星号"),
        ("accounts_declaredidentity", "实名信息，号码打星号"),
        ("accounts_user", "账号页面，联系方式打星号"),
        ("imaging_captureentry", "照片的采集信息"),
    ],
)
def test_page_at_the_desk_leaves_a_line_once(
    name: str, what: str, alice: User, record: StudentRecord, li: User, client_of
) -> None:
    version: PhotoVersion = make_photo(record)
    pk = {
        "enrollment_studentrecord": record.pk,
        "corrections_correctionrequest": make_request(record).pk,
        "accounts_declaredidentity": alice.identity.pk,
        "accounts_user": alice.pk,
        "imaging_captureentry": version.entry_id,
    }[name]
    address = reverse(f"admin:{name}_change", args=[pk])
    client = client_of(li)

    assert [client.get(address).status_code for _ in range(2)] == [200, 200]

    assert [line[1] for line in lines(alice)] == [what]
    assert lines(alice)[0][0].startswith("教务处（")


def test_class_page_with_details_leaves_a_line_for_each(
    alice: User, record: StudentRecord, chen: User, monitor: User, client_of
) -> None:
    member = make_member(record)
    make_dispute(member)
    address = reverse("corrections:sheet_page", args=[member.class_group_id, member.campaign_id])

    client_of(monitor).get(address)
    assert lines(alice) == []

    client = client_of(chen)
    client.get(address)
    client.get(address)
    assert [(who, what) for who, what, _ in lines(alice)] == [
        ("辅导员 陈老师", "你报告的有误和说明")
    ]


def test_nobody_has_looked(alice: User, client_of) -> None:
    assert "还没有人打开过你的资料" in client_of(alice).get(LEDGER).content.decode()


def test_stranger_is_asked_to_log_in(client) -> None:
    assert client.get(LEDGER).url == f"/account/login/?next={LEDGER}"


def test_looks_at_another_record_of_mine_count_too(
    alice: User, record: StudentRecord, li: User, now: datetime
) -> None:
    second = enrolment.make_record(name=record.name)
    enrolment.bind(second, alice.identity)
    other = enrolment.make_record(name="秦牧野")
    enrolment.bind(other, people.make_identity(people.make_user(), name="秦牧野"))
    for each in (record, second, other):
        audit.record("record.revealed", actor=li, now=now, obj=each, subject=each)

    assert len(lines(alice)) == 2
    assert AuditEvent.objects.count() == 3
    assert not FileView.objects.exists()


@pytest.mark.parametrize(
    "name", ["enrollment_studentrecord", "accounts_declaredidentity", "imaging_captureentry"]
)
def test_search_for_my_number_is_told_to_me(
    name: str, alice: User, record: StudentRecord, li: User, eve: User, client_of
) -> None:
    address = reverse(f"admin:{name}_changelist")

    client_of(li).post(address, {"_search": "1", "q": record.id_number})

    ((who, what, why),) = lines(alice)
    assert (who.split("（")[0], what) == ("教务处", "按证件号码查找你")
    assert why.startswith("在“")
    assert lines(eve) == []
    assert record.id_number not in str(AuditEvent.objects.get(action="number.searched").details)


def test_search_at_the_counter_is_told_to_me(
    alice: User, record: StudentRecord, li: User, now: datetime
) -> None:
    account_for_visit(number=record.id_number, actor=li, now=now)

    assert [(what, why) for _, what, why in lines(alice)] == [
        ("按证件号码查找你", "在“柜台找回账号”里查找")
    ]


def test_search_before_the_binding_is_told_after_it(eve: User, li: User, client_of) -> None:
    identity = people.make_identity(eve)
    number = people.make_number(601)
    records = [enrolment.make_record(id_number=number) for _ in range(2)]
    address = reverse("admin:enrollment_studentrecord_changelist")

    client_of(li).post(address, {"_search": "1", "q": number})
    assert lines(eve) == []
    for mine in records:
        enrolment.bind(mine, identity)

    assert [what for _, what, _ in lines(eve)] == ["按证件号码查找你"] * 2


def test_search_that_finds_nobody_is_one_event(li: User, client_of) -> None:
    address = reverse("admin:enrollment_studentrecord_changelist")

    client_of(li).post(address, {"_search": "1", "q": people.make_number(602)})

    event = AuditEvent.objects.get(action="number.searched")
    assert (event.object_id, event.subject_id) == ("", "")
