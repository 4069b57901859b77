"""Searches that the desk keeps: own and shared, opened again, never with a document number in them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.states import Role
from common.models import AuditEvent, SavedSearch
from common.searches import MOST
from tests.factories import enrolment
from tests.factories.people import make_staff

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
LIST = "/admin/enrollment/studentrecord/"
UNBOUND = f"{LIST}?bound=no&q=%E6%B2%88"


@pytest.fixture
def desk(client_of: ClientOf, li: User) -> Client:
    """The registrar's client."""
    return client_of(li)


def keep(client: Client, address: str = UNBOUND, name: str = "没绑定的", **typed: Any) -> str:
    given = {"_keep_search": "1", "search_name": name} | typed
    page: str = client.post(address, given, follow=True).content.decode()
    return page


def offered(client: Client, address: str = LIST) -> list[str]:
    page = client.get(address).content.decode()
    return re.findall(r'<a href="\?_saved=\d+">([^<]+)</a>', page)


def test_kept_search_leads_back_to_the_same_rows(
    desk: Client, li: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert "已存为“没绑定的”" in keep(desk)

    search = SavedSearch.objects.get()
    assert (search.listed, search.owner, search.is_shared) == (
        "enrollment.studentrecord",
        li,
        False,
    )
    assert offered(desk) == ["没绑定的"]
    assert desk.get(f"{LIST}?_saved={search.pk}")["Location"] == UNBOUND
    assert offered(desk, "/admin/enrollment/school/") == []


def test_trail_says_neither_the_name_nor_what_was_searched(desk: Client) -> None:
    keep(desk)
    search = SavedSearch.objects.get()
    desk.post(LIST, {"_drop_search": search.pk})

    saved, dropped = AuditEvent.objects.filter(action__startswith="search.").order_by("pk")
    assert (saved.object_id, dropped.object_id) == (str(search.pk), str(search.pk))
    assert saved.details == {"listed": "enrollment.studentrecord", "is_shared": False}
    assert dropped.details == {"listed": "enrollment.studentrecord"}


def test_conditions_lie_sealed_in_the_database(desk: Client) -> None:
    keep(desk)

    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM common_savedsearch")
        (stored,) = cursor.fetchone()
    assert "bound" not in str(stored)


def test_shared_one_is_the_office_s_and_an_own_one_nobody_else_s(
    desk: Client,
    client_of: ClientOf,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        keep(desk, name="我的")
        keep(desk, name="大家的", is_shared="1")
    other = client_of(make_staff(Role.AUDITOR, "wang@example.test"))
    own, shared = SavedSearch.objects.order_by("pk")

    assert offered(other) == ["大家的"]
    assert other.get(f"{LIST}?_saved={shared.pk}").status_code == 302
    assert other.get(f"{LIST}?_saved={own.pk}").status_code == 404
    assert other.post(LIST, {"_drop_search": own.pk}).status_code == 404
    page = other.post(LIST, {"_drop_search": shared.pk}, follow=True).content.decode()
    assert "不是你存的" in page
    assert SavedSearch.objects.count() == 2
    listed = other.get("/admin/common/savedsearch/").content.decode()
    assert "大家的" in listed
    assert "我的" not in listed
    assert other.get(f"/admin/common/savedsearch/{own.pk}/change/").status_code == 302


def test_search_of_another_list_is_not_opened_here(desk: Client) -> None:
    keep(desk)

    for number in (SavedSearch.objects.get().pk, "x", ""):
        assert desk.get(f"/admin/enrollment/school/?_saved={number}").status_code == 404


def test_own_one_is_dropped(
    desk: Client, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        keep(desk)
    assert offered(desk) == ["没绑定的"]

    with django_capture_on_commit_callbacks(execute=True):
        desk.post(LIST, {"_drop_search": SavedSearch.objects.get().pk})

    assert offered(desk) == []
    assert AuditEvent.objects.filter(action="search.dropped").count() == 1


@pytest.mark.parametrize(
    "query",
    [
        "q=110101188001010016",
        "q=11010118800101001X",
        "q=11010118800101001x",
        "q=110101800101001",
        "q=110101%201880%200101%200016",
        "q=110101-1880-0101-0016",
        "q=%EF%BC%91%EF%BC%91%EF%BC%90101188001010016",
        "q=E12345678",
        "q=H1234567890",
        "document=00ff00",
        "bound=no&student_no=110101188001010016",
    ],
)
def test_document_number_is_refused(desk: Client, query: str) -> None:
    page = keep(desk, f"{LIST}?{query}")

    assert "搜索里有证件号码，不能存" in page
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize(
    ("address", "name", "said"),
    [
        (LIST, "全部", "先筛选或搜索，再存"),
        (f"{LIST}?p=3", "第三页", "先筛选或搜索，再存"),
        (UNBOUND, " ", "给这个搜索起个名字"),
        (UNBOUND, "长" * 41, "名字最多 40 个字"),
        (UNBOUND, "110101188001010016", "有证件号码"),
        (f"{LIST}?q={'x' * 1001}", "长的", "条件太长"),
    ],
    ids=["nothing", "page", "no-name", "long-name", "number-as-name", "long"],
)
def test_what_makes_no_sense_is_refused(desk: Client, address: str, name: str, said: str) -> None:
    assert said in keep(desk, address, name)
    assert not SavedSearch.objects.exists()


def test_same_name_twice_and_too_many_are_refused(desk: Client) -> None:
    keep(desk)

    assert "已经有一个叫这个名字的搜索" in keep(desk)
    for number in range(MOST - 1):
        keep(desk, name=f"第 {number} 个")
    assert f"最多存 {MOST} 个" in keep(desk, name="再一个")
    assert SavedSearch.objects.count() == MOST


def test_name_is_text_and_no_markup(
    desk: Client, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        keep(desk, name="<img src=x onerror=alert(1)>")

    page = desk.get(LIST).content.decode()
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("amount", [1, 3])
def test_list_asks_nothing_more_for_its_searches(
    desk: Client,
    amount: int,
    django_assert_num_queries: Any,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(amount):
            keep(desk, name=f"第 {number} 个")
    enrolment.make_school()
    desk.get("/admin/enrollment/school/")

    with django_assert_num_queries(7):  # session, user, role, count, two marks of handlers, rows
        desk.get("/admin/enrollment/school/")


def test_student_finds_no_list_to_keep(client_of: ClientOf, alice: User) -> None:
    assert client_of(alice).post(UNBOUND, {"_keep_search": "1"}).status_code == 404
