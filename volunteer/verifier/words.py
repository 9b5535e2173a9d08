"""What the verifier says, in Chinese and in English."""

from collections.abc import Mapping
from enum import StrEnum

from .pdf import Fault
from .proofs import Doubt
from .records import Fault as RecordFault


class Language(StrEnum):
    """A language that the verifier speaks."""

    CHINESE = "zh"
    ENGLISH = "en"


GENUINE = ("真的：签名有效，签名以后一个字节也没有变。", "Genuine: the signature holds, and no byte changed since.")
SIGNED_BY = ("签名的是：{signer}", "Signed by: {signer}")
LOOK_INSIDE = (
    "姓名、时长和期间请看文件里的字。要证明它登记在时长账本里，请加 --proof 和 --vkey。",
    "Read name, hours and period in the file itself. To prove that the ledger holds it, add --proof and --vkey.",
)
NOT_GENUINE = ("不是真的：{why}", "Not genuine: {why}")
NOT_PROVEN = ("证明不了：{why}", "Not proven: {why}")
CANNOT = ("没法检查：{why}", "Cannot be checked: {why}")
NUMBER = ("证明编号：{number}", "Certificate number: {number}")
HOLDER = ("持有人：{holder}", "Holder: {holder}")
UNTOLD = ("（证据文件里没有写明）", "(not told in the proof)")
SERVED = ("服务时间：{minutes} 分钟（{hours} 小时）", "Service: {minutes} minutes ({hours} hours)")
PERIOD = ("服务期间：{first} 至 {last}", "Period: {first} to {last}")
ISSUER = ("记录单位在平台里的编号：{organization}", "Recorded by (number on the platform): {organization}")
STANDS = (
    "登记在账本 {origin} 的第 {position} 行（从 0 数），账本这时有 {size} 行。",
    "Stands in the ledger {origin} at position {position} (counted from 0) of {size}.",
)
RECORD_LATER = (
    "发出以后有没有冲销，这里看不到；要最新的，请本人重新下载一份。",
    "What was taken back since is not seen here; ask its holder for a new one.",
)
LATER = (
    "账本到这时为止是这样。以后有没有撤销或更正，只能在线查：https://{host}/certificates/verify",
    "So it stood then. Later revocation or correction can only be seen online: https://{host}/certificates/verify",
)
SAME_CHECKPOINT = ("和另外给的存证点一致。", "It agrees with the checkpoint given beside.")

VOUCHED = (
    "签名有效，从发出到现在一个字也没有变。姓名、培训、表彰和评价由发出的城市担保。",
    "The signature holds, nothing changed since. Names, trainings, honours and grades stand on the city's word alone.",
)
PROVEN = (
    "{count} 次服务都在账本里，合计 {minutes} 分钟（{hours} 小时）。",
    "All {count} services stand in the ledger: {minutes} minutes ({hours} hours).",
)
NOT_YET = (
    "另有 {minutes} 分钟发出时还没有进账本，只有签名担保。",
    "Another {minutes} minutes were not in the ledger yet; only the signature vouches for them.",
)
AT_ENTRY = ("记录 {where}：{why}", "Entry {where}: {why}")
RECORD_FAULTS: Mapping[RecordFault, tuple[str, str]] = {
    RecordFault.UNREADABLE: ("不是这种格式的个人记录", "this is not a record of the known format"),
    RecordFault.NOT_SIGNED: (
        "不是公布的钥匙签的，或者签名以后被改过",
        "the published key did not sign it, or it was changed since",
    ),
    RecordFault.NOT_PROVEN: ("这次服务的证据不成立", "the proof of this service does not hold"),
    RecordFault.OTHER_PERSON: ("这次服务是别人的", "this service is somebody else's"),
    RecordFault.TWICE: ("同一次服务写了两遍", "one service stands there twice"),
    RecordFault.BAD_REVERSAL: ("这条冲正和它冲掉的记录对不上", "this reversal does not fit what it takes back"),
    RecordFault.BAD_TOTAL: ("合计和各次服务加起来不一样", "the sums are not those of the services"),
}

FAULTS: Mapping[Fault, tuple[str, str]] = {
    Fault.NOT_PDF: ("不是 PDF 文件", "this is no PDF file"),
    Fault.UNSIGNED: ("文件没有签名", "the file is not signed"),
    Fault.SEVERAL: ("文件里不止一个签名，签名以后加过内容", "there is more than one signature: something was added"),
    Fault.NOT_WHOLE: (
        "签名没有盖住整个文件，有内容是后加的，或者被截掉了",
        "the signature does not cover the whole file: something was added or cut off",
    ),
    Fault.RESPELLED: (
        "签名的写法被改过，和签出来时不一样",
        "the signature is written in another way than it was made",
    ),
    Fault.OTHER_SIGNER: ("签名的不是公布的证书", "it is not the published certificate that signed it"),
    Fault.CHANGED: ("签名以后文件被改过", "the file was changed after it was signed"),
    Fault.BROKEN: ("签名不成立", "the signature does not hold"),
}
DOUBTS: Mapping[Doubt, tuple[str, str]] = {
    Doubt.UNREADABLE: ("不是这种格式的证据文件", "this is not a proof of the known format"),
    Doubt.NOT_SIGNED: ("存证点不是公布的钥匙签的", "the checkpoint is not signed by the published key"),
    Doubt.NOT_INCLUDED: ("这一行不在存证点的账本里", "the row does not stand in the ledger of the checkpoint"),
    Doubt.NOT_OPENED: ("写明的内容和账本里的承诺不符", "what is told is not what the ledger committed to"),
    Doubt.OTHER_FILE: ("这份证据说的是另一个文件", "the proof is of another file"),
    Doubt.OTHER_TREE: (
        "同样多的行，却是另一本账：和另外给的存证点不一致",
        "a ledger of the same size with another root: it does not agree with the checkpoint given beside",
    ),
}


def in_language(language: Language, words: tuple[str, str], **values: object) -> str:
    """Return one of the pairs above in a language, with values put in."""
    return words[language is Language.ENGLISH].format(**values)
