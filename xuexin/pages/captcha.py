"""The picture against robots, and another one."""

from captcha.models import CaptchaStore
from captcha.views import captcha_image
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.http import client_address
from common.ratelimit import Limit, TooManyError, hit

# A dormitory shares one address; drawing one costs about 5 ms.
PICTURES_PER_ADDRESS = Limit("picture-address", 300, 60)


@login_not_required
@never_cache
@require_safe
def picture(request: HttpRequest, key: str) -> HttpResponse:
    """The picture of this key; 410 when it was used or is too old."""
    try:
        hit(PICTURES_PER_ADDRESS, client_address(request), now=timezone.now())
    except TooManyError:
        return HttpResponse(status=429)
    drawn: HttpResponse = captcha_image(request, key)
    return drawn


@login_not_required
@never_cache
@require_POST
def another(request: HttpRequest) -> HttpResponse:
    """A new picture for a form that is open, for the script; without it the form's button asks."""
    try:
        hit(PICTURES_PER_ADDRESS, client_address(request), now=timezone.now())
    except TooManyError:
        return HttpResponse(status=429)
    key = CaptchaStore.generate_key()
    return JsonResponse({"key": key, "image_url": reverse("captcha-image", args=[key])})
