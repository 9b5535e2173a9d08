"""Short signed texts."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from volunteer.kernel.keys import Key, KeyRing
from volunteer.kernel.signing import (
    Forged,
    decode_base64,
    digits,
    encode_base64,
    public_points,
    secret_for,
    sign,
    sign_openly,
    unsign,
    unsign_openly,
)

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


class TestOpenSignatures:
    """Made by us alone, verified by everybody who holds the points."""

    text = sign_openly(RING, "p", "who", "7")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

    def refused(self, text: str, ring: KeyRing = RING, purpose: str = "p") -> None:
        with pytest.raises(Forged):
            unsign_openly(ring, purpose, text)

    def test_what_was_signed_is_read_back(self) -> None:
        assert unsign_openly(RING, "p", self.text) == ("who", "7")

    def test_the_points_are_enough_to_verify(self) -> None:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_points(RING, "p")["k1"])
        raw = decode_base64(self.text.rpartition(".")[2])
        assert raw is not None
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        point.verify(encode_dss_signature(r, s), b"p\nwho\n7", ec.ECDSA(hashes.SHA256()))

    def test_every_flip_of_one_bit_is_refused(self) -> None:
        for place, character in enumerate(self.text):
            for bit in range(8):
                self.refused(self.text[:place] + chr(ord(character) ^ 1 << bit) + self.text[place + 1 :])

    def test_the_equal_signature_with_the_larger_s_is_refused(self) -> None:
        body, _, signature = self.text.rpartition(".")
        raw = decode_base64(signature)
        assert raw is not None
        assert int.from_bytes(raw[32:], "big") <= self.order // 2
        mirrored = raw[:32] + (self.order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
        self.refused(f"{body}.{encode_base64(mirrored)}")

    @pytest.mark.parametrize("fields", [(0, 5), (5, 0), (0, 0)])
    def test_signatures_of_nothing_are_refused(self, fields: tuple[int, int]) -> None:
        raw = b"".join(field.to_bytes(32, "big") for field in fields)
        self.refused(f"k1.who.7.{encode_base64(raw)}")

    @pytest.mark.parametrize(
        "spell",
        [
            lambda text: text + "=",
            lambda text: text + "A",
            lambda text: text[:-1],
            lambda text: text.replace(".who.", ".who\n."),
            lambda text: text.replace(".who.7.", ".who."),
            lambda text: text.replace(".who.7.", ".who.7.8."),
            lambda text: " " + text,
            lambda text: text + "\n",
            lambda _text: "",
            lambda _text: "...",
            lambda _text: "k1..",
            lambda _text: "k1." + "a" * 500,
        ],
    )
    def test_another_spelling_is_refused(self, spell: Callable[[str], str]) -> None:
        self.refused(spell(self.text))

    def test_another_purpose_key_or_name_of_a_key_is_refused(self) -> None:
        self.refused(self.text, purpose="q")
        self.refused(self.text, KeyRing((Key("k1", b"x" * 32),)))
        self.refused(self.text, KeyRing((Key("k9", KEY.secret),)))
        self.refused("k9" + self.text[2:], KeyRing((Key("k9", KEY.secret),)))

    def test_a_replaced_key_still_verifies_while_it_is_kept(self) -> None:
        ring = KeyRing((Key("k2", b"n" * 32), KEY))
        assert unsign_openly(ring, "p", self.text) == ("who", "7")
        assert set(public_points(ring, "p")) == {"k1", "k2"}

    def test_the_signature_is_as_expected_so_that_codes_outlive_an_upgrade(self) -> None:
        assert self.text == sign_openly(RING, "p", "who", "7")
        assert self.text[:30] == "k1.who.7.WS-ZvhbFECN9L3jv1eLDA"


def test_a_secret_for_one_thing_tells_nothing_of_another() -> None:
    made = {secret_for(KEY, "p", "a"), secret_for(KEY, "p", "b"), secret_for(KEY, "q", "a"), KEY.secret}
    assert len(made) == 4
    assert secret_for(KEY, "p", "a") == secret_for(Key("k1", KEY.secret), "p", "a")


@given(st.binary(max_size=70))
def test_bytes_have_one_spelling_in_base64(raw: bytes) -> None:
    assert decode_base64(encode_base64(raw)) == raw


@pytest.mark.parametrize("text", ["=", "A", "AB", "AA==", "+A", "A A", "AAA=", "é"])
def test_no_other_spelling_is_read(text: str) -> None:
    assert decode_base64(text) is None
