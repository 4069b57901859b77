"""The page behind an invitation's link: what is held about the person, and their own password."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.selectors import proved_owner
from common.errors import DomainError
from common.http import client_address
from common.masking import MaskKind, mask
from common.ratelimit import Limit, TooManyError, hit
from enrollment.forms import InvitationForm
from enrollment.models import Invitation
from enrollment.selectors.invitations import invitation_with, offers_beside
from enrollment.services.invitation import accept_as, accept_with_password

# Links are long and random; the limit only keeps somebody from trying all day.
TRIES_PER_ADDRESS = Limit("invitation-address", 120, 600)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the school holds and take the password; a used or wrong link says the same as a run-out one."""
    now = timezone.now()
    try:
        hit(TRIES_PER_ADDRESS, client_address(request), now=now)
    except TooManyError as error:
        return render(request, "enrollment/invitation_gone.html", {"limit": error}, status=429)
    found = invitation_with(token, now=now)
    if found is None:
        return render(request, "enrollment/invitation_gone.html", status=404)
    owner = proved_owner(found.contact_kind, found.contact)
    if owner is not None:
        return _take_as_owner(request, found, owner)
    form = InvitationForm(request.POST or None, invitation=found)
    if request.method == "POST" and form.is_valid():
        try:
            accept_with_password(invitation=found, password=form.cleaned_data["password1"], now=now)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "密码设好了，现在登录。")
            return redirect("account_login")
    return render(request, "enrollment/invitation.html", {"form": form, **_shown(found)})


def _take_as_owner(request: HttpRequest, found: Invitation, owner: User) -> HttpResponse:
    """Somebody who has an account logs in first, and then only confirms."""
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    if request.user.pk != owner.pk:
        raise Http404
    if request.method == "POST":
        try:
            accept_as(invitation=found, user=owner, now=timezone.now())
        except DomainError as error:
            messages.error(request, str(error))
        return redirect("home")
    return render(request, "enrollment/invitation.html", _shown(found))


def _shown(found: Invitation) -> dict[str, object]:
    offers = list(offers_beside(found, now=timezone.now()))
    record = next((one.record for one in offers if one.record is not None), None)
    return {
        "invitation": found,
        "offers": offers,
        "record": record,
        "number": mask(record.id_number, MaskKind.DOCUMENT_NO) if record else "",
    }
