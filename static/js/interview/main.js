// The interviewer's page: a sheet is kept first and sent later, as often as it takes, always under the same key.
import { forget, keep, keptOf } from "./store.js";

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

if (page && "indexedDB" in window) {
  for (const form of page.querySelectorAll("form")) form.addEventListener("submit", onSubmit);
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
    await keep({ key: randomKey(), link, on: today(), miss: miss ?? "", choices });
  } catch {
    // A browser that keeps nothing (a private window may not) sends the form as it is.
    form.submit();
    return undefined;
  }
  if (!miss) {
    form.reset();
    page.scrollIntoView();
    countDown();
  }
  tell(words.wordsKept);
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
  const { answers } = await send(sheets.map(({ key, on, miss, choices }) => ({ key, on, miss, choices })));
  const known = answers.filter(({ key }) => sheets.some((sheet) => sheet.key === key));
  for (const { refused: why } of known) if (why) refused = { count: refused.count + 1, why };
  await forget(known.map(({ key }) => key));
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
  const waiting = (await keptOf(link)).filter(({ miss }) => !miss).length;
  page.querySelector("[data-left]").textContent = Math.max(told.wanted - told.answers - waiting, 0);
}

function countDown() {
  const left = page.querySelector("[data-left]");
  left.textContent = Math.max(Number(left.textContent) - 1, 0);
}

async function report() {
  const count = (await keptOf(link)).length;
  if (refused.count) tell(words.wordsRefused.replace("{count}", refused.count).replace("{why}", refused.why));
  else if (count) tell(words.wordsWaiting.replace("{count}", count));
  else if (!page.querySelector("[data-queue]").hidden) tell(words.wordsSent);
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
