"""The registrar's desk: our admin site."""

from django.contrib.admin import AdminSite


class XuexinAdminSite(AdminSite):
    """Django admin under our name."""

    site_header = "毕业核对 · 教务处工作台"
    site_title = "教务处工作台"
    index_title = "工作台"
    enable_nav_sidebar = True
