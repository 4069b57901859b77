"""身份复核 for the people who are named for a case: the college's person, and the panel.

Whoever is not named finds nothing here, office or not, and every page and file that is opened is
written down each time.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common import files
from common.errors import InvalidInputError
from common.http import AuthedRequest, domain_errors
from common.policy import allowed
from imaging.models import IdentityReview
from imaging.policies.review import (
    check_can_add_document,
    check_can_give_opinion,
    review_actions,
)
from imaging.selectors.photos import photos_of
from imaging.selectors.reviews import (
    checklist_of,
    review_documents_visible_to,
    reviews_named_for,
    reviews_visible_to,
    seat_of,
)
from imaging.services.review import (
    add_document,
    agree,
    confirm_by_college,
    give_opinion,
    note_list_seen,
    note_review_seen,
    open_document,
    open_review_photo,
    return_to_collecting,
)
from imaging.states import PhotoKind
from imaging.states.review import PanelOpinion, ReviewAction
from imaging.views.review_forms import (
    AgreeForm,
    ConfirmForm,
    OpinionForm,
    PaperForm,
    ReturnForm,
)
from imaging.views.review_shown import review_lines, shown_review

__all__ = ["review_document", "review_list", "review_page", "review_photo", "review_step"]

_KINDS = {"admission": PhotoKind.ADMISSION, "graduation": PhotoKind.GRADUATION}


@require_safe
def review_list(request: AuthedRequest) -> HttpResponse:
    """The cases that the person is named for; without one there is no such page."""
    now = timezone.now()
    reviews = list(reviews_named_for(request.user, now=now))
    if not reviews:
        raise Http404
    note_list_seen(count=len(reviews), viewer=request.user, now=now)
    return render(request, "imaging/review_list.html", {"lines": review_lines(reviews, now=now)})


@require_safe
def review_page(request: AuthedRequest, review_id: int) -> HttpResponse:
    """One case: both photos, the checklist, what was said, and the person's own step."""
    now = timezone.now()
    review = get_object_or_404(reviews_visible_to(request.user, now=now), pk=review_id)
    note_review_seen(review=review, viewer=request.user, now=now)
    return _draw(request, review)


@require_POST
@domain_errors("imaging:review_list")
def review_step(request: AuthedRequest, review_id: int, name: str) -> HttpResponse:
    """The person's own step; what is wrong with it stands beside the field."""
    now = timezone.now()
    review = get_object_or_404(reviews_visible_to(request.user, now=now), pk=review_id)
    steps = _forms(request, review, name)
    if name not in steps:
        raise Http404
    form = steps[name]
    if form.is_valid():
        try:
            _STEPS[name](request, review, form.cleaned_data)
        except InvalidInputError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect("imaging:review_page", review_id)
    note_review_seen(review=review, viewer=request.user, now=now)
    return _draw(request, review, steps=steps)


@require_safe
@domain_errors("imaging:review_list")
def review_document(request: AuthedRequest, document_id: int) -> HttpResponse:
    """One document, marked and written down."""
    now = timezone.now()
    found = get_object_or_404(review_documents_visible_to(request.user, now=now), pk=document_id)
    with files.lost_is_404(found.file):
        content = open_document(document=found, viewer=request.user, now=now)
    return files.send_bytes(content, content_type=found.file.content_type)


@require_safe
@domain_errors("imaging:review_list")
def review_photo(request: AuthedRequest, review_id: int, name: str) -> HttpResponse:
    """One of the two photos that were compared, marked and written down."""
    now = timezone.now()
    review = get_object_or_404(reviews_visible_to(request.user, now=now), pk=review_id)
    kind = _KINDS.get(name)
    version = photos_of(review.record).get(kind) if kind else None
    if version is None or version.entry.published.purged_at is not None:
        raise Http404
    with files.lost_is_404(version.entry.published):
        content = open_review_photo(review=review, version=version, viewer=request.user, now=now)
    return files.send_bytes(content, content_type="image/jpeg")


def _draw(
    request: AuthedRequest, review: IdentityReview, *, steps: dict[str, Any] | None = None
) -> HttpResponse:
    status = 200 if steps is None else 422
    context = {
        "shown": shown_review(review, viewer=request.user),
        "review": review,
        "steps": _forms(request, review, "") if steps is None else steps,
    }
    return render(request, "imaging/review_page.html", context, status=status)


def _forms(request: AuthedRequest, review: IdentityReview, posted: str) -> dict[str, forms.Form]:
    """The forms of the steps that are the person's now; the posted one is bound."""
    user, now = request.user, timezone.now()
    actions = review_actions(user, review, now=now)
    given = {"data": request.POST, "files": request.FILES}

    def of(name: str) -> dict[str, Any]:
        # The chair has two forms that ask for an opinion: each with ids of its own.
        return {"auto_id": f"{name}_%s", **(given if name == posted else {})}

    found: dict[str, forms.Form] = {}
    if ReviewAction.CONFIRM in actions:
        found["confirm"] = ConfirmForm(**of("confirm"))
        found["return"] = ReturnForm(**of("return"))
    if allowed(check_can_give_opinion, user, review, now=now):
        seat = seat_of(user, review)
        said = {"opinion": seat.opinion, "grounds": seat.grounds} if seat else {}
        found["opinion"] = OpinionForm(initial=said, **of("opinion"))
    if ReviewAction.AGREE in actions:
        found["agree"] = AgreeForm(**of("agree"))
    if allowed(check_can_add_document, user, review, now=now):
        found["paper"] = PaperForm(checklist=checklist_of(review), **of("paper"))
    return found


def _paper(request: AuthedRequest, review: IdentityReview, given: dict[str, Any]) -> None:
    upload = given["evidence"]
    add_document(
        review=review,
        rule=given["rule"],
        data=upload.read(),
        name=upload.name,
        actor=request.user,
        now=timezone.now(),
    )


def _confirm(request: AuthedRequest, review: IdentityReview, given: dict[str, Any]) -> None:
    confirm_by_college(
        review=review, opinion=given["opinion"], actor=request.user, now=timezone.now()
    )


def _return(request: AuthedRequest, review: IdentityReview, given: dict[str, Any]) -> None:
    return_to_collecting(review=review, note=given["note"], actor=request.user, now=timezone.now())


def _opinion(request: AuthedRequest, review: IdentityReview, given: dict[str, Any]) -> None:
    give_opinion(
        review=review,
        opinion=PanelOpinion(given["opinion"]),
        grounds=given["grounds"],
        actor=request.user,
        now=timezone.now(),
    )


def _agree(request: AuthedRequest, review: IdentityReview, given: dict[str, Any]) -> None:
    agree(
        review=review,
        opinion=PanelOpinion(given["opinion"]),
        minutes=given["minutes"],
        met_date=given["met_date"],
        actor=request.user,
        now=timezone.now(),
    )


_STEPS: dict[str, Callable[[AuthedRequest, IdentityReview, dict[str, Any]], None]] = {
    "paper": _paper,
    "confirm": _confirm,
    "return": _return,
    "opinion": _opinion,
    "agree": _agree,
}
