"""The repair bench at the desk: found, previewed, proposed, confirmed by another, taken back."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, document_index
from accounts.states import Role
from common import files
from common.models import AuditEvent, FileView
from enrollment.models import StudentRecord
from imaging.models import (
    Campaign,
    CaptureEntry,
    PhotoHint,
    PhotoRepair,
    PhotoVersion,
    Rendition,
)
from imaging.services.hints import find_hints
from imaging.services.repair import propose_detach
from imaging.states import (
    Conclusion,
    ConclusionKind,
    HintState,
    MatchState,
    PhotoReason,
    RepairState,
)
from tests.factories import capture, enrolment, imaging, people, repairing
from tests.factories.repairing import DAY, Student
from tests.imaging.services.deliveries import deliver, entry_named, marked

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
ENTRIES = "/admin/imaging/captureentry/"
REPAIRS = "/admin/imaging/photorepair/"
HINTS = "/admin/imaging/photohint/"
LIST_QUERIES = 10
REPAIR_QUERIES = 8
HINT_QUERIES = 9
DUPLICATE_QUERIES = 8


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def pair(db: None) -> tuple[Student, Student]:
    """Two classmates, both 正确 and locked now."""
    now = timezone.now()
    imaging.make_campaign(
        opens_at=now - 20 * DAY, closes_at=now + 5 * DAY, sheet_freeze_at=now + 6 * DAY
    )
    return repairing.make_pair(now)


def do(entry: CaptureEntry, name: str) -> str:
    return reverse("admin:imaging_captureentry_do", args=[entry.pk, name])


def decide(repair: PhotoRepair, name: str) -> str:
    return reverse("admin:imaging_photorepair_do", args=[repair.pk, name])


def hidden(page: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def ask(client: Client, url: str, data: Mapping[str, object]) -> str:
    """Fill the form in and look at what would happen."""
    return client.post(url, dict(data)).content.decode()


# --- finding ----------------------------------------------------------------------------------


@pytest.fixture
def three(db: None) -> list[CaptureEntry]:
    """Photos of three batches with different data."""
    now = timezone.now()
    said = [
        {"student_no": "2022041001", "name": "沈若溪", "captured_date": "2026-03-31"},
        {"candidate_no": "22990101019999", "name": "陆鸣远"},
        {"ticket": "K7M2P9QX", "name": "秦川"},
    ]
    entries = []
    for serial, fields in enumerate(said):
        deliver({f"20229{serial}9999.jpg": marked(serial)}, now=now)
        entry = CaptureEntry.objects.latest("pk")
        CaptureEntry.objects.filter(pk=entry.pk).update(**{"student_no": "", **fields})
        entry.batch.file_name = f"补拍{serial}号.zip"
        entry.batch.save()
        CaptureEntry.objects.filter(pk=entry.pk).update(received_at=now - serial * 40 * DAY)
        entries.append(CaptureEntry.objects.get(pk=entry.pk))
    return entries


@pytest.mark.parametrize(
    ("term", "place"),
    [
        ("20220410", 0),
        ("沈若", 0),
        ("2026-03-31", 0),
        ("2026年3月31日", 0),
        ("22990101019999", 1),
        ("K7M2P9QX", 2),
        ("补拍1号", 1),
    ],
)
def test_photo_is_found_by_anything(
    client_of: ClientOf, li: User, three: list[CaptureEntry], term: str, place: int
) -> None:
    answer = client_of(li).post(ENTRIES, {"_search": "1", "q": term}, follow=True)

    found = [entry.pk for entry in answer.context["cl"].result_list]
    assert found == [three[place].pk]


def test_photo_is_found_by_its_document_number_in_any_spelling_and_that_is_written_down(
    client_of: ClientOf, li: User, three: list[CaptureEntry]
) -> None:
    number = people.make_number(7, birth="18990101")
    CaptureEntry.objects.filter(pk=three[0].pk).update(
        document_no=number, document_no_index=document_index(number)
    )
    typed = f"{number[:6]} {number[6:14]} {number[14:].lower()}"

    answer = client_of(li).post(ENTRIES, {"_search": "1", "q": typed}, follow=True)

    assert [entry.pk for entry in answer.context["cl"].result_list] == [three[0].pk]
    assert number not in answer.redirect_chain[-1][0]
    assert AuditEvent.objects.filter(action="number.searched").exists()


def test_nothing_found_says_who_knows_more(client_of: ClientOf, li: User, db: None) -> None:
    page = client_of(li).get(f"{ENTRIES}?q=不存在的人").content.decode()

    assert "请采集单位查当天的拍摄名单" in page


@pytest.mark.parametrize(
    ("address", "limit"),
    [
        (ENTRIES, LIST_QUERIES),
        (f"{ENTRIES}?repeated=yes", LIST_QUERIES),
        (f"{ENTRIES}duplicates/", DUPLICATE_QUERIES),
        (REPAIRS, REPAIR_QUERIES),
        (HINTS, HINT_QUERIES),
    ],
)
def test_lists_ask_the_same_few_queries_for_any_length(
    client_of: ClientOf,
    li: User,
    address: str,
    limit: int,
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    client, now = client_of(li), timezone.now()
    for serial in range(4):
        fill(serial, li, now)
    client.get("/admin/")

    with django_assert_max_num_queries(limit):  # type: ignore[attr-defined]
        assert client.get(address).status_code == 200


def fill(serial: int, li: User, now: datetime) -> None:
    """A duplicate, a hint and a case."""
    number = f"20220415{serial:02d}"
    deliver({f"{number}.jpg": marked(2 * serial)}, now=now)
    deliver({f"{number}_2.jpg": marked(2 * serial + 1)}, now=now)
    record = enrolment.make_record(student_no=f"20220416{serial:02d}", name=f"某{serial}")
    entry = CaptureEntry.objects.latest("pk")
    PhotoHint.objects.create(
        kind="NEAR",
        entry=entry,
        record=record,
        moves=[[entry.pk, record.pk]],
        reasons=["name:same"],
        found_at=now,
    )
    version = imaging.make_photo(record)
    propose_detach(
        entry=CaptureEntry.objects.get(pk=version.entry_id), reason="试", actor=li, now=now
    )


# --- exchange with a second person -------------------------------------------------------------


def test_swap_is_previewed_proposed_confirmed_and_taken_back(
    client_of: ClientOf, li: User, wang: User, pair: tuple[Student, Student]
) -> None:
    one, other = pair
    given = {"student_no": other.record.student_no, "reason": "两人弄混"}
    first, second = client_of(li), client_of(wang)

    preview = ask(first, do(one.entry, "swap"), given)
    assert "正确，已锁定" in preview
    assert "结论失效，重新核对" in preview
    assert "照片换了，请重新核对" in preview
    assert not PhotoRepair.objects.exists()  # only looked at

    answer = first.post(do(one.entry, "swap"), {**given, "_confirmed": "1"}, follow=True)
    assert "请另一位老师在 7 天内确认" in answer.content.decode()
    repair = PhotoRepair.objects.get()

    own = first.get(f"{REPAIRS}{repair.pk}/change/").content.decode()
    assert decide(repair, "confirm") not in own
    assert decide(repair, "drop") in own
    assert first.post(decide(repair, "confirm"), {"reason": "好"}).status_code == 302
    assert PhotoRepair.objects.get().state == RepairState.PROPOSED

    page = second.get(decide(repair, "confirm")).content.decode()
    assert "每个人看到的照片" in page
    sight = hidden(page, "sight")
    second.post(decide(repair, "confirm"), {"reason": "对过照片", "sight": sight})
    assert (one.shown, other.shown) == (other.entry, one.entry)

    second.post(decide(repair, "ask_undo"), {"reason": "换错了"})
    assert PhotoRepair.objects.get().state == RepairState.UNDOING
    first.post(decide(repair, "undo"), {"reason": "确实换错"})
    assert (one.shown, other.shown) == (one.entry, other.entry)


def test_page_that_was_looked_at_too_early_is_shown_again(
    client_of: ClientOf, li: User, wang: User
) -> None:
    now = timezone.now()
    imaging.make_campaign(
        opens_at=now - 20 * DAY, closes_at=now + 5 * DAY, sheet_freeze_at=now + 6 * DAY
    )
    one = repairing.make_student("2022040111", "沈若溪", at=now, state=None)
    other = repairing.make_student("2022040112", "陆鸣远", at=now, state=None)
    repair = repairing.proposed_swap(one, other, actor=li, now=now)
    client = client_of(wang)
    sight = hidden(client.get(decide(repair, "confirm")).content.decode(), "sight")
    imaging.make_conclusion(one.member, ConclusionKind.PHOTO, at=now)

    answer = client.post(decide(repair, "confirm"), {"reason": "好", "sight": sight}, follow=True)

    assert "再看一遍" in answer.content.decode()
    assert one.shown == one.entry


def test_swap_with_an_unknown_number_is_refused_in_the_form(
    client_of: ClientOf, li: User, pair: tuple[Student, Student]
) -> None:
    enrolment.make_record(student_no="2022040199")
    client = client_of(li)

    page = ask(client, do(pair[0].entry, "swap"), {"student_no": "2022040199", "reason": "试"})
    assert "现在没有这种照片" in page
    page = ask(client, do(pair[0].entry, "swap"), {"student_no": "1", "reason": "试"})
    assert "名册里没有这个学号" in page
    assert not PhotoRepair.objects.exists()


def test_run_is_shifted_from_the_page_of_its_first_photo(
    client_of: ClientOf, li: User, pair: tuple[Student, Student]
) -> None:
    empty = enrolment.make_record(student_no="2022040113", name="秦川")
    given = {
        "direction": "next",
        "student_no": pair[1].record.student_no,
        "reason": "漏拍一人",
        "_confirmed": "1",
    }

    client_of(li).post(do(pair[0].entry, "shift"), given)

    moves = PhotoRepair.objects.get().moves.order_by("pk")
    assert [(move.entry_id, move.to_record_id) for move in moves] == [
        (pair[0].entry.pk, pair[1].record.pk),
        (pair[1].entry.pk, empty.pk),
    ]


@pytest.mark.parametrize("is_voided", [False, True])
def test_run_is_shifted_in_the_order_of_arrival(
    client_of: ClientOf, li: User, pair: tuple[Student, Student], *, is_voided: bool
) -> None:
    one, other = pair
    third = repairing.make_student("2022040199", "秦川", at=timezone.now(), state=None)
    for student in (one, third):
        StudentRecord.objects.filter(pk=student.record.pk).update(class_group=None)
    at = timezone.now() - 9 * DAY
    session = capture.make_session(Campaign.objects.get(), starts_at=at)
    for place, student in enumerate((third, one, other)):
        capture.make_visit(session, student.member, at=at + place * timedelta(minutes=1))
    if is_voided:
        session.visits.update(voided_at=at, voided_by="测试")
    given = {
        "direction": "next_came",
        "student_no": other.record.student_no,
        "reason": "多报到一人",
        "_confirmed": "1",
    }

    client_of(li).post(do(third.entry, "shift"), given)

    moves = PhotoRepair.objects.filter(kind="SHIFT").values_list("moves__entry", "moves__to_record")
    wanted = [
        (third.entry.pk, one.record.pk),
        (one.entry.pk, other.record.pk),
        (other.entry.pk, None),
    ]
    assert list(moves.order_by("moves__pk")) == ([] if is_voided else wanted)


def test_run_by_arrival_needs_a_session_of_both(
    client_of: ClientOf, li: User, pair: tuple[Student, Student]
) -> None:
    at = timezone.now() - 9 * DAY
    for student in pair:
        session = capture.make_session(Campaign.objects.get(), starts_at=at)
        capture.make_visit(session, student.member, at=at)
    given = {
        "direction": "previous_came",
        "student_no": pair[1].record.student_no,
        "reason": "漏拍一人",
    }

    page = ask(client_of(li), do(pair[0].entry, "shift"), given)

    assert "两个人要在同一场报到拍过照" in page
    assert not PhotoRepair.objects.exists()


# --- what is locked ---------------------------------------------------------------------------


def test_attaching_to_a_locked_photo_becomes_a_proposal(
    client_of: ClientOf, li: User, pair: tuple[Student, Student]
) -> None:
    deliver({"2022049999.jpg": marked(5)}, now=timezone.now())
    stray = entry_named("2022049999.jpg")
    given = {"student_no": pair[0].record.student_no, "reason": "补拍", "is_former_wrong": "on"}
    client = client_of(li)

    preview = ask(client, do(stray, "attach"), given)
    assert "要第二个人" in preview
    client.post(do(stray, "attach"), {**given, "_confirmed": "1"})

    repair = PhotoRepair.objects.get()
    assert (repair.kind, repair.moves.count()) == ("REPLACE", 2)
    assert pair[0].shown == pair[0].entry


def test_taking_away_a_judged_photo_becomes_a_proposal(
    client_of: ClientOf, li: User, pair: tuple[Student, Student]
) -> None:
    client = client_of(li)
    given = {"reason": "不是本人"}

    assert "要第二个人" in ask(client, do(pair[0].entry, "detach"), given)
    client.post(do(pair[0].entry, "detach"), {**given, "_confirmed": "1"})

    assert PhotoRepair.objects.get().kind == "DETACH"
    assert pair[0].shown == pair[0].entry


def test_taking_away_what_nobody_judged_needs_one_person(client_of: ClientOf, li: User) -> None:
    record = enrolment.make_record()
    entry = imaging.make_photo(record).entry
    given = {"reason": "不是本人", "_confirmed": "1"}

    client_of(li).post(do(entry, "detach"), given)

    assert not PhotoRepair.objects.exists()
    assert not PhotoVersion.objects.filter(record=record, is_current=True).exists()


def test_data_that_lead_to_a_locked_photo_say_so_before(
    client_of: ClientOf, li: User, pair: tuple[Student, Student]
) -> None:
    deliver({"2022049999.jpg": marked(5)}, now=timezone.now())
    stray = entry_named("2022049999.jpg")
    given = {"student_no": pair[0].record.student_no, "reason": "写错"}

    page = ask(client_of(li), do(stray, "rematch"), given)

    assert "采集信息马上改好，照片先不换" in page


# --- duplicates -------------------------------------------------------------------------------


def test_duplicates_stand_side_by_side_and_are_voided_by_two(
    client_of: ClientOf, li: User, wang: User
) -> None:
    now = timezone.now()
    for serial in range(3):
        deliver({f"20220499{serial}/2022049999.jpg": marked(serial)}, now=now)
    entries = list(CaptureEntry.objects.order_by("pk"))
    client = client_of(li)

    page = client.get(f"{ENTRIES}duplicates/").content.decode()
    assert page.count("留这张，作废其余") == 3
    assert page.count('class="ui-thumb ui-thumb--md"') == 3
    assert "第 2 组" not in page

    form = client.get(do(entries[0], "duplicates")).content.decode()
    assert form.count('type="checkbox"') == 2
    given = {"entries": [entries[1].pk, entries[2].pk], "reason": "重复"}
    assert "要第二个人" in ask(client, do(entries[0], "duplicates"), given)
    client.post(do(entries[0], "duplicates"), {**given, "_confirmed": "1"})
    assert "没有另有一张的" in client.get(f"{ENTRIES}duplicates/").content.decode()

    repair = PhotoRepair.objects.get()
    other = client_of(wang)
    sight = hidden(other.get(decide(repair, "confirm")).content.decode(), "sight")
    other.post(decide(repair, "confirm"), {"reason": "对过", "sight": sight})
    states = list(CaptureEntry.objects.order_by("pk").values_list("state", flat=True))
    assert states == [MatchState.UNMATCHED, MatchState.VOIDED, MatchState.VOIDED]


def test_strangers_duplicate_is_not_offered(client_of: ClientOf, li: User) -> None:
    now = timezone.now()
    deliver({"2022049998.jpg": marked(1)}, now=now)
    deliver({"2022049999.jpg": marked(2)}, now=now)
    first, second = CaptureEntry.objects.order_by("pk")

    page = client_of(li).get(f"{ENTRIES}{first.pk}/change/").content.decode()

    assert do(first, "duplicates") not in page
    assert do(first, "void") in page
    given = {"entries": [second.pk], "reason": "试", "_confirmed": "1"}
    client_of(li).post(do(first, "duplicates"), given)
    assert not PhotoRepair.objects.exists()


# --- hints ------------------------------------------------------------------------------------


def test_hint_is_looked_at_and_judged(client_of: ClientOf, li: User, record) -> None:
    deliver({"2022040128沈若溪.jpg": marked(5)}, now=timezone.now())
    client = client_of(li)

    answer = client.post(f"{HINTS}add/", {"_confirmed": "1"}, follow=True)
    assert "新发现 1 条" in answer.content.decode()
    hint = PhotoHint.objects.get()
    page = client.get(f"{HINTS}{hint.pk}/change/").content.decode()
    assert "学号只差一位；姓名相同" in page

    client.post(reverse("admin:imaging_photohint_do", args=[hint.pk, "refuse"]), {"reason": "不像"})
    assert PhotoHint.objects.get().state == HintState.REFUSED
    answer = client.post(f"{HINTS}add/", {"_confirmed": "1"}, follow=True)
    assert "没有新的线索" in answer.content.decode()


def test_swap_hint_shows_what_would_happen_and_becomes_a_proposal(
    client_of: ClientOf, li: User, pair: tuple[Student, Student]
) -> None:
    now = timezone.now()
    for student in pair:
        imaging.make_conclusion(
            student.member,
            ConclusionKind.PHOTO,
            Conclusion.INCORRECT,
            at=now - timedelta(days=2),
            reasons=[PhotoReason.SWAPPED.value],
        )
    find_hints(now=now)
    hint = PhotoHint.objects.get()
    client = client_of(li)

    page = client.get(f"{HINTS}{hint.pk}/change/").content.decode()
    assert "每个人看到的照片" in page
    assert not PhotoRepair.objects.exists()
    client.post(reverse("admin:imaging_photohint_do", args=[hint.pk, "take"]), {"reason": "对过"})

    assert PhotoRepair.objects.get().hint == hint


# --- who --------------------------------------------------------------------------------------


def test_auditor_looks_and_does_nothing(
    client_of: ClientOf, li: User, auditor: User, pair: tuple[Student, Student]
) -> None:
    repair = repairing.proposed_swap(*pair, actor=li, now=timezone.now())
    client = client_of(auditor)

    page = client.get(f"{REPAIRS}{repair.pk}/change/")

    assert page.status_code == 200
    assert "/do/" not in page.content.decode()
    assert client.post(decide(repair, "confirm"), {"reason": "好"}).status_code == 403
    assert client.post(do(pair[0].entry, "swap"), {"reason": "好"}).status_code == 403
    assert client.get(f"{ENTRIES}duplicates/").status_code == 200


@pytest.mark.parametrize("person", ["eve", "alice", "monitor", "chen", "secretary", "leader"])
def test_others_find_nothing(
    request, client_of: ClientOf, li: User, pair: tuple[Student, Student], person: str
) -> None:
    repair = repairing.proposed_swap(*pair, actor=li, now=timezone.now())
    client = client_of(request.getfixturevalue(person))

    for address in (
        REPAIRS,
        HINTS,
        f"{REPAIRS}{repair.pk}/change/",
        decide(repair, "confirm"),
        f"{ENTRIES}duplicates/",
    ):
        assert client.get(address).status_code == 404


def test_opened_pages_and_pictures_are_written_down(
    client_of: ClientOf, li: User, pair: tuple[Student, Student]
) -> None:
    repair = repairing.proposed_swap(*pair, actor=li, now=timezone.now())
    client = client_of(li)

    client.get(f"{REPAIRS}{repair.pk}/change/")
    thumb = client.get(reverse("admin:imaging_captureentry_thumb", args=[pair[0].entry.pk]))
    stored = files.read(Rendition.objects.get(entry=pair[0].entry).file)
    assert thumb.content[:2] == b"\xff\xd8"
    assert thumb.content != stored  # who looks is drawn in
    assert thumb["Cache-Control"] == "no-store, private"
    assert AuditEvent.objects.filter(action="repair.viewed", object_id=str(repair.pk)).exists()
    assert FileView.objects.filter(subject_id=str(pair[0].record.pk)).exists()
