"""Every table of the desk opens for registrar and auditor, for nobody else, with few queries."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.meta.project import own_models
from xuexin.pages.desk.order import GROUPS

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
MODELS = own_models()


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
