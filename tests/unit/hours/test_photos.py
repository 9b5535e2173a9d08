"""Photos of attendance sheets: what is taken, and what stays behind."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from volunteer.hours.photos import LONGEST_SIDE, MOST_BYTES, draw_anew
from volunteer.kernel.errors import Invalid

RED, BLUE = (200, 20, 20), (20, 20, 200)


def picture(width: int = 600, height: int = 900, mode: str = "RGB") -> Image.Image:
    """Return a red page whose upper third is blue."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (0, 0, width, height // 3))
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(BytesIO(jpeg))


def is_blue(image: Image.Image, at: tuple[int, int]) -> bool:
    red, _, blue = image.getpixel(at)
    return blue > red


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_takes_the_three_formats_and_makes_a_jpeg(kind: str) -> None:
    photo = draw_anew(saved(picture(), kind))
    drawn = opened(photo.jpeg)
    assert (drawn.format, drawn.size) == ("JPEG", (600, 900)) == ("JPEG", (photo.width, photo.height))
    assert is_blue(drawn, (300, 100))
    assert not is_blue(drawn, (300, 800))


def test_leaves_place_device_comment_and_preview_behind() -> None:
    exif = Image.Exif()
    exif[0x010F] = "CameraMaker"
    exif.get_ifd(0x8825)[2] = (32.0, 0.0, 36.1)
    secret = b"secret-tail-of-the-file"
    data = saved(picture(), exif=exif, comment=b"a comment of the camera", icc_profile=b"a profile") + secret
    assert b"CameraMaker" in data
    photo = draw_anew(data)
    drawn = opened(photo.jpeg)
    assert not drawn.getexif()
    assert not {"exif", "comment", "icc_profile"} & set(drawn.info)
    for kept in (b"CameraMaker", b"a comment", b"a profile", secret):
        assert kept not in photo.jpeg


@pytest.mark.parametrize(("orientation", "blue", "size"), [(6, (880, 300), (900, 600)), (3, (300, 880), (600, 900))])
def test_stands_upright_as_the_camera_meant(orientation: int, blue: tuple[int, int], size: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    drawn = opened(draw_anew(saved(picture(), exif=exif)).jpeg)
    assert drawn.size == size
    assert is_blue(drawn, blue)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_is_scaled_down_in_proportion(kind: str) -> None:
    photo = draw_anew(saved(picture(3000, 4500), kind))
    assert (photo.width, photo.height) == (1333, LONGEST_SIDE)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1"])
def test_takes_pictures_of_every_kind_of_pixel(mode: str) -> None:
    assert opened(draw_anew(saved(picture(mode=mode), "PNG")).jpeg).mode == "RGB"


def test_what_is_transparent_becomes_white_paper() -> None:
    clear = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    assert min(opened(draw_anew(saved(clear, "PNG")).jpeg).getpixel((300, 300))) > 250


def bomb(width: int, height: int) -> bytes:
    """Return a PNG that says it is that large and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_100, 10_000, 20_000, 100_000])
def test_refuses_a_decompression_bomb_before_a_pixel_is_decoded(side: int) -> None:
    with pytest.raises(Invalid, match="像素太多") as refused:
        draw_anew(bomb(side, side))
    assert refused.value.field == "photo"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "打不开"),
        (b"no picture at all", "打不开"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "打不开"),
        (saved(picture(), "GIF"), "打不开"),
        (saved(picture(), "JPEG")[:900], "打不开"),
        (saved(picture(), "PNG")[:300], "打不开"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"x" * (MOST_BYTES + 1), "最大 12 MB"),
        (saved(picture(60, 90)), "太小"),
    ],
)
def test_refuses_in_words_what_is_no_photo_of_a_sheet(data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        draw_anew(data)


def test_a_text_bomb_inside_a_png_is_refused() -> None:
    body = b"Comment\0\0" + zlib.compress(b"a" * 80_000_000)
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    png = saved(picture(), "PNG")
    at = png.index(b"IDAT") - 4
    with pytest.raises(Invalid, match="打不开"):
        draw_anew(png[:at] + chunk + png[at:])


def test_the_same_photo_has_the_same_digest() -> None:
    data = saved(picture())
    assert draw_anew(data).digest == draw_anew(data).digest != draw_anew(saved(picture(601))).digest
