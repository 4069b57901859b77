"""The steps of the class sheet as people take them, and what the monitor writes beside the rows."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now as clock

from accounts.models import User
from corrections.models import ClassSheet, ProxySignature, SheetRemark
from corrections.states import SheetState
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import Campaign
from tests.factories import enrolment
from tests.factories.imaging import make_campaign, make_member
from tests.factories.people import PASSWORD
from tests.factories.sheets import make_sheet

pytestmark = [pytest.mark.page, pytest.mark.django_db]


@pytest.fixture
def campaign(record: StudentRecord) -> Campaign:
    """A campaign whose sheet is frozen by now, with Alice, who has said nothing."""
    now = clock()
    campaign = make_campaign(
        opens_at=now - timedelta(days=9),
        closes_at=now - timedelta(days=2),
        sheet_freeze_at=now - timedelta(days=1),
        hand_in_at=now + timedelta(days=1),
    )
    make_member(record, campaign)
    return campaign


def address(name: str, campaign: Campaign, class_group: ClassGroup, *more: object) -> str:
    """The address of a page of the sheet."""
    return reverse(f"corrections:{name}", args=[class_group.pk, campaign.pk, *more])


def page(client: Client, campaign: Campaign, class_group: ClassGroup) -> str:
    """The sheet page."""
    return client.get(address("sheet_page", campaign, class_group)).content.decode()


def test_monitor_freezes_after_being_asked(
    campaign: Campaign, class_group: ClassGroup, monitor: User, client_of
) -> None:
    client = client_of(monitor)
    freeze = address("sheet_step", campaign, class_group, "freeze")
    assert freeze in page(client, campaign, class_group)

    asked = client.get(freeze).content.decode()
    client.post(freeze)

    assert "还有 1 人没核完" in asked
    assert ClassSheet.objects.get().state == SheetState.FROZEN
    text = page(client, campaign, class_group)
    assert "已定稿" in text
    assert "秦川（班长）" in text
    assert address("sheet_step", campaign, class_group, "take-back") in text
    assert freeze not in text


def test_looking_begins_no_version(
    campaign: Campaign, class_group: ClassGroup, monitor: User, client_of
) -> None:
    client = client_of(monitor)

    client.get(address("sheet_step", campaign, class_group, "freeze"))
    page(client, campaign, class_group)

    assert ClassSheet.objects.count() == 0


@pytest.mark.parametrize("name", ["chen", "secretary", "auditor"])
def test_who_may_not_is_sent_back(
    name: str,
    campaign: Campaign,
    class_group: ClassGroup,
    monitor: User,
    client_of,
    request: pytest.FixtureRequest,
) -> None:
    client = client_of(request.getfixturevalue(name))
    freeze = address("sheet_step", campaign, class_group, "freeze")

    answer = client.post(freeze)

    assert answer["Location"] == address("sheet_page", campaign, class_group)
    assert ClassSheet.objects.count() == 0
    assert freeze not in page(client, campaign, class_group)


@pytest.mark.parametrize("name", ["alice", "eve"])
def test_stranger_finds_nothing(
    name: str,
    campaign: Campaign,
    class_group: ClassGroup,
    record: StudentRecord,
    client_of,
    request: pytest.FixtureRequest,
) -> None:
    client = client_of(request.getfixturevalue(name))
    member = record.memberships.get()

    answers = [
        client.get(address("sheet_step", campaign, class_group, "freeze")).status_code,
        client.get(address("sheet_notes", campaign, class_group)).status_code,
        client.get(address("sheet_note", campaign, class_group, member.pk)).status_code,
    ]

    assert answers == [404, 404, 404]


def test_step_that_does_not_exist(
    campaign: Campaign, class_group: ClassGroup, chen: User, client_of
) -> None:
    answer = client_of(chen).get(address("sheet_step", campaign, class_group, "burn"))

    assert answer.status_code == 404


def test_counsellor_returns_with_a_reason(
    campaign: Campaign, class_group: ClassGroup, monitor: User, chen: User, client_of
) -> None:
    make_sheet(campaign, class_group, SheetState.FROZEN, at=clock())
    client = client_of(chen)
    back = address("sheet_step", campaign, class_group, "return")

    empty = client.post(back, {"reason": ""})
    client.post(back, {"reason": "第二页没有打印"})

    assert empty.status_code == 200
    states = ClassSheet.objects.order_by("version_no").values_list("state", flat=True)
    assert list(states) == [SheetState.RETURNED, SheetState.DRAFT]
    text = page(client_of(monitor), campaign, class_group)
    assert "上一版被退回" in text
    assert "第二页没有打印" in text


def test_college_shows_the_password_again_before_it_seals(
    campaign: Campaign, class_group: ClassGroup, secretary: User, client_of
) -> None:
    make_sheet(campaign, class_group, SheetState.COUNSELLOR_SIGNED, at=clock())
    secretary.set_password("Yuan-Shan-2026-xue")
    secretary.save()
    client = client_of(secretary)
    seal = address("sheet_step", campaign, class_group, "seal")

    asked = client.get(seal)
    client.post("/account/reauthenticate/", {"password": "Yuan-Shan-2026-xue", "next": seal})
    client.post(seal, {"note": "同意。"})

    assert asked["Location"].startswith("/account/reauthenticate/")
    assert ClassSheet.objects.get().state == SheetState.COLLEGE_SEALED
    assert "同意。" in page(client, campaign, class_group)


def test_class_without_a_college_is_told_who_stands_in(
    campaign: Campaign, class_group: ClassGroup, chen: User, li: User, client_of
) -> None:
    class_group.college = None
    class_group.save()
    make_sheet(campaign, class_group, SheetState.COUNSELLOR_SIGNED, at=clock())
    client, seal = client_of(li), address("sheet_step", campaign, class_group, "seal")
    client.post("/account/reauthenticate/", {"password": PASSWORD})

    assert "由教务处代办" in page(client_of(chen), campaign, class_group)
    assert seal not in page(client_of(chen), campaign, class_group)
    assert seal in page(client, campaign, class_group)
    assert "由教务处代学院审核" in client.get(seal).content.decode()
    client.post(seal, {"note": "已代学院核对。"})

    assert ClassSheet.objects.get().state == SheetState.COLLEGE_SEALED


@pytest.mark.parametrize(
    ("state", "words"),
    [(SheetState.FROZEN, "已失效"), (SheetState.ACCEPTED, "已接收后有变化")],
)
def test_stale_sheet_says_so(
    state: SheetState,
    words: str,
    campaign: Campaign,
    class_group: ClassGroup,
    record: StudentRecord,
    chen: User,
    client_of,
) -> None:
    make_sheet(campaign, class_group, state, at=clock())
    StudentRecord.objects.filter(pk=record.pk).update(name="沈若谿")

    text = page(client_of(chen), campaign, class_group)

    assert words in text
    assert "沈若溪，未校对" in text
    assert address("sheet_step", campaign, class_group, "sign") not in text


@pytest.mark.parametrize(
    ("state", "is_said"), [(SheetState.DRAFT, True), (SheetState.FROZEN, False)]
)
def test_print_of_a_frozen_version_is_final_whoever_has_not_concluded(
    state: SheetState,
    is_said: bool,
    campaign: Campaign,
    class_group: ClassGroup,
    chen: User,
    client_of,
) -> None:
    make_sheet(campaign, class_group, state, at=clock())

    assert ("现在打印还不是定稿" in page(client_of(chen), campaign, class_group)) is is_said


@pytest.mark.parametrize(
    ("state", "is_said"), [(SheetState.COLLEGE_SEALED, True), (SheetState.SUBMITTED, False)]
)
def test_what_is_handed_in_is_not_called_late(
    state: SheetState,
    is_said: bool,
    campaign: Campaign,
    class_group: ClassGroup,
    chen: User,
    client_of,
) -> None:
    Campaign.objects.update(hand_in_at=clock() - timedelta(minutes=1))
    make_sheet(campaign, class_group, state, at=clock())

    client = client_of(chen)
    progress = client.get(address("class_page", campaign, class_group)).content.decode()

    for text in (progress, page(client, campaign, class_group)):
        assert ("现在交算迟交" in text) is is_said


def test_monitor_writes_a_remark_and_a_proxy(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, monitor: User, client_of
) -> None:
    client = client_of(monitor)
    member = record.memberships.get()
    note = address("sheet_note", campaign, class_group, member.pk)
    proxy = {
        "do": "proxy",
        "signer_name": "秦川",
        "way": "PHONE",
        "agreed_by": "陈老师",
        "agreed_at": (clock() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
        "reason": "在外地实习",
    }

    assert client.get(note).status_code == 200
    client.post(note, {"do": "remark", "text": " 在外实习 "})
    client.post(note, proxy)

    assert SheetRemark.objects.get().text == "在外实习"
    assert ProxySignature.objects.get().signer_name == "秦川"
    assert "未校对；备注：在外实习" in page(client, campaign, class_group)
    assert "秦川代签" in client.get(address("sheet_notes", campaign, class_group)).content.decode()
    client.post(note, {"do": "unproxy"})
    client.post(note, {"do": "remark", "text": ""})
    assert (ProxySignature.objects.count(), SheetRemark.objects.count()) == (0, 0)


def test_proxy_in_the_future_is_refused_with_a_sentence(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, monitor: User, client_of
) -> None:
    note = address("sheet_note", campaign, class_group, record.memberships.get().pk)
    typed = {
        "do": "proxy",
        "signer_name": "秦川",
        "way": "PHONE",
        "agreed_by": "陈老师",
        "agreed_at": (clock() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M"),
        "reason": "在外地实习",
    }

    answer = client_of(monitor).post(note, typed)

    assert "不能晚于现在" in answer.content.decode()
    assert ProxySignature.objects.count() == 0


def test_remark_waits_for_no_signature(
    campaign: Campaign, class_group: ClassGroup, record: StudentRecord, monitor: User, client_of
) -> None:
    make_sheet(campaign, class_group, SheetState.COUNSELLOR_SIGNED, at=clock())
    note = address("sheet_note", campaign, class_group, record.memberships.get().pk)

    answer = client_of(monitor).post(note, {"do": "remark", "text": "在外实习"})

    assert answer["Location"] == address("sheet_notes", campaign, class_group)
    assert SheetRemark.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_notes_query_count(
    campaign: Campaign,
    class_group: ClassGroup,
    chen: User,
    client_of,
    count: int,
    django_assert_num_queries,
) -> None:
    for serial in range(count - 1):
        made = enrolment.make_record(class_group=class_group, name=f"学生{serial}")
        make_member(made, campaign)
    make_sheet(campaign, class_group, SheetState.FROZEN, at=clock())
    client = client_of(chen)
    notes = address("sheet_notes", campaign, class_group)
    client.get(notes)

    with django_assert_num_queries(14):
        client.get(notes)
