"""Photos of attendance sheets, drawn anew: nothing of the file that came is kept but what a person sees.

The camera's data (place, device, time), previews and whatever else hides in a file stay behind.
"""

import hashlib
import threading
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2000
LEAST_LONGEST_SIDE = 400
QUALITY = 80
_FORMATS = ("JPEG", "PNG", "WEBP")
_APPLE = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypheif", b"ftypmif1", b"ftypmsf1", b"ftypavif")
# A photo of 50 million pixels takes 200 MB while it is decoded: one at a time in a process.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of ours: JPEG bytes, the hex SHA-256 of them, and its size in pixels."""

    jpeg: bytes
    digest: str
    width: int
    height: int


def draw_anew(data: bytes, *, field: str = "photo") -> Photo:
    """Return a photo upright, at most 2000 pixels long, as JPEG without metadata.

    Understands JPEG, PNG and WebP. Raises `Invalid` on `field` for other files, above 12 MB or 50 million pixels
    (judged before a pixel is decoded), broken ones, and those on which nobody could read a name.
    """
    if len(data) > MOST_BYTES:
        raise Invalid(N_("照片最大 12 MB，请压缩一下，或重新拍一张"), field=field)
    if data[4:12] in _APPLE:
        raise Invalid(
            N_("读不了 HEIC 格式的照片。在苹果手机的“设置 › 相机 › 格式”里选“兼容性最佳”再拍，或传截图"), field=field
        )
    with _one_at_a_time:
        return _finished(_decoded(data, field))


def _decoded(data: bytes, field: str) -> Image.Image:
    broken = Invalid(N_("打不开这张照片，请传 JPG、PNG 或 WebP 格式的照片"), field=field)
    too_large = Invalid(N_("照片的像素太多，最多 5000 万像素，请缩小以后再传"), field=field)
    try:
        image = Image.open(BytesIO(data), formats=_FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise too_large
        if max(image.size) < LEAST_LONGEST_SIDE:
            raise Invalid(N_("照片太小，看不清字，请传原图"), field=field)
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        return ImageOps.exif_transpose(image)
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large from None
    except Exception as error:
        raise broken from error


def _finished(image: Image.Image) -> Photo:
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    # Painted on an empty page: what an image carries beside its pixels does not come along.
    page = Image.new("RGB", image.size, "white")
    drawn = image.convert("RGBA")
    page.paste(drawn, mask=drawn)
    out = BytesIO()
    page.save(out, "JPEG", quality=QUALITY, optimize=True)
    jpeg = out.getvalue()
    return Photo(jpeg, hashlib.sha256(jpeg).hexdigest(), *page.size)
