"""Authentication backends (log-in by number is being written)."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.backends import BaseBackend
from django.db import models

from accounts.models import User
from accounts.states import Role


class DocumentNumberBackend(BaseBackend):
    """Placeholder."""


class AccountBackend(AuthenticationBackend):
    """Log-in by e-mail or phone."""


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
