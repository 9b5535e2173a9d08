"""A ZIP on its way: whole at its end, never whole in memory."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

from volunteer.kernel.zips import stream_zip


def test_a_zip_is_sent_file_by_file_and_read_back() -> None:
    asked: list[int] = []

    def files() -> Iterator[tuple[str, bytes]]:
        for place in range(3):
            asked.append(place)
            yield f"证明{place}.pdf", bytes([place]) * 1000

    pieces = stream_zip(files(), datetime(2026, 11, 22, 6, tzinfo=UTC))
    first = next(pieces)
    assert asked == [0]
    assert 1000 < len(first) < 1300
    with ZipFile(BytesIO(first + b"".join(pieces))) as bundle:
        assert bundle.testzip() is None
        assert bundle.namelist() == ["证明0.pdf", "证明1.pdf", "证明2.pdf"]
        assert bundle.read("证明2.pdf") == b"\x02" * 1000
        assert bundle.infolist()[0].date_time == (2026, 11, 22, 14, 0, 0)
