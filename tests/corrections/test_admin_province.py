"""Packs for the province and its answers at the desk."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.states import Role
from corrections.models import ProvinceAnswer, ProvincePack
from corrections.states import RequestState
from enrollment.models import StudentRecord
from tests.factories import people
from tests.factories.corrections import make_request

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
PACKS = "/admin/corrections/provincepack/"
ANSWERS = "/admin/corrections/provinceanswer/"


def test_case_goes_out_and_its_answer_comes_back(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    case = make_request(record, RequestState.AWAITING_PROVINCE)
    client = client_of(li)

    client.post(f"{PACKS}add/", {"school": record.school_id, "reason": "交省厅"})
    pack = ProvincePack.objects.get()
    sent = client.post(f"{PACKS}{pack.pk}/do/download/", {"reason": "交省厅"})
    file = SimpleUploadedFile("批复.csv", f"单号,结论,说明\n{case.pk},不同意,不批".encode())
    client.post(f"{ANSWERS}add/", {"pack": pack.pk, "file": file})
    answer = ProvinceAnswer.objects.get()
    shown = client.get(f"{ANSWERS}{answer.pk}/change/").content.decode()
    client.post(f"{ANSWERS}{answer.pk}/do/apply/")

    case.refresh_from_db()
    assert sent["Content-Type"] == "application/zip"
    assert shown.count("会登记") == 1
    assert case.state == RequestState.REFUSED
    assert client.get(f"{PACKS}{pack.pk}/change/").status_code == 200


def test_auditor_has_no_buttons(client_of: ClientOf, auditor: User) -> None:
    client = client_of(auditor)

    assert client.get(PACKS).status_code == 200
    assert client.post(f"{PACKS}add/", {"reason": "看"}).status_code == 403
    assert client.post(f"{ANSWERS}add/", {}).status_code == 403


def test_registered_answers_are_taken_back_by_a_second_person(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    case = make_request(record, RequestState.AWAITING_PROVINCE)
    client = client_of(li)
    second = client_of(people.make_staff(Role.REGISTRAR, "wang@example.test"))
    client.post(f"{PACKS}add/", {"school": record.school_id, "reason": "交省厅"})
    file = SimpleUploadedFile("批复.csv", f"单号,结论,说明\n{case.pk},不同意,不批".encode())
    client.post(f"{ANSWERS}add/", {"pack": ProvincePack.objects.get().pk, "file": file})
    answer = ProvinceAnswer.objects.get()
    client.post(f"{ANSWERS}{answer.pk}/do/apply/")
    undo = f"{ANSWERS}{answer.pk}/do/undo/"

    own = client.post(undo, {"reason": "导错了"}, follow=True).content.decode()
    narrowed = second.get(f"{ANSWERS}?undo=open").content.decode()
    preview = second.get(undo).content.decode()
    second.post(undo, {"reason": "导错了"})

    case.refresh_from_db()
    assert "现在不能“撤销登记”" in own
    assert f"{ANSWERS}{answer.pk}/change/" in narrowed
    assert "会撤销 1 张，不会撤销 0 张" in preview
    assert "学生会看到这段话，不要写任何人的姓名和号码。" in preview
    assert case.state == RequestState.AWAITING_PROVINCE
