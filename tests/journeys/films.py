"""What a pretended camera sees: a film of codes, and photos of them."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from volunteer.kernel.qr import QUIET_ZONE, qr_matrix

SIZE = (640, 480)
PAPER, INK = "white", "black"
FRAMES_EACH = 24
FRAMES_BETWEEN = 8


def picture(text: str) -> Image.Image:
    """Return what a camera sees of a code held before it; of an empty text, an empty wall."""
    image = Image.new("RGB", SIZE, PAPER)
    if not text:
        return image
    matrix = qr_matrix(text)
    scale = (SIZE[1] - 40) // (len(matrix) + 2 * QUIET_ZONE)
    left, top = ((side - len(matrix) * scale) // 2 for side in SIZE)
    draw = ImageDraw.Draw(image)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                x, y = left + column * scale, top + row * scale
                draw.rectangle((x, y, x + scale - 1, y + scale - 1), fill=INK)
    return image


def photo(text: str) -> bytes:
    """Return a photo of a code as a phone sends it."""
    content = BytesIO()
    picture(text).save(content, "JPEG", quality=90)
    return content.getvalue()


def film(path: Path, *texts: str) -> Path:
    """Write a film that shows each code for a while, the wall between them, and begins anew; JPEG after JPEG."""
    frames = [photo(text) * FRAMES_EACH + photo("") * FRAMES_BETWEEN for text in texts]
    path.write_bytes(b"".join(frames))
    return path
