"""How a browser is called in the list of sign-ins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.devices import device_label

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; V2324A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 {}Safari/537.36 {}"
)


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (ANDROID.format("Mobile ", "MMWEBID/7 MicroMessenger/8.0.50"), "微信 · 安卓手机"),
        (ANDROID.format("Mobile ", "wxwork/4.1 MicroMessenger/7.0"), "企业微信 · 安卓手机"),
        (ANDROID.format("Mobile ", ""), "谷歌浏览器 · 安卓手机"),
        (ANDROID.format("", ""), "谷歌浏览器 · 安卓平板"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "苹果浏览器 · 苹果手机",
        ),
        (
            "Mozilla/5.0 (Phone; OpenHarmony 5.0) Chrome/114.0 Safari/537.36 ArkWeb/4.1 Mobile HuaweiBrowser/5.0",
            "华为浏览器 · 鸿蒙手机",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0", "微软浏览器 · 电脑"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "火狐浏览器 · 电脑"),
        ("curl/8.0", "未知设备"),
        ("", "未知设备"),
        (None, "未知设备"),
    ],
)
def test_a_browser_is_called_as_its_owner_calls_it(user_agent, label):
    assert device_label(user_agent) == label


@given(st.text())
def test_a_label_never_repeats_what_the_browser_sent(user_agent):
    assert len(device_label(user_agent * 1000)) <= 20
