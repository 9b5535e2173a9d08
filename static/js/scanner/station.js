// A station over HTTP: opened, asked again, closed, and sent its records. Whatever goes wrong comes back as a Trouble
// with a name that the page has words for; nothing is thrown away because of it.

const PATIENCE = 15_000;

export class Trouble extends Error {
  /** `name`: offline (also a server that is busy or down), sign_in, no_right, revoked, token, failed. */
  constructor(name) {
    super(name);
    this.name = name;
  }
}

const NAMES = { 400: "token", 401: "sign_in", 403: "no_right", 404: "no_right", 410: "revoked", 413: "failed", 422: "failed" };

async function ask(address, { token, body, method = body ? "POST" : "GET" } = {}) {
  const headers = { Accept: "application/json" };
  if (token) headers["X-CSRFToken"] = token;
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(address, {
      method, headers, body: body && JSON.stringify(body), redirect: "manual", cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE),
    });
  } catch {
    throw new Trouble("offline");
  }
  if (answer.type === "opaqueredirect") throw new Trouble("sign_in");
  if (!answer.ok) throw new Trouble(NAMES[answer.status] ?? (answer.status >= 500 || answer.status === 429 || answer.status === 408 ? "offline" : "failed"));
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) return {};
  try {
    return await answer.json();
  } catch {
    // The line broke in the middle of the answer; what was sent may have arrived.
    throw new Trouble("offline");
  }
}

/** Open a station; the key that comes with it goes into the browser's keeping and is not kept as bytes. */
export async function openStation(stations, shift, name, token) {
  const { key, ...told } = await ask(stations, { token, body: { shift, name } });
  return { key, told: withOffset(told) };
}

/** The shift and the roster of now, and a token that is not stale. */
export const askStation = async (stations, id) => withOffset(await ask(`${stations}${id}`));

export const closeStation = (stations, id, token) => ask(`${stations}${id}/close`, { token, body: {} });

/** Send at most a batch of records; {answers} come back by key. */
export const sendRecords = (stations, id, token, records, sentAt) => ask(`${stations}${id}/records`, { token, body: { sent_at: sentAt, records } });

// The device's clock may be wrong; what it is wrong by is measured whenever the server is heard.
const withOffset = (told) => ({ ...told, offset: told.server_time - Date.now() });
