"""The public self-check: a picture is measured against the standard and let go."""

from base64 import b64encode
from dataclasses import replace
from typing import Any, Final

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common.components import FieldRow
from common.http import client_address, public_page
from common.ratelimit import Limit, TooManyError, hit
from common.uploads import uploads_in_memory
from common.wording import file_size
from imaging.forms import SelfCheckForm
from imaging.inspection import PhotoRules, PictureCheck, check_picture, colour_name
from imaging.selectors.inspections import self_check_rules
from imaging.views.measured import measured_context

_CHECKS: Final = Limit("photo-self-check", 30, 600)
_MOST_BYTES: Final = 5 * 1024 * 1024


@uploads_in_memory(_MOST_BYTES)
@public_page
@csp_update({"img-src": ["data:"]})
@require_http_methods(["GET", "HEAD", "POST"])
def self_check(request: HttpRequest) -> HttpResponseBase:
    """Choose a picture, see it measured. No file and no row is written, whatever comes of it.

    The picture goes back inside the page, because there is no address under which it could be fetched.
    """
    rules = self_check_rules()
    rules = replace(rules, max_upload_bytes=min(rules.max_upload_bytes, _MOST_BYTES))
    if request.method != "POST":
        return _page(request, SelfCheckForm(), rules)
    form = SelfCheckForm(request.POST, request.FILES)
    try:
        hit(_CHECKS, client_address(request), now=timezone.now())
    except TooManyError as error:
        form.errors.clear()
        form.add_error(None, f"{error}。照片没有读取。")
        return _page(request, form, rules, status=429)
    if not form.is_valid():
        return _page(request, form, rules)
    check = check_picture(form.cleaned_data["picture"].read(), rules)
    if check.refusal:
        form.add_error("picture", check.refusal)
        return _page(request, form, rules)
    return _page(request, SelfCheckForm(), rules, check=check)


def _page(
    request: HttpRequest,
    form: SelfCheckForm,
    rules: PhotoRules,
    *,
    check: PictureCheck | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "rules": rules, "standard": _standard(rules)}
    if check is not None:
        look = check.measures.look if check.measures else None
        href = f"data:image/jpeg;base64,{b64encode(check.preview).decode()}"
        context |= {
            **measured_context(check.results, look, rules, href=href),
            "check": check,
            "is_scaled": check.measures is not None and check.measures.height != rules.height,
        }
    return render(request, "imaging/self_check.html", context, status=status)


def _standard(rules: PhotoRules) -> list[FieldRow]:
    """What a photographer must deliver, from the same rules that the picture is held against."""
    size = f"宽 {rules.width} × 高 {rules.height} 像素，{rules.dpi} dpi"
    weight = f"{file_size(rules.min_bytes)}–{file_size(rules.max_bytes)}"
    rows = [
        FieldRow(label="文件", value=f"JPEG，24 位真彩色，品质 {rules.min_quality} 以上"),
        FieldRow(label="尺寸", value=size, note=f"文件一般 {weight}"),
    ]
    if rules.backgrounds:
        names = "、".join(colour_name(colour) for colour in rules.backgrounds)
        rows.append(FieldRow(label="背景", value=names, note="均匀，没有阴影、渐变、边框"))
    if rules.composition is not None:
        bounds = rules.composition
        rows += [
            FieldRow(label="头顶", value=_pixels(bounds.hair_top), note="从上边往下量，到头发"),
            FieldRow(label="眼睛", value=_pixels(bounds.eyes), note="从上边往下量"),
            FieldRow(label="脸宽", value=_pixels(bounds.face_width)),
        ]
    rows.append(FieldRow(label="画面", value="免冠，正面，头不歪，光线均匀，不修图"))
    return rows


def _pixels(bounds: tuple[int, int]) -> str:
    return f"{bounds[0]}–{bounds[1]} 像素"
