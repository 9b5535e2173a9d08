// What this browser keeps: stations with their keys, and records until a day after they arrived. IndexedDB, so that it
// survives reload and closing. Names and records lie sealed (AES-GCM); no key can be taken out again, even by this page.

const NAME = "scanner";
const SEAL = { name: "AES-GCM", length: 256 };
let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("stations", { keyPath: "id" });
      const records = asked.result.createObjectStore("records", { keyPath: "key" });
      records.createIndex("station", ["station", "at"]);
    };
    asked.onsuccess = () => {
      // Another tab asks for a newer shape, or for all to be cleared: let it.
      asked.result.onversionchange = () => { asked.result.close(); opening = undefined; };
      resolve(asked.result);
    };
    asked.onerror = () => { opening = undefined; reject(asked.error); };
  });
  return opening;
}

async function transact(stores, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, mode, { durability: "strict" });
    const asked = work(transaction);
    transaction.oncomplete = () => resolve(asked?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

const LAST = Infinity;

export const allStations = () => transact("stations", "readonly", (all) => all.objectStore("stations").getAll());

/** Keep a station: {id, shift, reader, hmac, seal} and what `told` seals of what the server said. */
export async function keepStation(station, told) {
  const row = { ...station, seal: station.seal ?? (await crypto.subtle.generateKey(SEAL, false, ["encrypt", "decrypt"])) };
  row.told = await seal(row.seal, told);
  await transact("stations", "readwrite", (all) => all.objectStore("stations").put(row));
  return row;
}

export const toldOf = (station) => unseal(station.seal, station.told);

/** Keep a record; `body` is sealed, the rest (key, station, at, state, kept) is what the queue must find it by. */
export async function keepRecord(station, record) {
  const row = { key: record.key, station: station.id, at: record.at, state: record.state, kept: record.kept === true, body: await seal(station.seal, record.body) };
  await transact("records", "readwrite", (all) => all.objectStore("records").put(row));
}

/** The records of a station, oldest first; those of one state when it is given. */
export async function recordsOf(station, state) {
  const range = IDBKeyRange.bound([station.id, -LAST], [station.id, LAST]);
  const rows = await transact("records", "readonly", (all) => all.objectStore("records").index("station").getAll(range));
  const wanted = state ? rows.filter((row) => row.state === state) : rows;
  return Promise.all(wanted.map(async (row) => ({ ...row, body: await unseal(station.seal, row.body) })));
}

export async function countHeld(stationId) {
  const range = IDBKeyRange.bound([stationId, -LAST], [stationId, LAST]);
  const rows = await transact("records", "readonly", (all) => all.objectStore("records").index("station").getAll(range));
  return rows.filter((row) => row.state === "held").length;
}

/** Note of the records that were not answered that somebody was told they are only kept. */
export function markKept(stationId) {
  const range = IDBKeyRange.bound([stationId, -LAST], [stationId, LAST]);
  return transact("records", "readwrite", (all) => {
    all.objectStore("records").index("station").openCursor(range).onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) return;
      if (cursor.value.state === "held" && !cursor.value.kept) cursor.update({ ...cursor.value, kept: true });
      cursor.continue();
    };
  });
}

/** Forget a station with all its records. */
export function forgetStation(stationId) {
  const range = IDBKeyRange.bound([stationId, -LAST], [stationId, LAST]);
  return transact(["stations", "records"], "readwrite", (all) => {
    all.objectStore("stations").delete(stationId);
    all.objectStore("records").index("station").openCursor(range).onsuccess = deleteEach;
  });
}

/** Forget records that arrived and are older than `before`. */
export function forgetSent(before) {
  return transact("records", "readwrite", (all) => {
    all.objectStore("records").openCursor().onsuccess = (event) => {
      const cursor = event.target.result;
      if (!cursor) return;
      if (cursor.value.state !== "held" && cursor.value.at < before) cursor.delete();
      cursor.continue();
    };
  });
}

function deleteEach(event) {
  const cursor = event.target.result;
  if (!cursor) return;
  cursor.delete();
  cursor.continue();
}

async function seal(key, thing) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(thing)));
  return { iv, data };
}

async function unseal(key, { iv, data }) {
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data)));
}
