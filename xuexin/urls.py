"""Every address of the portal."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from accounts.views import entrance as account_views
from enrollment.views import monitors
from enrollment.views.freshman import freshman
from xuexin.pages import captcha, gallery, health, home, notices, outbox, photo_page, record
from xuexin.pages import help as help_page

handler404 = "xuexin.pages.errors.not_found"
handler500 = "xuexin.pages.errors.server_error"

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("picture/<str:key>/", captcha.picture, name="captcha-image"),
    path("picture/", captcha.another, name="captcha-refresh"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("admin/login/", account_views.admin_login),
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("account/", include("xuexin.own_data.urls")),
    path("account/", include("accounts.urls.entrance")),
    path("identity/", include("enrollment.urls")),
    path("freshman/", freshman, name="freshman"),
    path("", home.home, name="home"),
    path("help/", help_page.questions, name="help"),
    path("record/", record.record, name="record"),
    path("record/<int:record_id>/", record.record_detail, name="record_detail"),
    path("record/<int:record_id>/photo-way/", photo_page.photo_page, name="photo_way"),
    path("record/<int:record_id>/history/", record.record_history, name="record_history"),
    path("messages/", notices.notices, name="notices"),
    path("classes/<int:class_id>/monitors/", monitors.monitors, name="class_monitors"),
    path("", include("imaging.urls")),
    path("", include("corrections.urls")),
    path("", include("reports.urls")),
]
if settings.DEBUG:
    urlpatterns += [path("ui/", gallery.gallery, name="gallery")]
