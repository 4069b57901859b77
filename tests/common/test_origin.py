"""Devices in plain words, networks coarse enough."""

import pytest

from common.origin import coarse_network, device_label, network_label

pytestmark = pytest.mark.unit

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36",
            "Windows 电脑上的 Chrome",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/140.0.0.0",
            "Windows 电脑上的 Edge",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50"
            ),
            "iPhone 上的微信",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
            ),
            "iPhone 上的 Safari",
        ),
        (
            (
                f"Mozilla/5.0 (Linux; Android 14; ALN-AL00) {CHROME} Mobile Safari/537.36 "
                "HuaweiBrowser/15.0"
            ),
            "安卓手机上的华为浏览器",
        ),
        (
            (
                f"Mozilla/5.0 (Linux; Android 14; 23046PNC9C) {CHROME} Mobile Safari/537.36 "
                "MQQBrowser/14.0"
            ),
            "安卓手机上的 QQ 浏览器",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Linux 电脑上的火狐",
        ),
        (
            f"Mozilla/5.0 (Phone; OpenHarmony 5.0) {CHROME} Safari/537.36 ArkWeb/4.1 Mobile",
            "鸿蒙设备上的 Chrome",
        ),
        ("curl/8.5.0", "没认出的设备"),
        ("", "没认出的设备"),
    ],
)
def test_device_in_plain_words(user_agent: str, label: str) -> None:
    assert device_label(user_agent) == label


@pytest.mark.parametrize(
    ("address", "network", "label"),
    [
        ("10.20.30.40", "10.20.0.0/16", "10.20.*.*"),
        ("::ffff:10.20.30.40", "10.20.0.0/16", "10.20.*.*"),
        ("2001:da8:215:6000::1", "2001:da8::/32", "2001:da8:*"),
        ("not an address", "", ""),
        ("", "", ""),
    ],
)
def test_network_is_coarse(address: str, network: str, label: str) -> None:
    assert coarse_network(address) == network
    assert network_label(network) == label


def test_whole_addresses_cannot_be_told_from_the_network() -> None:
    assert coarse_network("10.20.1.1") == coarse_network("10.20.254.254")
    assert coarse_network("2001:da8:1::1") == coarse_network("2001:da8:ffff::1")
