"""Short signed texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.keys import Key, KeyRing
from volunteer.kernel.signing import Forged, digits, sign, unsign

KEY = Key("k1", b"s" * 32)
RING = KeyRing((KEY,))
bodies = st.text("abcdefghijklmnopqrstuvwxyz0123456789-.", max_size=100)


@given(bodies, bodies)
def test_what_was_signed_is_read_back(body: str, bound_to: str) -> None:
    assert unsign(RING, "p", sign(RING, "p", body, bound_to), bound_to) == body


@given(bodies, bodies, bodies)
def test_a_text_bound_to_one_thing_is_worthless_for_another(body: str, one: str, other: str) -> None:
    if one != other:
        with pytest.raises(Forged):
            unsign(RING, "p", sign(RING, "p", body, one), other)


def test_a_text_of_one_purpose_is_worthless_for_another() -> None:
    with pytest.raises(Forged):
        unsign(RING, "q", sign(RING, "p", "body"))


def test_fields_cannot_be_shifted_into_each_other() -> None:
    with pytest.raises(Forged):
        unsign(RING, "pb", sign(RING, "p", "bx").replace(".bx.", ".x."))


def test_a_key_is_known_by_its_name() -> None:
    renamed = KeyRing((Key("k9", KEY.secret),))
    with pytest.raises(Forged):
        unsign(renamed, "p", sign(RING, "p", "body"))


@pytest.mark.parametrize("text", ["", ".", "k1", "k1.body", "k1.body.", "k1.body.é", "k1." + "a" * 500, "k1.b\x00.c"])
def test_what_is_no_signed_text_is_refused(text: str) -> None:
    with pytest.raises(Forged):
        unsign(RING, "p", text)


def test_the_signature_is_as_expected_so_that_codes_outlive_an_upgrade() -> None:
    assert sign(RING, "p", "body", "b") == "k1.body.DBaE_KUuGfpfECcFeag0dw"


@given(bodies)
def test_digits_have_their_length_and_are_the_same_twice(body: str) -> None:
    code = digits(KEY, "p", body, 6)
    assert len(code) == 6
    assert code.isdigit()
    assert code == digits(KEY, "p", body, 6)


def test_digits_tell_bodies_and_keys_apart() -> None:
    codes = {digits(key, "p", body, 9) for key in (KEY, Key("k1", b"t" * 32)) for body in ("a", "b")}
    assert len(codes) == 4


def test_a_ring_never_shows_its_secrets() -> None:
    assert "sss" not in repr(RING)
