// What a station decides by itself while there is no network; pure. The server decides again by the same rules, in
// Python; tests/expected/presence_vectors.json holds both to the same answers. Moments are milliseconds since 1970.

const NUMBER_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const NUMBER = /^V[0-9]{8}(?:0[1-9]|1[0-2])[0-9]{6}[0-9A-HJ-NP-RTUWXY]$/;
const NUMBER_LENGTH = 18;
const FILLERS = /[ \t\r\n\u00a0\u200b\u2060\ufeff\-\u2010\u2011\u2012\u2013\u2014\u2212]/g;
const BADGE = /^\/volunteers\/([0-9a-z]{20})\/badge$/;
const ADDRESS = /^[a-z][a-z0-9+.-]*:/i;
const PERSONAL = /^[0-9A-Za-z_-]+\.[0-9a-z-]+\.[0-9]+\.[0-9A-Za-z_-]+$/;
const LONGEST = 400;
// Half the order of P-256: of the two signatures that verify, (r, s) and (r, n - s), only the lower is taken.
const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
const ECDSA = { name: "ECDSA", hash: "SHA-256" };

/** Say what was scanned or typed: {kind, typed, volunteer?}, or {kind, rule, word, host?} where it is refused at sight. */
export function readTyped(text, origin) {
  const typed = narrow(text).trim();
  if (ADDRESS.test(typed) || typed.includes("/")) return readAddress(typed, origin);
  return PERSONAL.test(typed) && typed.length <= LONGEST ? { kind: "code", typed } : readNumber(typed);
}

function parse(typed) {
  try {
    return new URL(typed);
  } catch {
    return null;
  }
}

// No address is ever opened: it is read, and one of another origin is told for what it is.
function readAddress(typed, origin) {
  const refused = { kind: "card", rule: "unknown_card" };
  const address = parse(typed);
  if (!address) return { ...refused, word: "not_a_code" };
  if (address.origin !== origin) return { ...refused, word: "other_address", host: address.host || address.protocol };
  const card = BADGE.exec(address.pathname + address.search + address.hash);
  if (card) return { kind: "card", typed: address.href, volunteer: card[1] };
  return { ...refused, word: address.pathname.startsWith("/c/") ? "venue_code" : "not_a_code" };
}

/** Read a volunteer number; small letters, O for 0, I for 1, spaces and hyphens are mended. */
export function readNumber(text) {
  const number = narrow(text).replace(FILLERS, "").toUpperCase().replaceAll("O", "0").replaceAll("I", "1");
  const refused = { kind: "number", rule: "wrong_number" };
  if (!/^[0-9V][0-9A-Z]*$/.test(number)) return { ...refused, word: "not_a_code" };
  if (number.length !== NUMBER_LENGTH) return { ...refused, word: "number_length" };
  if (!NUMBER.test(number) || checkCharacter(number.slice(1, -1)) !== number.at(-1)) return { ...refused, word: "number_wrong" };
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

/** Return {volunteer, madeAt} of a personal code of any age, or {rule: "forged_personal_code"}. */
export async function verifyPersonalCode(text, keys) {
  const forged = { rule: "forged_personal_code" };
  if (text.length > LONGEST || !PERSONAL.test(text)) return forged;
  const [keyId, volunteer, micros, signature] = text.split(".");
  const raw = fromBase64(signature);
  if (raw?.length !== 64 || !isLow(raw.subarray(32)) || !Object.hasOwn(keys, keyId)) return forged;
  const key = await crypto.subtle.importKey("raw", fromBase64(keys[keyId]), { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const message = new TextEncoder().encode(`personal-code\n${volunteer}\n${micros}`);
  if (!(await crypto.subtle.verify(ECDSA, key, raw, message))) return forged;
  return { volunteer, madeAt: Math.floor(Number(micros) / 1000) };
}

function isLow(scalar) {
  const value = BigInt("0x" + [...scalar].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  return value > 0n && value <= HALF_ORDER;
}

/** Whether something made then may still be used: at its full age yes, a moment later no. */
export const isFresh = (madeAt, now, { code_life: life, clock_skew: skew }) => now - madeAt >= -skew && now - madeAt <= life;

/** Decide about somebody who comes or goes; `person` is {state, since} or null: not on the list. A yes has the rule "". */
export function decide(direction, person, shift, now) {
  return direction === "in" ? mayCheckIn(person, shift, now) : mayCheckOut(person, shift, now);
}

function mayCheckIn(person, shift, now) {
  if (!shift.is_running) return no("cancelled", now);
  if (person?.state === "in") return no("already_in", person.since);
  if (person?.since && now < person.since) return no("out_of_order", person.since);
  if (now < shift.opens_at) return no("too_early", shift.opens_at);
  if (now >= shift.ends_at) return no("too_late", shift.ends_at);
  return person || shift.allows_walk_in ? YES : no("not_signed_up", now);
}

// Who is in may leave, whatever became of the activity meanwhile.
function mayCheckOut(person, shift, now) {
  if (person?.state === "left") return no("already_out", person.since);
  if (person?.state !== "in") return no("not_in", now);
  if (now > shift.closes_at) return no("check_out_closed", shift.closes_at);
  return now < person.since ? no("out_of_order", person.since) : YES;
}

const YES = { rule: "" };
const no = (rule, at) => ({ rule, at });

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
