"""Places on pages whose words the office may write; a line each is a point of a list or a paragraph."""

from typing import Final

from common.texts import Wording
from xuexin.texts.places import CAMPAIGN

__all__ = ["PAGES"]

PAGES: Final = (
    Wording(key="page_start", label="页面：首页的“怎么做”", is_page=True),
    Wording(key="page_verify", label="页面：核对照片时看什么", variables=(CAMPAIGN,), is_page=True),
    Wording(
        key="page_sheet", label="页面：反馈表的打印和签名", variables=(CAMPAIGN,), is_page=True
    ),
)
