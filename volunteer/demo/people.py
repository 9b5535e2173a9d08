"""Invented people: names, birthdays, documents and phones that pass every check and belong to nobody."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from volunteer.kernel.id_documents import Gender, check_character
from volunteer.volunteers.rules import Relation

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭肖田董潘袁蔡余叶程魏苏吕丁任沈姚卢"
    "钟谭陆汪范金石廖贾夏韦付方邹熊孟秦薛侯江尹段雷龙史陶贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
DOUBLE_SURNAMES = ("欧阳", "上官", "司马", "诸葛", "皇甫")
WOMEN = "秀英桂兰玉珍红梅丽娟燕芳敏静霞艳娜琴洁倩雪婷慧颖莹琳悦欣怡佳雯晓云春菊凤莲淑华"
MEN = "伟强军磊勇涛明超斌鹏辉波刚杰峰宇浩志建国平海东文博俊凯鑫龙飞林毅昊天宏亮树德庆安"
RARE_NAMES = ("阿卜杜·热西提", "龚䶮", "陈𬱖", "欧阳娜娜", "古丽·买买提")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented."""

    name: str
    gender: Gender
    birth_on: date
    document: str
    phone: str
    relation: Relation


def invent(dice: random.Random, serial: int, today: date) -> Person:
    """Return the person number `serial` (from 1), whose document and phone no other serial has."""
    gender = dice.choice((Gender.MALE, Gender.FEMALE))
    birth_on = today - timedelta(days=_age_in_days(dice))
    age = (today - birth_on).days // 365
    relation = Relation.CHILD if age < 18 else Relation.ELDER if age > 72 and dice.random() < 0.5 else Relation.SELF
    name = RARE_NAMES[serial // 97 % len(RARE_NAMES)] if serial % 97 == 0 else _name(dice, gender)
    return Person(name, gender, birth_on, document_number(serial, birth_on, gender), phone_number(serial), relation)


def document_number(serial: int, birth_on: date, gender: Gender) -> str:
    """Return a resident identity number with a right check character (GB 11643), its own for serials below 5,000,000.

    Its address part begins with 10, which no province was ever given, so it can belong to nobody.
    """
    order = serial * 2 + (1 if gender is Gender.MALE else 0)
    body = f"10{order // 1000 % 10_000:04d}{birth_on:%Y%m%d}{order % 1000:03d}"
    return body + check_character(body)


def phone_number(serial: int) -> str:
    """Return a number of the 165 range, serial by serial."""
    return f"165{serial:08d}"


def _name(dice: random.Random, gender: Gender) -> str:
    surname = dice.choice(DOUBLE_SURNAMES) if dice.random() < 0.01 else dice.choice(SURNAMES)
    given = WOMEN if gender is Gender.FEMALE else MEN
    return surname + "".join(dice.choices(given, k=2 if dice.random() < 0.8 else 1))


def _age_in_days(dice: random.Random) -> int:
    band = dice.choices(((9, 17), (18, 35), (36, 55), (56, 70), (71, 80)), (8, 34, 30, 22, 6))[0]
    return dice.randint(band[0] * 366, band[1] * 365)
