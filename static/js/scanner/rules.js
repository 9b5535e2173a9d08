// What a station decides by itself while there is no network; pure. The server decides again by the same rules, in
// Python; tests/expected/presence_vectors.json holds both to the same answers. Moments are milliseconds since 1970.

const NUMBER_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const NUMBER = /^V[0-9]{8}(?:0[1-9]|1[0-2])[0-9]{6}[0-9A-HJ-NP-RTUWXY]$/;
const NUMBER_LENGTH = 18;
const FILLERS = /[ \t\r\n\u00a0\u200b\u2060\ufeff\-\u2010\u2011\u2012\u2013\u2014\u2212]/g;
const BADGE = /^\/volunteers\/([0-9a-z]{20})\/badge$/;
const PERSONAL = /^[^.\n]+\.[^.\n]+\.[^.\n]+\.[^.\n]+$/;
const LONGEST = 400;
// Half the order of P-256: of the two signatures that verify, (r, s) and (r, n - s), only the lower is taken.
const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
const ECDSA = { name: "ECDSA", hash: "SHA-256" };

/** Say what was scanned or typed: {kind, typed, volunteer?} of a code, card or number, or {refused, host?}. */
export function readTyped(text, origin) {
  const typed = narrow(text).trim();
  const address = asAddress(typed);
  if (address) return readAddress(address, origin);
  if (PERSONAL.test(text.trim()) && text.trim().length <= LONGEST) return { kind: "code", typed: text.trim() };
  // A signed text of any other kind, such as what a web page may hold, is nobody's number.
  return typed.length > 60 || /[.\n]/.test(typed) ? { refused: "not_a_code" } : readNumber(typed);
}

function asAddress(typed) {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(typed)) return null;
  try {
    return new URL(typed);
  } catch {
    return null;
  }
}

function readAddress(address, origin) {
  if (address.origin !== origin) return { refused: "other_address", host: address.host || address.protocol };
  const card = BADGE.exec(address.pathname);
  if (card) return { kind: "card", typed: origin + address.pathname, volunteer: card[1] };
  return { refused: address.pathname.startsWith("/c/") ? "venue_code" : "not_a_code" };
}

/** Read a volunteer number; small letters, O for 0, I for 1, spaces and hyphens are mended. */
export function readNumber(text) {
  const number = narrow(text).replace(FILLERS, "").toUpperCase().replaceAll("O", "0").replaceAll("I", "1");
  if (number.length !== NUMBER_LENGTH) return { refused: number.startsWith("V") || /^\d+$/.test(number) ? "number_length" : "not_a_code" };
  if (!NUMBER.test(number) || checkCharacter(number.slice(1, -1)) !== number.at(-1)) return { refused: "number_wrong" };
  return { kind: "number", typed: number };
}

/** Full-width forms, which Chinese keyboards produce, as their ASCII ones. */
const narrow = (text) => text.replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0)).replaceAll("\u3000", " ");

/** The check character of the 16 digits of a number: weights 3^n modulo 31, as GB 32100 has it. */
export function checkCharacter(digits) {
  let total = 0;
  let weight = 1;
  for (const digit of digits) {
    total += NUMBER_ALPHABET.indexOf(digit) * weight;
    weight = (weight * 3) % 31;
  }
  return NUMBER_ALPHABET[(31 - (total % 31)) % 31];
}

/** Return {volunteer, madeAt} of a personal code of any age, or {refused}: forged_personal_code, unknown_key. */
export async function verifyPersonalCode(text, keys) {
  const [keyId, volunteer, micros, signature] = text.split(".");
  const forged = { refused: "forged_personal_code" };
  const raw = fromBase64(signature ?? "");
  if (text.length > LONGEST || !/^[0-9a-z-]{1,40}$/.test(volunteer ?? "") || !/^-?\d+$/.test(micros ?? "")) return forged;
  if (raw?.length !== 64 || !isLow(raw.subarray(32))) return forged;
  // A key that came after this station was opened: only the server can tell.
  if (!Object.hasOwn(keys, keyId)) return { refused: "unknown_key" };
  const key = await crypto.subtle.importKey("raw", fromBase64(keys[keyId]), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const message = new TextEncoder().encode(`personal-code\n${volunteer}\n${micros}`);
  if (!(await crypto.subtle.verify(ECDSA, key, raw, message))) return forged;
  return { volunteer, madeAt: Number(micros) / 1000 };
}

function isLow(scalar) {
  const value = BigInt("0x" + [...scalar].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  return value > 0n && value <= HALF_ORDER;
}

/** Whether something made then may still be used: at its full age yes, a moment later no. */
export const isFresh = (madeAt, now, { code_life: life, clock_skew: skew }) => now - madeAt >= -skew && now - madeAt <= life;

/** Decide about somebody who comes or goes: {rule} for a yes, {rule, refused: true, at} for a no that `at` explains. */
export function decide(direction, person, shift, now) {
  return direction === "in" ? mayCheckIn(person, shift, now) : mayCheckOut(person, shift, now);
}

function mayCheckIn(person, shift, now) {
  if (!shift.is_running) return refuse("not_running", now);
  if (person.state === "in") return refuse("already_in", person.since);
  if (now < shift.opens_at) return refuse("too_early", shift.opens_at);
  if (now >= shift.ends_at) return refuse("too_late", shift.ends_at);
  return { rule: "check_in" };
}

function mayCheckOut(person, shift, now) {
  if (person.state === "left") return refuse("already_out", person.since);
  if (person.state !== "in") return refuse("not_in", now);
  if (now > shift.closes_at) return refuse("check_out_closed", shift.closes_at);
  return { rule: "check_out" };
}

const refuse = (rule, at) => ({ rule, refused: true, at });

/** The bytes of base64url without padding, or null for any other spelling of them. */
export function fromBase64(text) {
  try {
    const raw = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    return toBase64(raw) === text ? raw : null;
  } catch {
    return null;
  }
}

export const toBase64 = (raw) => btoa(String.fromCharCode(...new Uint8Array(raw))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
