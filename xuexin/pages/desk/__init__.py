"""The registrar's desk as a site: its order and its work-board; the tables register in the apps' admin."""

from xuexin.pages.desk.site import XuexinAdminSite

__all__ = ["XuexinAdminSite"]
