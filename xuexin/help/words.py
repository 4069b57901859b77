"""What an answer of the help may name: pages of the portal, and values that differ from school to school."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from django.conf import settings
from django.urls import reverse

from accounts.states import PHONE_TRUSTED_FOR
from enrollment.models import School

__all__ = ["PAGES", "PLACES", "page_addresses", "values"]

# The name that the office writes → the name of the address. Only pages that need nothing else named.
PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "首页": "home",
        "登录": "account_login",
        "注册": "account_signup",
        "忘记密码": "account_reset_password",
        "找回登录名": "accounts:recover_login",
        "账号": "accounts:overview",
        "联系方式": "accounts:contacts",
        "个人信息处理告知": "accounts:privacy",
        "谁看过我的资料": "own_data:ledger",
        "导出我的数据": "own_data:export",
        "核对": "imaging:verify",
        "学籍信息": "record",
        "拍照": "imaging:capture",
        "照片自检": "imaging:self_check",
        "勘误": "corrections:request_list",
        "班级": "corrections:board",
        "验证报告": "reports:report_list",
        "查验报告": "reports:check",
        "学历认证": "reports:certification",
        "新生查询": "freshman",
        "消息": "notices",
        "常见问题": "help",
    }
)


def _schools() -> str:
    """The schools of this installation by name; the plain word where there is none yet."""
    names = School.objects.order_by("code").values_list("name", flat=True)
    return "、".join(names) or "学校"


# A place in braces → what fills it.
_VALUES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "学校": _schools,
        "网站名称": lambda: str(settings.SITE_NAME),
        "办公室": lambda: str(settings.OFFICE_NAME),
        "经办科室": lambda: str(settings.OFFICE_CONTACT),
        "登录记录保留天数": lambda: str(settings.RETAIN_DAYS["login"]),
        "查看记录保留天数": lambda: str(settings.RETAIN_DAYS["view"]),
        "手机号可信天数": lambda: str(PHONE_TRUSTED_FOR.days),
    }
)
PLACES: Final = tuple(_VALUES)


def values() -> dict[str, str]:
    """What fills every place, as it is now."""
    return {name: of() for name, of in _VALUES.items()}


def page_addresses() -> dict[str, str]:
    """The address of every page that an answer may link to."""
    return {name: reverse(address) for name, address in PAGES.items()}
