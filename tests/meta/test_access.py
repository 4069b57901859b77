"""Every address refuses the anonymous and the wrong role, unless it is listed as open."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest
from django.contrib import admin
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from tests.meta.addresses import ACCESS, ARGUMENTS, EVERYONE, PUBLIC, Address, addresses, admitted

pytestmark = [pytest.mark.page, pytest.mark.django_db]


def methods(address: Address) -> tuple[str, ...]:
    """Both; one for the admin, whose own gate stands before every method alike."""
    return ("get",) if address.name.startswith("admin:") else ("get", "post")


@pytest.fixture
def path_of(request: pytest.FixtureRequest) -> Callable[[Address], str]:
    """The path of an address, its arguments taken from the people and things of the tests."""

    def value(address: Address, argument: str) -> Any:
        source = ARGUMENTS.get(f"{address.name}.{argument}", ARGUMENTS.get(argument))
        assert source is not None, f"addresses.py: ARGUMENTS lacks “{argument}” of {address.name}"
        fixture, _, attribute = source.partition(".")
        return attrgetter(attribute)(request.getfixturevalue(fixture)) if attribute else source

    def path(address: Address) -> str:
        return reverse(
            address.name, kwargs={name: value(address, name) for name in address.arguments}
        )

    return path


def is_refused(response: HttpResponseBase) -> bool:
    """A stranger's answer: not there, not yours, or log in first."""
    if response.streaming:
        b"".join(response)  # a file that nobody reads stays open
    target = response.headers.get("Location", "")
    return response.status_code in {403, 404} or (
        response.status_code == 302
        and target.startswith((reverse("account_login"), "/admin/login/"))
    )


def test_walk_sees_the_addresses() -> None:
    assert len(addresses()) > 30


def test_every_address_has_been_decided() -> None:
    undecided = [
        address.name
        for address in addresses()
        if address.name not in PUBLIC and admitted(address.name) is None
    ]

    assert undecided == []


def test_tables_name_only_what_exists() -> None:
    names = {address.name for address in addresses()}

    assert sorted(set(PUBLIC) - names) == []
    assert [key for key in ACCESS if not key.endswith("*") and key not in names] == []
    assert [
        key
        for key in ACCESS
        if key.endswith("*") and not any(name.startswith(key[:-1]) for name in names)
    ] == []


def test_anonymous_is_sent_to_the_login(path_of: Callable[[Address], str]) -> None:
    let_in = []
    for address in addresses():
        if address.name in PUBLIC:
            continue
        for method in methods(address):
            response = getattr(Client(), method)(path_of(address))
            if not is_refused(response):
                let_in.append(f"{method} {address.name}: {response.status_code}")

    assert let_in == []


@pytest.mark.parametrize("person", sorted(EVERYONE))
def test_wrong_role_is_refused(
    person: str,
    request: pytest.FixtureRequest,
    path_of: Callable[[Address], str],
    client_of: Callable[[Any], Client],
) -> None:
    paths = {address: path_of(address) for address in addresses() if address.name not in PUBLIC}
    client = client_of(request.getfixturevalue(person))

    let_in = []
    for address, path in paths.items():
        if person in (admitted(address.name) or ()):
            continue
        for method in methods(address):
            response = getattr(client, method)(path)
            if not is_refused(response) and response.status_code != 405:
                let_in.append(f"{method} {address.name}: {response.status_code}")

    assert let_in == []


@pytest.mark.parametrize("person", sorted(EVERYONE))
def test_right_role_is_let_in(
    person: str,
    request: pytest.FixtureRequest,
    path_of: Callable[[Address], str],
    client_of: Callable[[Any], Client],
) -> None:
    paths = {
        address: path_of(address)
        for address in addresses()
        if address.name in ACCESS and person in ACCESS[address.name]
    }
    client = client_of(request.getfixturevalue(person))

    refused = []
    for address, path in paths.items():
        response = client.get(path)
        if is_refused(response):
            refused.append(f"{address.name}: {response.status_code}")

    assert refused == []


def test_auditor_changes_nothing_in_the_admin(auditor: User, rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = auditor

    writable = [
        f"{may} {model._meta.label}"
        for model, page in admin.site._registry.items()
        for may in ("add", "change", "delete")
        if getattr(page, f"has_{may}_permission")(request)
    ]

    assert writable == []
