// The interviewer's page: a sheet is kept first and sent later, as often as it takes, always under the same key.
import { forget, keep, keepLast, keptOf, lastOf } from "./store.js";

const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 60_000;
const BATCH = 50;
const page = document.querySelector("[data-interview]");
const words = page?.dataset ?? {};
const link = words.interview;
let token = "";
let wait = FIRST_WAIT;
let timer;
let isSending = false;
let refused = { count: 0, why: "" };
let whenSent = words.wordsSent;
const takeBack = page?.querySelector("[data-take-back]");
let hiding;

if (page && "indexedDB" in window) {
  for (const form of page.querySelectorAll("[data-sheet], [data-miss]")) form.addEventListener("submit", onSubmit);
  takeBack?.addEventListener("submit", onTakeBack);
  offerTakingBack();
  addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && flush());
  keepPage();
  flush();
}

async function onSubmit(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const { miss } = form.dataset;
  const choices = miss ? {} : ticked(form);
  if (today() > words.last) return tell(words.wordsOver);
  if (!choices) return tell(words.wordsMissing);
  try {
    await keepSheet(miss ?? "", choices);
  } catch {
    // A browser that keeps nothing (a private window may not) sends the form as it is.
    form.submit();
    return undefined;
  }
  if (miss) {
    count(miss, 1);
    count("misses_left", -1);
  } else {
    form.reset();
    page.scrollIntoView();
    count("left", -1);
  }
  whenSent = words.wordsSent;
  tell(words.wordsKept);
  return flush();
}

async function keepSheet(miss, choices) {
  const sheet = { key: randomKey(), link, on: today(), at: miss ? new Date().toISOString() : "", miss, takenBackAt: "", choices };
  await keep(sheet);
  if (!miss) return;
  await keepLast(link, sheet);
  await offerTakingBack();
}

/** Offer to take the last miss back, for some minutes and also after it was sent. */
async function offerTakingBack() {
  const last = await lastOf(link).catch(() => null);
  const left = last ? Date.parse(last.at) + words.takeBackMinutes * 60_000 - Date.now() : 0;
  if (!takeBack || left <= 0) return;
  const told = last.miss === "refused" ? words.wordsMissedRefused : words.wordsMissedNotMet;
  takeBack.querySelector("[data-noted]").textContent = told.replace("{time}", clockTime(new Date(last.at)));
  takeBack.hidden = takeBack.querySelector("button").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { takeBack.hidden = true; }, left);
}

/** It is the same sheet under the same key, said again with the moment at which it was taken back. */
async function onTakeBack(event) {
  if (takeBack.elements.key.value) return undefined; // noted by the form alone: the form takes it back too
  event.preventDefault();
  const last = await lastOf(link);
  if (!last) return undefined;
  takeBack.querySelector("button").hidden = true;
  takeBack.querySelector("[data-noted]").textContent = words.wordsTakenBack;
  await keep({ ...last, takenBackAt: new Date().toISOString() });
  await keepLast(link, null);
  count(last.miss, -1);
  count("misses_left", 1);
  whenSent = words.wordsTakenBack;
  tell(words.wordsTakenBack);
  return flush();
}

/** What was ticked, or null where a required question was left out. */
function ticked(form) {
  const choices = {};
  for (const { name, value, required, type, checked } of form.elements) {
    if (type !== "radio") continue;
    choices[name] ??= required ? null : "";
    if (checked) choices[name] = value;
  }
  return Object.values(choices).includes(null) ? null : choices;
}

async function flush() {
  if (isSending) return;
  isSending = true;
  clearTimeout(timer);
  try {
    if (navigator.onLine === false) throw new Error("offline");
    while (await sendSome());
    wait = FIRST_WAIT;
  } catch {
    timer = setTimeout(flush, wait * (1 + Math.random() / 4));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  } finally {
    isSending = false;
    await report();
  }
}

async function sendSome() {
  const sheets = (await keptOf(link)).slice(0, BATCH);
  if (!sheets.length) return false;
  const { answers } = await send(sheets.map(({ key, on, at, miss, takenBackAt, choices }) => ({ key, on, at, miss, taken_back_at: takenBackAt, choices })));
  const known = answers.filter(({ key }) => sheets.some((sheet) => sheet.key === key));
  for (const { refused: why } of known) if (why) refused = { count: refused.count + 1, why };
  await forget(sheets.filter((sheet) => known.some(({ key }) => key === sheet.key)));
  await ask();
  return known.length > 0;
}

/** A page that was kept holds an old token: ask for a new one first. */
async function send(sheets) {
  if (!token) await ask();
  const answer = await fetch(`${link}/sheets`, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" }, body: JSON.stringify({ sheets }) });
  if (answer.status === 400) token = "";
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function ask() {
  const answer = await fetch(`${link}/state`, { headers: { Accept: "application/json" }, cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const told = await answer.json();
  token = told.csrf_token;
  const waiting = (await keptOf(link)).filter(({ takenBackAt }) => !takenBackAt);
  const of = (kind) => waiting.filter(({ miss }) => miss === kind).length;
  show("left", told.wanted - told.answers - of(""));
  show("refused", told.refused + of("refused"));
  show("not_met", told.not_met + of("not_met"));
  show("misses_left", told.misses_left - of("refused") - of("not_met"));
}

const placeOf = (name) => page.querySelector(`[data-${name.replace("_", "-")}]`);

function show(name, number) {
  const place = placeOf(name);
  if (!place) return;
  place.textContent = Math.max(number, 0);
  if (name !== "left") return;
  page.querySelector("[data-open]").hidden = number <= 0;
  page.querySelector("[data-full]").hidden = number > 0;
}

const count = (name, change) => show(name, Number(placeOf(name)?.textContent.replace(",", "")) + change);

async function report() {
  const count = (await keptOf(link)).length;
  if (refused.count) tell(words.wordsRefused.replace("{count}", refused.count).replace("{why}", refused.why));
  else if (count) tell(words.wordsWaiting.replace("{count}", count));
  else if (!page.querySelector("[data-queue]").hidden) tell(whenSent);
}

function tell(text) {
  const line = page.querySelector("[data-queue]");
  line.hidden = false;
  line.textContent = text;
}

/** The day here, as a calendar says it. */
function today() {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(new Date());
}

const clockTime = (moment) => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" }).format(moment);

const randomKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Let the page open without network: the worker keeps it with all that it is made of. */
async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(words.worker, { scope: new URL(".", new URL(words.worker, location)).pathname });
    const worker = (await navigator.serviceWorker.ready).active;
    const files = performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => new URL(name).pathname.startsWith("/static/"));
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data: isKept }) => { page.querySelector("[data-kept]").hidden = !isKept; };
    worker.postMessage({ keep: [link, ...files] }, [port2]);
  } catch {
    // Without it the page works as long as it stays open.
  }
}
