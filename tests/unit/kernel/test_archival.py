"""The colours of a file mean sRGB, and what it says of itself is well-formed whatever the texts."""

from datetime import date
from io import BytesIO
from xml.etree import ElementTree

from PIL import Image, ImageCms

from volunteer.kernel.archival import Identity, metadata, srgb_profile


def test_the_profile_is_srgb_to_a_program_that_knows_colours() -> None:
    profile = ImageCms.getOpenProfile(BytesIO(srgb_profile()))
    assert profile.profile.version == 4.2
    ramp = Image.frombytes("RGB", (16, 16), bytes(range(256)) * 3)
    seen = ImageCms.profileToProfile(ramp, profile, ImageCms.createProfile("sRGB"))
    assert seen is not None
    assert max(abs(one - two) for one, two in zip(ramp.tobytes(), seen.tobytes(), strict=True)) <= 1


def test_the_profile_says_its_own_length_and_is_small() -> None:
    profile = srgb_profile()
    assert int.from_bytes(profile[:4], "big") == len(profile) < 1_000
    assert profile[36:40] == b"acsp"


def test_metadata_are_well_formed_and_say_what_was_given() -> None:
    identity = Identity("<b>&", "𠮷 社区", "]]>", "志愿台", date(2026, 11, 22))
    tree = ElementTree.fromstring(metadata(identity).decode().split("?>", 1)[1].rsplit("<?", 1)[0])
    texts = {element.tag.partition("}")[2]: "".join(element.itertext()) for element in tree.iter()}
    assert texts["title"] == "<b>&"
    assert texts["creator"] == "𠮷 社区"
    assert texts["description"] == "]]>"
    assert (texts["part"], texts["conformance"]) == ("2", "B")
    assert texts["CreateDate"] == texts["ModifyDate"] == "2026-11-22T00:00:00+08:00"
