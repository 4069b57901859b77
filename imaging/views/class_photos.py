"""The photos of one class as a sheet, for its counsellor and the office: logged, marked, printable."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from common.components import NavItem
from common.http import AuthedRequest
from common.ratelimit import TooManyError
from enrollment.models import ClassGroup
from imaging import selectors
from imaging.policies import may_see_class_photos
from imaging.selectors.class_photos import ClassPhoto, photo_kinds_of, viewer_words
from imaging.services.looks import note_photos_seen
from imaging.states import PhotoKind
from imaging.views.signed import signed_address

__all__ = ["class_photos"]

_TEMPLATE = "imaging/class_photos.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """One cell of the sheet; without an address the student has no photo."""

    student_no: str
    name: str
    url: str = ""


@require_safe
def class_photos(request: AuthedRequest, class_id: int) -> HttpResponse:
    """Everybody of the class with name, number and photo; who has none stands there without.

    Whoever may not see the class finds nothing. Every photo shown is a line in its student's ledger.
    """
    now = timezone.now()
    class_group = get_object_or_404(ClassGroup.objects.select_related("college"), pk=class_id)
    if not may_see_class_photos(request.user, class_group, now=now):
        raise Http404
    kind = _kind(request)
    people = selectors.class_photos(class_group, kind, now=now)
    shown = [each.version for each in people if each.version is not None]
    try:
        note_photos_seen(versions=shown, viewer=request.user, now=now)
    except TooManyError as error:
        context = {"class_group": class_group, "limit": str(error)}
        return render(request, _TEMPLATE, context, status=429)
    context = {
        "now": now,
        "class_group": class_group,
        "kind": kind,
        "portraits": [_portrait(each, request.user) for each in people],
        "shown_count": len(shown),
        "missing_count": len(people) - len(shown),
        "viewer": viewer_words(request.user, now=now),
        "kinds": _tabs(class_group, kind, photo_kinds_of(class_group, now=now)),
    }
    return render(request, _TEMPLATE, context)


def _kind(request: AuthedRequest) -> PhotoKind:
    asked = request.GET.get("kind", PhotoKind.GRADUATION)
    if asked not in PhotoKind.values:
        raise Http404
    return PhotoKind(asked)


def _portrait(person: ClassPhoto, viewer: User) -> Portrait:
    url = signed_address(person.version.pk, viewer=viewer) if person.version else ""
    return Portrait(student_no=person.student_no, name=person.name, url=url)


def _tabs(class_group: ClassGroup, kind: PhotoKind, found: list[PhotoKind]) -> list[NavItem]:
    """The kinds of photos the class has, to go from one to the other; nothing when there is only one."""
    kinds = [each for each in PhotoKind if each in {*found, kind}]
    address = reverse("imaging:class_photos", args=[class_group.pk])
    return [
        NavItem(label=each.label, url=f"{address}?kind={each.value}", current=each is kind)
        for each in kinds
        if len(kinds) > 1
    ]
