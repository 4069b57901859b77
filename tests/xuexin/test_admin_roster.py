"""The roster tool as registrars click through it: rows, workbook, near matches, undo, limits."""

import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from accounts.models import User
from accounts.states import Role
from common.models import AuditEvent, FileView
from enrollment.models import NearMatch, RosterImport, StudentRecord
from enrollment.states import Coverage, ImportState, SamePerson, UndoState
from tests.enrollment.rosters import csv_of, person
from tests.factories import people
from tests.factories.enrolment import make_school

pytestmark = [pytest.mark.page, pytest.mark.django_db(transaction=True)]

ClientOf = Callable[[User], Client]
ROSTERS = "/admin/enrollment/rosterimport/"


def given(*rows: dict[str, str], **more: str) -> dict[str, object]:
    file = SimpleUploadedFile("名册.csv", csv_of(*rows), content_type="text/csv")
    return {"file": file, "school": str(make_school().pk), **more}


def uploaded(client: Client, *rows: dict[str, str], **more: str) -> RosterImport:
    client.post(f"{ROSTERS}add/", given(*rows, **more))
    return RosterImport.objects.latest("pk")


def applied(client: Client, *rows: dict[str, str], **more: str) -> RosterImport:
    roster = uploaded(client, *rows, **more)
    client.post(f"{ROSTERS}{roster.pk}/do/apply/")
    roster.refresh_from_db()
    assert roster.state == ImportState.APPLIED
    return roster


@pytest.fixture
def wang(db: None) -> User:
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


def test_rows_are_chosen_by_kind_and_found_by_number(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    applied(client, *(person(serial) for serial in range(60)))
    roster = uploaded(
        client,
        person(1, 姓名="沈若兮", 班级="汉语言文学 2202 班"),
        person(2, 证件号码=""),
        person(70),
        skip_bad="on",
        coverage=Coverage.SCHOOL,
    )
    url = f"{ROSTERS}{roster.pk}/rows/"

    changed = client.get(f"{url}?kind=key").content.decode()
    left = client.get(f"{url}?kind=left").content.decode()
    missing = client.get(f"{url}?kind=missing").content.decode()
    second = client.get(f"{url}?kind=missing&page=2").content.decode()
    found = client.get(f"{url}?kind=missing&number=2022000033").content.decode()

    assert "姓名（关键）" in changed
    assert "沈*溪" in changed
    assert "沈*兮" in changed
    assert "汉语言文学 2202 班" in changed
    assert person(1)["证件号码"] not in changed
    assert "证件号码是空的" in left
    assert missing.count("2022000") >= 50
    assert "2022000059" in second
    assert "2022000033" in found
    assert "2022000034" not in found


def test_rows_of_nothing_and_of_nonsense(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    roster = uploaded(client, person(1))

    assert "没有这样的行" in client.get(f"{ROSTERS}{roster.pk}/rows/?kind=update").content.decode()
    assert client.get(f"{ROSTERS}{roster.pk}/rows/?kind=zzz&page=x").status_code == 200
    assert client.get(f"{ROSTERS}999/rows/").status_code == 404


def test_workbook_is_taken_by_who_may_act_and_written_down(
    client_of: ClientOf, li: User, auditor: User, eve: User
) -> None:
    client = client_of(li)
    roster = uploaded(client, person(1), person(2, 证件号码=""))
    url = f"{ROSTERS}{roster.pk}/errors.xlsx"
    page = client.get(f"{ROSTERS}{roster.pk}/change/").content.decode()

    taken = client.post(url)
    looked = client.get(url)

    assert "下载待改的行" in page
    assert taken["Cache-Control"] == "no-store, private"
    assert "attachment" in taken["Content-Disposition"]
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(taken)))
    rows = book.get_sheet_by_index(0).to_python()
    assert "2022000002" in rows[2]
    assert looked.status_code == 302
    assert FileView.objects.count() == 1
    assert client_of(auditor).post(url).status_code == 403
    assert client_of(eve).post(url).status_code in {302, 404}
    assert AuditEvent.objects.filter(action="roster.errors_downloaded").count() == 1


