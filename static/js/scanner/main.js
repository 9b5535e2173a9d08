// The scanning page: opens a station, looks at codes, keeps what it saw, sends it when it can.
import { Camera, readPhoto } from "./camera.js";
import { clockTime, keepFocus, showAnswer, showCamera, showCounts, showKeeps, showNet, showNotice, showPart, showRows, vibrate, word } from "./desk.js";
import { forgetPages } from "./pages.js";
import { Queue, importKey } from "./queue.js";
import { findReader } from "./readers.js";
import { decide, fromBase64, isFresh, readTyped, verifyPersonalCode } from "./rules.js";
import { Trouble, askStation, closeStation, openStation } from "./station.js";
import { allStations, countHeld, forgetSent, forgetStation, keepStation, recordsOf, toldOf } from "./store.js";

const KEPT_AFTER_SENT = 24 * 3_600_000;
const REPEATED_WITHIN = 60_000;
const ROSTER_EVERY = 60_000;
const TROUBLES = ["sign_in", "no_right", "failed", "no_store", "needs_net"];
const KINDS = { held: "done", recorded: "done", review: "needs", refused: "wrong" };

const root = document.querySelector("[data-scanner]");
const config = root.dataset;
const one = (selector) => root.querySelector(selector);
const queue = new Queue(config.stations, heard, trouble);
const camera = new Camera(one("[data-video]"), scan, showCamera);
let mine = [];
let station;
let told;
let records = [];
let people = new Map();
let reader;
let isOnline = navigator.onLine;
let scanning = Promise.resolve();

// Where everybody is

const now = () => Date.now() + (told?.offset ?? 0);

/** The roster as the server told it, and on top of it what this device saw since. */
function gather() {
  people = new Map(told.roster.map((person) => [person.volunteer, { ...person }]));
  for (const { at, state, body: { direction, shown } } of records) {
    const counts = !shown.rule && (state === "recorded" || state === "held");
    if (!counts || !shown.volunteer) continue;
    const known = people.get(shown.volunteer) ?? { volunteer: shown.volunteer, name: shown.name, initials: shown.initials };
    const after = direction === "in" ? "in" : "left";
    const isNews = state === "held" || shown.heardAt >= told.server_time;
    if (isNews) people.set(shown.volunteer, { ...known, state: after, since: shown.happenedAt ?? at, isOurs: true });
    else if (known.state === after) known.isOurs = true;
  }
}

async function show() {
  records = await recordsOf(station);
  gather();
  const count = (state) => records.filter((record) => record.state === state).length;
  const isIn = [...people.values()].filter((person) => person.state === "in").length;
  showRows(records);
  showCounts({ in: isIn, all: told.roster.length, held: count("held"), review: count("review") });
}

// One scan

function scan(text) {
  // One after the other, so that the second of two sees what became of the first.
  scanning = scanning.then(() => take(text)).catch(() => answer({ kind: "wrong", name: word("nobody"), words: word("not_kept") }));
  return scanning;
}

async function take(text) {
  const read = readTyped(text, told.card_address ?? location.origin);
  if (read.rule) return answer({ kind: "wrong", name: word("nobody"), words: word(read.word, read) });
  const direction = one("[name=phase]:checked").value;
  const at = now();
  const { volunteer, person, rule, at: since = at } = await judge(read, direction, at);
  const whom = { name: person?.name || word("unknown"), initials: person?.initials };
  const said = rule && word(rule, { time: clockTime(since) });
  if (rule.startsWith("already_") && isRepeat(person, at)) return answer({ kind: "needs", ...whom, words: said });

  const shown = { ...whom, volunteer, rule, words: said, ...(!person && read.kind === "number" && { name: read.typed }) };
  const record = await queue.add(station, { ...read, direction, kept: !isOnline }, at, shown);
  answer({ kind: rule ? "needs" : "done", ...whom, words: said || word(`kept_${direction}`, { time: clockTime(at) }) }, record.key);
  await show();
  queue.flush();
}

