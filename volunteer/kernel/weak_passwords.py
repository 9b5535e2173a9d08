"""Passwords that everybody tries: our own short list of what leaks show to be common in China, and simple patterns."""

import re
from datetime import date

_COMMON_TEXT = """
    1234567890 0123456789 123456789a 123456789q 12345678a 12345678q 1234567a 1234567q 123456aa 123456ab
    123456abc 123456qq 123456asd 123456qwe 123456zxc 123456qwer 1234abcd 1234asdf 1234qwer 123abc123 123abcde
    123qwe123 123qweasd 123qwe456 12qwaszx 1314520a 147258369 147852369 159357123 159753456 1a2b3c4d 1a2s3d4f
    1q2w3e4r 1q2w3e4r5t 1qaz1qaz 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 20082008 31415926 3.1415926 5201314a 52013145
    5201314520 1314520520 520131400 7758258a 77582580 77585210 7894561230 789456123 963852741 987654321a
    a1234567 a12345678 a123456789 a1b2c3d4 a5201314 aa123456 aa12345678 aa123123 aaa123456 aaaa1111 abc12345
    abc123456 abc123abc abcd1234 abcd12345 abcd123456 abcde123 abcdefg1 abcdefgh admin123 admin1234 admin123456
    admin666 admin888 administrator aini1314 aini5201 aini520520 as123456 asd123456 asd123asd asdasdasd asdf1234
    asdf123456 asdfasdf asdfghjkl asdqwe123 baobao520 baobei520 bu123456 changeme changeme123 dearbook dongdong
    dragon123 football gongzuo123 hello123 helloworld iloveyou iloveyou1 iloveyou520 internet jiushiwo letmein1
    letmein123 li123456 liu123456 master123 mima1234 mima12345 mima123456 mm123456 monkey123 nihao123
    nihao123456 nishishui p@ssw0rd p@ssword passw0rd password password1 password12 password123 princess pass1234
    q1w2e3r4 q1w2e3r4t5 q123456789 qazwsx123 qazwsxedc qaz123456 qq123123 qq123456 qq1234567 qq12345678
    qq123456789 qq5201314 qqqq1111 qwe123456 qwe123qwe qweasd123 qweasdzxc qweqweqwe qwer1234 qwer12345
    qwer123456 qwerqwer qwert123 qwerty12 qwerty123 qwerty123456 qwertyui qwertyuiop root1234 root123456
    shanghai sunshine superman superman123 test1234 test123456 testtest tiantian trustno1 wang1234 wang123456
    wangyang welcome1 welcome123 wo123456 woaini12 woaini123 woaini1314 woaini520 woaini521 woaiwojia woshishui
    woshiniba wozhiaini xiaoming xiaoxiao xiazhili xiangyang xiangyang123 hubei123 yangyang z1234567 z12345678
    z123456789 zaq12wsx zaq1xsw2 zhang123 zhang123456 zhao123456 zhiyuan123 zhiyuanfuwu zhiyuantai zhiyuanzhe
    zhiyuanzhe123 volunteer volunteer1 volunteer123 zxc123456 zxcasdqwe zxcv1234 zxcvbnm1 zxcvbnm123 zz123456
    zzzz1111
"""
_COMMON = frozenset(_COMMON_TEXT.split())
_RUNS = tuple(
    run + run[::-1]
    for run in ("0123456789" * 2, "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "147258369")
)


def is_easy_to_guess(password: str) -> bool:
    """Return whether a password is common, a run of keys, a repetition or a date, whatever its capitals."""
    password = password.casefold()
    if password in _COMMON or any(password in run for run in _RUNS):
        return True
    return _is_repetition(password) or _is_date(password)


def _is_repetition(password: str) -> bool:
    """Return whether at most four characters come again and again: 88888888, 123123123, 12341234."""
    return any(password == (password[:size] * len(password))[: len(password)] for size in range(1, 5))


def _is_date(password: str) -> bool:
    found = re.fullmatch("((?:19|20)[0-9]{2})[-./]?([0-9]{2})[-./]?([0-9]{2})", password)
    if not found:
        return False
    try:
        date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True
