"""新生快速查询: open to everybody where a school switched it on."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from common.http import client_address
from common.ratelimit import TooManyError
from enrollment.forms import FreshmanForm
from enrollment.selectors.freshmen import freshman_rows, schools_with_lookup
from enrollment.services.freshman import look_up_freshman

_TEMPLATE = "enrollment/freshman.html"


@login_not_required
@sensitive_post_parameters("number", "name")
@require_http_methods(["GET", "HEAD", "POST"])
def freshman(request: HttpRequest) -> HttpResponse:
    """Ask for number, name and picture; show few fields, or the one answer for everything else."""
    schools = schools_with_lookup()
    if not schools:
        raise Http404
    form = FreshmanForm(request.POST if request.method == "POST" else None, schools=schools)
    context: dict[str, object] = {"form": form}
    status = 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = look_up_freshman(
                school=given["school"],
                number=given["number"],
                name=given["name"],
                address=client_address(request),
                now=timezone.now(),
            )
        except TooManyError as error:
            context["limit"], status = str(error), 429
        else:
            context["is_answered"] = True
            if found:  # the number does not stay on the screen
                context |= {"rows": freshman_rows(found), "form": FreshmanForm(schools=schools)}
    response = render(request, _TEMPLATE, context, status=status)
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
