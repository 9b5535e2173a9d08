// The queue: a record is kept first and sent later, as often as it takes, always under the same key. It never waits for
// a service worker: it sends when the page is opened, seen, online again, and from time to time.
import { Trouble, askStation, sendRecords } from "./station.js";
import { keepRecord, markKept, recordsOf } from "./store.js";
import { toBase64 } from "./rules.js";

const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 60_000;
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz";
const KEY_LENGTH = 26;
// The largest multiple of 36 in a byte: a byte above it would make some letters likelier than others.
const EVEN = 252;

export class Queue {
  /** `heard(records)` is told what became of records, `trouble(name)` what is in the way ("" for nothing). */
  constructor(stations, heard, trouble) {
    Object.assign(this, { stations, heard, trouble, open: [], token: "", wait: FIRST_WAIT, isSending: false, isAskedAgain: false });
    addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.flush());
  }

  /** Watch over the records of these stations. */
  watch(stations, token) {
    this.open = stations;
    this.token = token;
    return this.flush();
  }

  /** Keep one coming or going; it is safe when this returns. `at` and `shown` are for the list, `kept`
   * is whether the page says that it is only kept: then nobody waits for the answer, and a refusal is for a person. */
  async add(station, { kind, direction, typed, kept }, at, shown) {
    const key = randomKey();
    // The clock of this phone as it is, right or wrong: the server looks only at how long before the sending it was.
    const deviceAt = Date.now();
    const mac = await macOf(station.hmac, { key, kind, direction, typed, device_at: deviceAt });
    const record = { key, station: station.id, at, state: "held", kept, body: { kind, direction, typed, deviceAt, mac, shown } };
    await keepRecord(station, record);
    return record;
  }

  /** Send all there is to send; one at a time, in every tab together. */
  async flush() {
    if (this.isSending) { this.isAskedAgain = true; return; }
    this.isSending = true;
    clearTimeout(this.timer);
    try {
      // A browser that says it is online may be wrong; one that says it is not is right.
      if (!navigator.onLine) throw new Trouble("offline");
      do {
        this.isAskedAgain = false;
        await alone(() => this.sendAll());
      } while (this.isAskedAgain);
      this.wait = FIRST_WAIT;
      this.trouble("");
      // Another tab may have sent what this one still shows as waiting.
      await this.heard([]);
      this.again(LONGEST_WAIT);
    } catch (fault) {
      this.trouble(fault instanceof Trouble ? fault.name : "failed");
      for (const { id } of this.open) markKept(id).catch(() => {});
      this.again(this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    } finally {
      this.isSending = false;
    }
  }

  /** Many devices lost the network together and must not come back together. */
  again(wait) {
    this.timer = setTimeout(() => this.flush(), wait * (1 + Math.random() / 4));
  }

  async sendAll() {
    let refused;
    for (const station of this.open) {
      try {
        await this.sendOf(station);
      } catch (fault) {
        if (fault.name === "offline" || fault.name === "sign_in") throw fault;
        refused ??= fault;
      }
    }
    if (refused) throw refused;
  }

  async sendOf(station) {
    for (;;) {
      const held = (await recordsOf(station, "held")).slice(0, station.batch);
      if (!held.length || !(await this.sendBatch(station, held))) return;
    }
  }

  async sendBatch(station, held) {
    const records = held.map(({ key, kept = false, body: { kind, direction, typed, deviceAt, mac } }) => ({ key, kind, direction, typed, device_at: deviceAt, mac, kept }));
    const { answers = [], server_time: heardAt } = await this.withToken(station, (token) => sendRecords(this.stations, station.id, token, records, Date.now()));
    const heard = [];
    for (const answer of answers) {
      const record = held.find(({ key }) => key === answer.key);
      if (!record || !["recorded", "review", "refused"].includes(answer.outcome)) continue;
      const { name, initials, volunteer, words, rule, happened_at: happenedAt } = answer;
      const shown = { ...record.body.shown, words, rule, happenedAt, heardAt, ...(volunteer && { volunteer }), ...(name && { name, initials }), state: answer.state };
      const after = { ...record, state: answer.outcome, body: { ...record.body, shown } };
      await keepRecord(station, after);
      heard.push(after);
    }
    if (heard.length) await this.heard(heard);
    return heard.length > 0;
  }

  /** A page that was kept holds an old token: ask for a new one, once. */
  async withToken(station, send) {
    try {
      return await send(this.token);
    } catch (fault) {
      if (fault.name !== "token") throw fault;
      const told = await askStation(this.stations, station.id);
      this.token = told.csrf_token;
      return send(this.token).catch((again) => { throw again.name === "token" ? new Trouble("failed") : again; });
    }
  }
}

/** The station's secret as a key that signs and cannot be read again. */
export const importKey = (bytes) => crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);

/** What proves that a record was made at this station. */
export async function macOf(hmac, { key, kind, direction, typed, device_at: deviceAt }) {
  const signed = new TextEncoder().encode([key, kind, direction, typed, deviceAt].join("\n"));
  return toBase64(await crypto.subtle.sign("HMAC", hmac, signed));
}

const alone = (work) => (navigator.locks ? navigator.locks.request("scanner-queue", work) : work());

function randomKey() {
  let key = "";
  while (key.length < KEY_LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(KEY_LENGTH * 2))) {
      if (byte < EVEN && key.length < KEY_LENGTH) key += DIGITS[byte % 36];
    }
  }
  return key;
}