/** Shown again to this device at once, or while nobody can be asked. Later, online, it may be a second look that was drawn. */
const isRepeat = ({ isOurs, since }, at) => isOurs && (!isOnline || at - since < REPEATED_WITHIN);

/** Who it is, and what the rules say without asking anybody: {volunteer, person, rule, at}. */
async function judge(read, direction, at) {
  const code = read.kind === "code" ? await verifyPersonalCode(read.typed, told.card_keys) : {};
  const volunteer = code.volunteer ?? read.volunteer ?? told.roster.find(({ number }) => number === read.typed)?.volunteer;
  const person = people.get(volunteer) ?? null;
  const isStale = code.madeAt && !isFresh(code.madeAt, at, told.limits);
  const rule = code.rule ?? (isStale ? "stale_personal_code" : "");
  return { volunteer, person, ...(rule ? { rule } : decide(direction, person, told.shift, at)) };
}

let awaited;

function answer(said, key) {
  awaited = key;
  showAnswer(said, !key);
  vibrate(said.kind === "done");
}

/** What the server made of records. */
async function heard(answered) {
  if (!station) return;
  await show();
  const last = answered.find(({ key }) => key === awaited);
  if (!last) return;
  const { direction, shown } = last.body;
  const time = clockTime(shown.happenedAt ?? last.at);
  showAnswer({ kind: KINDS[last.state], name: shown.name || word("nobody"), initials: shown.initials, words: last.state === "recorded" && !shown.rule ? word(`recorded_${direction}`, { time }) : shown.words });
  if (last.state !== "recorded") vibrate(false);
}

function trouble(name) {
  setNet(name !== "offline");
  showNotice(TROUBLES, name === "offline" ? "" : name);
}

function setNet(isOn) {
  isOnline = isOn;
  showNet(isOn);
}

// A station

async function start(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    const opened = await openStation(config.stations, config.shift, form.elements.name.value.trim(), config.token);
    await takeUp(await keepStation({ id: opened.told.station, shift: config.shift, reader: config.reader, openedAt: Date.now(), hmac: await importKey(fromBase64(opened.key)) }, opened.told));
    turnOn();
    // Asked of the browser, so that it clears away other pages' data first when space is short.
    navigator.storage?.persist?.().catch(() => {});
  } catch (fault) {
    const name = fault instanceof Trouble ? fault.name : "no_store";
    setNet(name !== "offline");
    showNotice(TROUBLES, { token: "failed", offline: "needs_net" }[name] ?? name);
  }
  button.removeAttribute("aria-busy");
}

async function takeUp(row) {
  station = row;
  told = await toldOf(row);
  mine = [...mine.filter(({ id }) => id !== row.id), row];
  showPart("desk");
  showNotice(["revoked"], "");
  keepFocus(one("#typed"));
  await show();
  watch();
  keepPage();
}

async function watch() {
  const open = await Promise.all(mine.map(async (row) => ({ ...row, batch: (await toldOf(row)).limits.batch })));
  return queue.watch(open, config.token);
}

/** Ask for the roster and the shift of now. */
async function refresh() {
  if (!station || document.hidden || !navigator.onLine) return;
  try {
    const fresh = await askStation(config.stations, station.id);
    queue.token = fresh.csrf_token;
    told = { ...told, ...fresh };
    station = await keepStation(station, told);
    mine = mine.map((row) => (row.id === station.id ? station : row));
    await show();
    trouble("");
  } catch (fault) {
    if (!(fault instanceof Trouble)) throw fault;
    if (fault.name === "revoked") await retire();
    else if (fault.name === "no_right") lockOut();
    else trouble(fault.name);
  }
}

/** Somebody revoked this station: what it holds is still sent, new scans need a new one. */
async function retire() {
  await keepStation({ ...station, isRevoked: true }, told);
  station = undefined;
  showNotice(["revoked"], "revoked");
  showPart("start");
  camera.stop();
}

