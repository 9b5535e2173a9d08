"""Workbooks that no program writes."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

_XML = '<?xml version="1.0"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def bomb(cells: int, cell: str = '<c t="s"><v>0</v></c>', letters: int = 32_000) -> bytes:
    """Return a workbook of a few kilobytes whose one shared text stands in many cells."""
    relation = f'<Relationship Id="{{0}}" Type="{_OFFICE}/{{1}}" Target="{{2}}"/>'
    relations = f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{{}}</Relationships>'
    sheet, texts = "worksheets/sheet1.xml", "sharedStrings.xml"
    of_book = relation.format("r1", "worksheet", sheet) + relation.format("r2", "sharedStrings", texts)
    parts = {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": relations.format(relation.format("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations.format(of_book),
        f"xl/{sheet}": f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'
        + ("<row>" + cell * 100 + "</row>") * (cells // 100)
        + "</sheetData></worksheet>",
        f"xl/{texts}": f'{_XML}<sst xmlns="{_MAIN}"><si><t>{"x" * letters}</t></si></sst>',
    }
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
    return out.getvalue()