def test_complete_roster_says_of_whom(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    asked = client.post(
        f"{ROSTERS}add/", given(person(1), coverage=Coverage.CLASS, coverage_class="没有的班")
    ).content.decode()
    graded = uploaded(client, person(1), coverage=Coverage.GRADE, coverage_grade="2022")

    assert "没有这个班" in asked
    assert (graded.coverage, graded.coverage_grade) == (Coverage.GRADE, 2022)
    page = client.get(f"{ROSTERS}{graded.pk}/change/").content.decode()
    assert "2022 级的完整名册" in page


def test_missing_students_are_listed(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    applied(client, person(1), person(2))
    applied(client, person(1), coverage=Coverage.SCHOOL)

    listed = client.get("/admin/enrollment/studentrecord/?roster=missing").content.decode()
    record = StudentRecord.objects.get(student_no="2022000002")
    page = client.get(f"/admin/enrollment/studentrecord/{record.pk}/change/").content.decode()
    desk = client.get("/admin/").content.decode()

    assert "2022000002" in listed
    assert "2022000001" not in listed
    assert "不在最新名册" in page
    assert "在籍、不在最新名册" in desk


def test_near_match_is_decided_side_by_side(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    applied(client, person(1))
    roster = uploaded(client, person(1, 学号="2022000099", 考生号=""))
    match = NearMatch.objects.get()
    url = f"/admin/enrollment/nearmatch/{match.pk}/do/"
    asked = client.get(f"{ROSTERS}{roster.pk}/do/apply/").content.decode()

    page = client.get(f"{url}same/").content.decode()
    client.post(f"{url}same/", {"reason": "看过身份证"})

    match.refresh_from_db()
    roster.refresh_from_db()
    assert "待定" in asked
    assert "这次不导入" in asked
    assert "名册这一行" in page
    assert "2022000099" in page
    assert person(1)["证件号码"] not in page
    assert match.decision == SamePerson.SAME
    assert (roster.created_count, roster.updated_count) == (0, 1)
    client.post(f"{ROSTERS}{roster.pk}/do/apply/")
    assert StudentRecord.objects.get().student_no == "2022000099"


def test_undecided_rows_stay_out_by_default(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    applied(client, person(1))
    roster = uploaded(client, person(1, 学号="2022000099", 考生号=""))

    unanswered = client.post(f"{ROSTERS}{roster.pk}/do/apply/").content.decode()
    client.post(f"{ROSTERS}{roster.pk}/do/apply/", {"undecided": "leave"})

    assert "没有决定是不是同一人的行" in unanswered
    assert StudentRecord.objects.count() == 1


def test_undo_takes_a_second_registrar(client_of: ClientOf, li: User, wang: User) -> None:
    client, second = client_of(li), client_of(wang)
    roster = applied(client, person(1))
    url = f"{ROSTERS}{roster.pk}/do/undo/"

    own = client.post(url, {"reason": "错"}, follow=True).content.decode()
    asked = second.get(url).content.decode()
    second.post(url, {"reason": "传错了文件"})
    after = second.get(f"{ROSTERS}{roster.pk}/change/").content.decode()

    roster.refresh_from_db()
    assert "另一位" in own
    assert "可以整份撤销" in asked
    assert roster.undo_state == UndoState.UNDONE
    assert "传错了文件" in after
    assert "撤销导入</a>" not in after
    assert StudentRecord.objects.count() == 0


def test_refused_undo_names_the_work(client_of: ClientOf, li: User, wang: User) -> None:
    client, second = client_of(li), client_of(wang)
    roster = applied(client, person(1))
    record = StudentRecord.objects.get()
    amend = {"field_1": "remark", "value_1": "补", "reason": "本人", "_confirmed": "1"}
    client.post(f"/admin/enrollment/studentrecord/{record.pk}/do/amend/", amend)
    url = f"{ROSTERS}{roster.pk}/do/undo/"

    asked = second.get(url).content.decode()
    refused = second.post(url, {"reason": "错"}, follow=True).content.decode()

    assert "学籍更正" in asked
    assert "2022000001" in asked
    assert "没有撤销" in refused
    assert StudentRecord.objects.count() == 1


def test_auditor_decides_and_takes_back_nothing(
    client_of: ClientOf, li: User, auditor: User
) -> None:
    client = client_of(li)
    roster = applied(client, person(1))
    uploaded(client, person(1, 学号="2022000099", 考生号=""))
    match = NearMatch.objects.get()
    reader = client_of(auditor)

    assert reader.post(f"{ROSTERS}{roster.pk}/do/undo/", {"reason": "x"}).status_code == 403
    near = f"/admin/enrollment/nearmatch/{match.pk}/do/same/"
    assert reader.post(near, {"reason": "x"}).status_code == 403
    assert reader.get(f"{ROSTERS}{roster.pk}/rows/").status_code == 200


def test_file_beyond_the_limit_is_refused_on_the_page(
    client_of: ClientOf, li: User, settings: object
) -> None:
    settings.MAX_ROSTER_BYTES = 100  # type: ignore[attr-defined]

    page = client_of(li).post(f"{ROSTERS}add/", given(person(1))).content.decode()

    assert "最大 100 字节" in page
    assert RosterImport.objects.count() == 0


def test_running_check_shows_how_far_it_is(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    roster = uploaded(client, person(1))
    RosterImport.objects.filter(pk=roster.pk).update(
        state=ImportState.UPLOADED, progress=4000, row_count=0
    )

    page = client.get(f"{ROSTERS}{roster.pk}/change/").content.decode()

    assert "正在检查" in page
    assert "已读 4000 行" in page


def test_refused_file_says_what_to_do(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    refused = uploaded(client, person(1), person(2, 证件号码=""))
    checked = uploaded(client, person(3))

    pages = [client.get(f"{ROSTERS}{each.pk}/change/") for each in (refused, checked)]

    assert refused.state == ImportState.REFUSED
    assert ["整份都没有导入" in page.content.decode() for page in pages] == [True, False]


def test_years_of_study_are_shown_as_years(client_of: ClientOf, li: User) -> None:
    client = client_of(li)
    roster = uploaded(client, person(1, 学制="2.5"))

    page = client.get(f"{ROSTERS}{roster.pk}/rows/?kind=create").content.decode()

    assert "2.5 年" in page
