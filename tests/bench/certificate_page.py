"""The page of a certificate as HTML, for another drawing program to be measured beside ours."""

from html import escape
from pathlib import Path

from volunteer.certificates.documents import LEGAL_NOTE, TITLE
from volunteer.certificates.record_table import chinese_day, hours_and_minutes
from volunteer.certificates.rules import CertificateFacts
from volunteer.kernel.fonts import FontSet
from volunteer.kernel.qr import qr_svg
from volunteer.kernel.speech import hours_text

STYLE = """
@page { size: A4; margin: 0 }
* { box-sizing: border-box; margin: 0 }
body { font: 13pt/1.9 Song; color: #1f1a17 }
.sheet { position: relative; width: 210mm; height: 297mm; padding: 30mm 27mm 20mm; page-break-after: always }
.sheet:last-child { page-break-after: auto }
.frame { position: absolute; inset: 9.5mm; border: 1.5pt solid #941c17 }
.frame { outline: .4pt solid #bd9452; outline-offset: -2mm }
h1 { font: 700 37pt/1.4 Song; letter-spacing: 6pt; color: #941c17; text-align: center }
.middle { text-align: center } .quiet { font-size: 10pt; color: #665e59 }
.name { font: 40pt/1.5 Kai; letter-spacing: 13pt }
p.body { text-indent: 2em } strong { font-weight: 700 } .hours { font-size: 15pt; color: #941c17 }
table { width: 100%; border-collapse: collapse; font-size: 9.2pt; line-height: 1.3 }
th { text-align: left; background: #faf5ee; border-top: .9pt solid #941c17; padding: 2mm }
td { border-bottom: .4pt solid #d6c4a8; padding: 1.5mm 2mm }
.total { text-align: right; font: 700 9.2pt Song; padding: 2mm }
.code { position: absolute; left: 24mm; top: 234mm; width: 31mm } .code svg { width: 31mm; height: 31mm }
.signed { position: absolute; right: 27mm; top: 243mm; width: 70mm; text-align: center }
.foot { position: absolute; left: 0; right: 0; top: 268mm; text-align: center; font-size: 7.5pt }
"""


def font_faces(fonts: FontSet) -> str:
    """Return the rules by which a page finds the fonts that our documents are drawn with."""
    faces = (("Song", 400, fonts.regular), ("Song", 700, fonts.bold), ("Kai", 400, fonts.name or fonts.bold))
    return "".join(_face(*face) for face in faces)


def _face(family: str, weight: int, path: Path) -> str:
    return f"@font-face {{ font-family: {family}; font-weight: {weight}; src: url({path.as_uri()}) }}"


def sheet(facts: CertificateFacts) -> str:
    """Return one certificate: the same words, code and fonts as ours, in a plainer frame and without the rosette."""
    rows = "".join(
        f"<tr><td>{chinese_day(line.served_on)}<td>{escape(line.activity_title)}<td>{escape(line.content)}"
        f"<td>{escape(line.place)}<td>{hours_and_minutes(line.minutes)}"
        for line in facts.lines
    )
    total = f"{hours_and_minutes(facts.total_minutes)}，即 {hours_text(facts.total_minutes)} 小时"
    return f"""<div class="sheet"><div class="frame"></div><h1>{TITLE}</h1>
<p class="middle quiet">编号 {facts.number}</p><p class="middle">兹证明</p>
<p class="middle name">{escape(facts.holder_name)}</p><p class="middle quiet">志愿者编号 {facts.volunteer_number}</p>
<p class="body">于 {chinese_day(facts.period_from)}至 {chinese_day(facts.period_to)}期间，参加由<strong>
{escape(facts.issuer_name)}</strong>组织并记录的志愿服务 {len(facts.lines)} 次，累计服务时间
<strong class="hours">{hours_text(facts.total_minutes)}</strong> 小时。</p><p class="body">特此证明。</p>
<table><tr><th>服务日期<th>活动名称<th>服务内容<th>地点<th>服务时间</tr>{rows}</table><p class="total">合计　{total}</p>
<div class="code">{qr_svg(facts.verify_url, title="核验")}</div>
<div class="signed"><strong>{escape(facts.issuer_name)}</strong><p>{chinese_day(facts.issued_on)}</p>
<p class="quiet">（盖章）</p></div>
<p class="foot">{LEGAL_NOTE}<br>{escape(facts.office_name)} · {facts.product_name}</p></div>"""