/** This page was kept for an account that is not the one signed in now: what it holds stays, nothing is added to it. */
function lockOut() {
  station = undefined;
  camera.stop();
  showPart("");
  trouble("no_right");
}

function turnOn() {
  reader ??= findReader(config);
  camera.start(reader).then(keepPage);
  navigator.wakeLock?.request("screen").catch(() => {});
}

// The page without network

async function keepPage() {
  try {
    await navigator.serviceWorker.register(`${config.stations}worker.js`);
    const { active } = await navigator.serviceWorker.ready;
    const { kept = [] } = (await reader) ?? {};
    const seen = performance.getEntriesByType("resource").map(({ name }) => new URL(name)).filter(({ origin, pathname }) => origin === location.origin && pathname.startsWith("/static/"));
    const line = new MessageChannel();
    const isKept = new Promise((resolve) => { line.port1.onmessage = ({ data }) => resolve(data); });
    active.postMessage({ reader: config.reader, keep: [location.pathname, ...seen.map(String), ...kept] }, [line.port2]);
    showKeeps(await isKept);
  } catch {
    showKeeps(false);
  }
}

async function clear() {
  const held = await Promise.all(mine.map(({ id }) => countHeld(id)));
  const words = one('[data-clear-words="held"]');
  words.hidden = !held.some(Boolean);
  if (!words.hidden) return;
  const dialog = one("[data-clear-dialog]");
  dialog.showModal();
  dialog.onclose = async () => {
    if (dialog.returnValue !== "clear") return;
    for (const { id } of mine) {
      // Without network the station stays open over there; its key is gone with this device's data.
      await closeStation(config.stations, id, queue.token).catch(() => {});
      await forgetStation(id);
    }
    await forgetPages();
    camera.stop();
    mine = [];
    station = undefined;
    queue.open = [];
    showPart("start");
  };
}

async function tidy(stations) {
  await forgetSent(Date.now() - KEPT_AFTER_SENT);
  for (const row of stations) {
    const { shift, offset } = await toldOf(row);
    if (Date.now() + offset > shift.closes_at + KEPT_AFTER_SENT && !(await countHeld(row.id))) await forgetStation(row.id);
  }
  return allStations();
}

/** Forget the rosters of other accounts; true when something of theirs is not sent, which stays. */
async function forgetOthers(rows) {
  const held = await Promise.all(rows.map(({ id }) => countHeld(id)));
  await Promise.all(rows.filter((_, place) => !held[place]).map(({ id }) => forgetStation(id)));
  return held.some(Boolean);
}

async function boot() {
  const stations = await tidy(await allStations());
  mine = stations.filter((row) => row.reader === config.reader);
  showNotice(["others"], (await forgetOthers(stations.filter((row) => row.reader !== config.reader))) ? "others" : "");
  const open = mine.filter((row) => row.shift === config.shift && !row.isRevoked).sort((a, b) => a.openedAt - b.openedAt).at(-1);
  setNet(navigator.onLine);
  if (!open) {
    showPart("start");
    return watch();
  }
  await takeUp(open);
  const permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null);
  if (permission?.state === "granted") turnOn();
  await refresh();
}

one("[data-start]").addEventListener("submit", start);
one("[data-camera-start]").addEventListener("click", turnOn);
one("[data-clear]").addEventListener("click", clear);
one("[data-typed]").addEventListener("submit", (event) => {
  event.preventDefault();
  const { typed } = event.target.elements;
  if (typed.value.trim()) scan(typed.value);
  typed.value = "";
});
one("[data-photo]").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (!file) return;
  reader ??= findReader(config);
  const text = await readPhoto(file, reader).catch(() => null);
  target.value = "";
  if (text) scan(text);
  else answer({ kind: "wrong", name: word("nobody"), words: word("no_code_in_photo") });
});
addEventListener("offline", () => setNet(false));
addEventListener("online", refresh);
setInterval(refresh, ROSTER_EVERY);

boot().catch(() => showNotice(TROUBLES, "no_store"));
