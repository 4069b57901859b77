"""Every table of the desk opens for registrar and auditor, for nobody else, with few queries."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.models import User
from common.admin import ConfigurationAdmin
from enrollment.models import StudentRecord
from tests.meta.project import desk_models
from xuexin.pages.desk.order import GROUPS

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
MODELS = desk_models()


def changelist(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def label(model: type[models.Model]) -> str:
    return model._meta.label


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_list_opens_for_the_office(
    model: type[models.Model], client_of: ClientOf, li: User, auditor: User
) -> None:
    for user in (li, auditor):
        response = client_of(user).get(changelist(model))

        assert response.status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_list_is_absent_for_others(
    model: type[models.Model], client_of: ClientOf, alice: User, chen: User
) -> None:
    for user in (alice, chen):
        assert client_of(user).get(changelist(model)).status_code == 404


def test_every_row_page_opens(client_of: ClientOf, li: User, auditor: User, alice: User) -> None:
    for user in (li, auditor):
        client = client_of(user)
        for model in MODELS:
            row = model._default_manager.first()
            if row is not None:
                name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
                assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
                assert client.get(reverse(f"{name}_history", args=[row.pk])).status_code == 200


def test_stranger_is_sent_to_our_own_log_in(client: Client, db: None) -> None:
    response = client.get("/admin/accounts/user/", follow=True)

    assert response.redirect_chain[-1] == ("/account/login/?next=/admin/accounts/user/", 302)


def test_logged_in_without_role_finds_nothing(client_of: ClientOf, eve: User) -> None:
    assert client_of(eve).get("/admin/").status_code == 404
    assert client_of(eve).get("/admin/login/").status_code == 404
    assert client_of(eve).get("/admin/nowhere/").status_code == 404


def test_every_table_stands_on_the_desk() -> None:
    shown = {name for group in GROUPS for name in group.models}

    assert {model._meta.label for model in admin.site._registry} - shown == set()


def test_only_our_tables_are_registered() -> None:
    apps = {model._meta.app_label for model in admin.site._registry}

    assert apps == {"common", "accounts", "enrollment", "imaging", "reports", "corrections"}


def test_lists_speak_our_words(client_of: ClientOf, li: User) -> None:
    page = client_of(li).get("/admin/enrollment/rosterimport/").content.decode()

    assert "<h1>名册导入</h1>" in page
    assert [word for word in ("选择", "过滤器", "以 状态", "增加", "---") if word in page] == []
    assert ">上传名册</a>" in page
    assert "现在没有。" in page


def test_empty_search_says_what_to_do(client_of: ClientOf, li: User) -> None:
    page = client_of(li).get("/admin/enrollment/recordclaim/?waiting=late").content.decode()

    assert "没有符合的。放宽筛选，或换个词搜。" in page
    assert ">全部清除</a>" in page


def test_list_counts_its_rows(client_of: ClientOf, li: User, record: StudentRecord) -> None:
    page = client_of(li).get("/admin/enrollment/studentrecord/").content.decode()

    assert "共 1 条" in page


def test_nothing_chosen_is_a_word(client_of: ClientOf, li: User) -> None:
    page = client_of(li).get("/admin/enrollment/rosterimport/add/").content.decode()

    assert '<option value="" selected>不选</option>' in page
    assert "-----" not in page


@pytest.mark.parametrize(
    "model",
    [
        model
        for model, desk in admin.site._registry.items()
        if isinstance(desk, ConfigurationAdmin) and desk.create is None
    ],
    ids=label,
)
def test_new_row_of_configuration_is_asked_for_in_our_words(
    client_of: ClientOf, li: User, model: type[models.Model]
) -> None:
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/add/"

    page = client_of(li).get(address).content.decode()

    assert f"新增{model._meta.verbose_name}" in page
    assert [word for word in ("增加 ", "-----") if word in page] == []


def test_saving_a_school_offers_no_empty_form(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    page = client_of(li).get(f"/admin/enrollment/school/{record.school_id}/change/")

    assert "_continue" in page.content.decode()
    assert "_addanother" not in page.content.decode()


def test_pages_of_rows_are_headed_by_words(client_of: ClientOf, li: User, alice: User) -> None:
    binding = alice.identity.bindings.get()

    page = client_of(li).get(f"/admin/enrollment/binding/{binding.pk}/change/").content.decode()

    assert f"<h1>实名绑定：绑定 {binding.pk}</h1>" in page


def test_filters_called_like_a_column_may_be_asked(client_of: ClientOf, li: User) -> None:
    answers = {
        address: client_of(li).get(address).status_code
        for page in admin.site._registry.values()
        for entry in page.list_filter
        if isinstance(entry, type) and issubclass(entry, admin.SimpleListFilter)
        for address in [
            reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
            + f"?{entry.parameter_name}=x"
        ]
    }

    assert "/admin/common/auditevent/?action=x" in answers
    assert set(answers.values()) <= {200, 302, 404}, answers  # 404: not this person's to see
