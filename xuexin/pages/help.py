"""Common questions, for whoever has not registered yet and for everybody after."""

from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.http import client_address, public_page
from common.models import HelpAudience
from common.ratelimit import Limit, TooManyError, hit
from xuexin.help.reading import topics_for
from xuexin.pages.context import standing

# Only looking for words counts: reading the page costs next to nothing, and a campus is one address.
SEARCHES: Final = Limit("help-search", 120, 60)
_LONGEST: Final = 40


class SearchForm(forms.Form):
    """A word or two."""

    q = forms.CharField(
        label="找一个词",
        max_length=_LONGEST,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "search", "autocomplete": "off"}),
    )


@public_page
@require_safe
def questions(request: HttpRequest) -> HttpResponseBase:
    """What the office answers before anybody asks, narrowed by the words in `q`; `open` unfolds one."""
    form = SearchForm(request.GET if "q" in request.GET else None)
    words = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    status = 200
    if words:
        try:
            hit(SEARCHES, client_address(request), now=timezone.now())
        except TooManyError as error:
            form.add_error("q", f"{error}。下面是全部问题。")
            words, status = "", 429
    topics = topics_for(
        _audiences(request), words=words, opened=request.GET.get("open", "")[:_LONGEST]
    )
    context = {
        "form": form,
        "words": words,
        "topics": topics,
        "found": sum(len(topic.entries) for topic in topics),
    }
    return render(request, "pages/help.html", context, status=status)


def _audiences(request: HttpRequest) -> tuple[HelpAudience, ...]:
    """For whom the reader is: the office reads everything that it has written."""
    held = standing(request)
    if held is not None and held.is_office:
        return tuple(HelpAudience)
    mine = [HelpAudience.EVERYONE]
    if held is not None and not held.is_class_staff:
        mine.append(HelpAudience.STUDENTS)
    if held is not None and (held.is_class_staff or held.is_monitor):
        mine.append(HelpAudience.CLASSES)
    return tuple(mine)
