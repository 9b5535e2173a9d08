"""How a person recognises a browser of theirs."""

from volunteer.kernel.text import N_

# The first mark found decides, so wrappers stand before what they wrap.
_BROWSERS = (
    ("wxwork", N_("企业微信")),
    ("micromessenger", N_("微信")),
    ("alipayclient", N_("支付宝")),
    ("dingtalk", N_("钉钉")),
    ("qq/", N_("QQ")),
    ("mqqbrowser", N_("QQ 浏览器")),
    ("qqbrowser", N_("QQ 浏览器")),
    ("ucbrowser", N_("UC 浏览器")),
    ("quark", N_("夸克浏览器")),
    ("huaweibrowser", N_("华为浏览器")),
    ("miuibrowser", N_("小米浏览器")),
    ("vivobrowser", N_("手机浏览器")),
    ("heytapbrowser", N_("手机浏览器")),
    ("samsungbrowser", N_("三星浏览器")),
    ("edg", N_("微软浏览器")),
    ("firefox", N_("火狐浏览器")),
    ("fxios", N_("火狐浏览器")),
    ("crios", N_("谷歌浏览器")),
    ("chrome", N_("谷歌浏览器")),
    ("safari", N_("苹果浏览器")),
)
_DEVICES = (
    ("ipad", N_("苹果平板")),
    ("iphone", N_("苹果手机")),
    ("openharmony", N_("鸿蒙手机")),
    ("harmonyos", N_("鸿蒙手机")),
    ("windows phone", N_("手机")),
    ("android", N_("安卓手机")),
    ("windows", N_("电脑")),
    ("macintosh", N_("苹果电脑")),
    ("cros", N_("电脑")),
    ("linux", N_("电脑")),
)


def device_label(user_agent: str | None) -> str:
    """Return how a person knows this browser in the list of sign-ins: 微信 · 安卓手机."""
    text = (user_agent or "")[:1000].lower()
    browser = next((name for mark, name in _BROWSERS if mark in text), "")
    device = next((name for mark, name in _DEVICES if mark in text), "")
    if device == "安卓手机" and "mobile" not in text:
        device = N_("安卓平板")
    return " · ".join(part for part in (browser, device) if part) or N_("未知设备")
