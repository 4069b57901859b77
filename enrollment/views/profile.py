"""The student's own supplementary profile: rows are added, changed and removed by saving, without script."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common.errors import InvalidInputError
from common.http import AuthedRequest, domain_errors
from enrollment.forms import ProfileForm, StudyFormSet
from enrollment.models import SupplementaryProfile
from enrollment.selectors import supplement_of
from enrollment.services.profile import Study, save_profile
from enrollment.views.guards import student_required


@student_required
@require_http_methods(["GET", "POST"])
@domain_errors("enrollment:profile")
def profile(request: AuthedRequest) -> HttpResponse:
    """Show and save; an empty line stands ready for the next entry."""
    held = supplement_of(request.user)
    if request.method == "POST":
        form, rows = ProfileForm(request.POST), StudyFormSet(request.POST, prefix="rows")
        if form.is_valid() and rows.is_valid() and _saved(request, form, rows):
            messages.success(request, "已保存。")
            return redirect("enrollment:profile")
    else:
        form = ProfileForm(initial=_initial(held))
        rows = StudyFormSet(initial=_rows(held), prefix="rows")
    return render(request, "enrollment/profile.html", {"form": form, "rows": rows, "held": held})


def _saved(request: AuthedRequest, form: ProfileForm, rows: Any) -> bool:
    seen = form.cleaned_data["seen"]
    try:
        save_profile(
            user=request.user,
            address=form.cleaned_data["address"],
            postal_code=form.cleaned_data["postal_code"],
            studies=[
                Study(
                    school=row["school"],
                    attended_from=row["attended_from"],
                    attended_to=row["attended_to"],
                    witness=row["witness"],
                )
                for row in rows.cleaned_data
                if row.get("school") and not row.get("DELETE")
            ],
            seen_at=datetime.fromisoformat(seen) if seen else None,
            now=timezone.now(),
        )
    except InvalidInputError as error:
        form.add_error(None, str(error))
        return False
    return True


def _initial(held: SupplementaryProfile | None) -> dict[str, str]:
    if held is None:
        return {}
    return {
        "address": held.address,
        "postal_code": held.postal_code,
        "seen": held.updated_at.isoformat(),
    }


def _rows(held: SupplementaryProfile | None) -> list[dict[str, str]]:
    if held is None:
        return []
    return [
        {
            "school": row.school,
            "attended_from": f"{row.attended_from:%Y-%m}",
            "attended_to": f"{row.attended_to:%Y-%m}" if row.attended_to else "",
            "witness": row.witness,
        }
        for row in sorted(held.rows.all(), key=lambda each: (each.attended_from, each.pk))
    ]
