"""From where a request came, no more exactly than people need: the device in words, the network coarse."""

import re
from ipaddress import IPv6Address, ip_address, ip_network

__all__ = ["coarse_network", "device_label", "network_label"]

# The first that fits counts: browsers inside apps name the browser they are made from as well.
_BROWSERS: tuple[tuple[str, str], ...] = (
    (r"wxwork", "企业微信"),
    (r"MicroMessenger", "微信"),
    (r"DingTalk", "钉钉"),
    (r"Feishu|Lark", "飞书"),
    (r"M?QQBrowser", "QQ 浏览器"),
    (r"\bQQ/", "QQ"),
    (r"UCBrowser|UBrowser", "UC 浏览器"),
    (r"Quark", "夸克"),
    (r"HuaweiBrowser", "华为浏览器"),
    (r"MiuiBrowser", "小米浏览器"),
    (r"HeyTapBrowser", "OPPO 浏览器"),
    (r"VivoBrowser", "vivo 浏览器"),
    (r"360SE|360EE|QihooBrowser", "360 浏览器"),
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/", "Opera"),
    (r"Firefox/|FxiOS/", "火狐"),
    (r"Chrom(?:e|ium)/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)
_SYSTEMS: tuple[tuple[str, str], ...] = (
    (r"HarmonyOS|OpenHarmony", "鸿蒙设备"),
    (r"iPhone", "iPhone "),
    (r"iPad", "iPad "),
    (r"Android.*Mobile", "安卓手机"),
    (r"Android", "安卓平板"),
    (r"Windows", "Windows 电脑"),
    (r"Macintosh", "苹果电脑"),
    (r"CrOS|Linux|X11", "Linux 电脑"),
)
_UNKNOWN = "没认出的设备"
_IPV4_BITS, _IPV6_BITS = 16, 32


def device_label(user_agent: str) -> str:
    """A browser's own description in plain words: “Windows 电脑上的 Edge”."""
    system = _first(_SYSTEMS, user_agent)
    browser = _first(_BROWSERS, user_agent)
    if system and browser:
        space = " " if browser[0].isascii() else ""
        return f"{system}上的{space}{browser}"
    return system.strip() or browser or _UNKNOWN


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((label for pattern, label in table if re.search(pattern, text)), "")


def coarse_network(address: str) -> str:
    """The network that an address lies in: /16 of IPv4, /32 of IPv6; empty for what is no address.

    Enough to tell one's own campus or provider from a foreign one, too little to find a dwelling.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    bits = _IPV6_BITS if isinstance(parsed, IPv6Address) else _IPV4_BITS
    return str(ip_network(f"{parsed}/{bits}", strict=False))


def network_label(network: str) -> str:
    """A coarse network as people read it: 10.20.*.*"""
    base, _, bits = network.partition("/")
    if bits == str(_IPV4_BITS):
        return ".".join([*base.split(".")[:2], "*", "*"])
    return f"{base.rstrip(':')}:*" if bits == str(_IPV6_BITS) else network
