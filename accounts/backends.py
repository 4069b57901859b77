"""Authentication backends: document numbers, allauth's for e-mail and phone, office-wide roles."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest

from accounts.models import User
from accounts.selectors import user_with_number
from accounts.states import Role


class DocumentNumberBackend(BaseBackend):
    """Log-in by document number; stands first and ends the chain itself.

    A known number with a wrong password, an unknown number and an inactive account all cost one
    query and one password hash.
    """

    def authenticate(  # type: ignore[override]  # Django asks only backends whose arguments fit
        self, request: HttpRequest | None, document_no: str, password: str
    ) -> User | None:
        """The person who holds the number and knows the password; PermissionDenied otherwise."""
        user = user_with_number(document_no)
        if user is None:
            User().set_password(password)
        elif user.check_password(password) and user.is_active:
            return user
        raise PermissionDenied

    def get_user(self, user_id: int) -> User | None:
        """The account of a session that began here."""
        return User.objects.filter(pk=user_id, is_active=True).first()


class AccountBackend(AuthenticationBackend):
    """Log-in by e-mail or phone; permissions are the office roles' alone."""

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        """Nothing: accounts here have no groups, permissions or superuser mark to ask."""
        return False

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Nothing, for the same reason."""
        return False


class OfficeRoleBackend(BaseBackend):
    """What office-wide roles may do in the admin: the registrar acts, the auditor looks."""

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        """Registrars hold every admin permission, auditors every view permission."""
        if not isinstance(user_obj, User):
            return False
        if user_obj.has_role(Role.REGISTRAR):
            return True
        return user_obj.has_role(Role.AUDITOR) and ".view_" in perm

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whoever has an office-wide role sees every app."""
        return isinstance(user_obj, User) and user_obj.is_staff
