"""One's own data: who looked at it, a copy of everything, closing the account."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.http import AuthedRequest
from xuexin.own_data.ledger import ledger_entries, ledger_rows, own_accesses

_PER_PAGE = 30


@require_safe
def ledger(request: AuthedRequest) -> HttpResponse:
    """Who opened what of mine, when and why; what was erased. Own looks are folded away."""
    page = Paginator(ledger_rows(request.user), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "entries": ledger_entries(page.object_list),
        "total": f"{page.paginator.count} 条",
        "own": own_accesses(request.user),
    }
    return render(request, "own_data/ledger.html", context)
