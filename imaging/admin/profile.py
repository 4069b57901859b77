"""Photo profiles: what a photo must measure, as data."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from common.admin import ConfigurationAdmin
from imaging.models import PhotoProfile


@admin.register(PhotoProfile)
class PhotoProfileAdmin(ConfigurationAdmin):
    """Edited directly; photos that are in already are not judged again."""

    list_display = ("name", "kind", "size", "bytes_allowed", "has_face_check", "is_default")
    list_filter = ("kind",)
    ordering = ("kind", "name")
    fieldsets = (
        (None, {"fields": ("name", "kind", "is_default")}),
        ("尺寸", {"fields": ("width", "height", "dpi", "is_exact_size")}),
        ("文件", {"fields": ("min_bytes", "max_bytes", "quality")}),
        (
            "底色和构图",
            {"fields": ("backgrounds", "background_tolerance", "has_face_check", "geometry")},
        ),
        ("上传限制", {"fields": ("max_upload_bytes", "max_pixels")}),
    )

    @admin.display(description="尺寸")
    def size(self, profile: PhotoProfile) -> str:
        """Width and height."""
        return f"{profile.width}×{profile.height}"

    @admin.display(description="字节范围")
    def bytes_allowed(self, profile: PhotoProfile) -> str:
        """From how many bytes to how many."""
        return f"{profile.min_bytes}–{profile.max_bytes}"

    def get_readonly_fields(self, request: HttpRequest, obj: PhotoProfile | None = None) -> Any:
        """The kind stays: batches were measured by it."""
        return ("kind",) if obj else ()
