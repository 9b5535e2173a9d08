// A code that renews itself: [data-board] names where the next one is told; parts are put into [data-told=NAME].
// The server tells spans ("the next step begins in 4,200 ms"), counted here by a stopwatch: this device's clock may be wrong.
const board = document.querySelector("[data-board]");
const lost = document.querySelector("[data-lost]");
const dead = document.querySelector("[data-dead]");
const LIVES_FOR = 20_000;
const TRY_AGAIN = 2_000;
const PATIENCE = 5_000;
// Not all screens of a city in the same millisecond, and none before its step has begun.
const LATER = 60 + Math.random() * 240;

// A stopwatch may stand still while a device sleeps, a clock may be set back: whichever moved more is believed.
const read = () => ({ watch: performance.now(), clock: Date.now() });
const since = (start) => Math.max(performance.now() - start.watch, Date.now() - start.clock);

let shown = { ...read(), step: board.dataset.step, lives: Number(board.dataset.diesIn || LIVES_FOR) };
let timer;
let fading;
let asking = 0;

function show(told, start) {
  // All parts of a code change together, before the next frame; a code that is the same is left alone.
  const isSame = told.step !== undefined && String(told.step) === shown.step && told.phase === board.dataset.phase;
  for (const part of board.querySelectorAll("[data-told]")) {
    const value = told[part.dataset.told];
    if (value === undefined) continue;
    if (part.dataset.told !== "picture") { if (part.textContent !== String(value)) part.textContent = value; }
    else if (!isSame || !value !== !part.firstElementChild) part.innerHTML = value;
  }
  if (told.phase) board.dataset.phase = told.phase;
  shown = { ...start, step: String(told.step), lives: told.dies_in ?? LIVES_FOR };
}

function judge() {
  const left = shown.lives - since(shown);
  const isDead = left <= 0;
  board.classList.toggle("is-stale", isDead);
  if (dead) dead.hidden = !isDead;
  if (isLost) say(isDead ? "stale" : "fresh");
  clearTimeout(fading);
  if (!isDead) fading = setTimeout(judge, left + 1);
}

let isLost = false;

function say(state) {
  if (!lost) return;
  lost.hidden = !state;
  const words = state && lost.dataset[state];
  if (words !== undefined && lost.textContent !== words) lost.textContent = words;
}

function losing() {
  isLost = true;
  judge();
}

async function renew() {
  clearTimeout(timer);
  const mine = ++asking;
  const start = read();
  const stop = new AbortController();
  const patience = setTimeout(() => stop.abort(), PATIENCE);
  let wait = TRY_AGAIN;
  try {
    const answer = await fetch(board.dataset.board, { headers: { Accept: "application/json" }, cache: "no-store", signal: stop.signal });
    // Somebody signed this browser out, or took the right away: the page itself says so.
    if (answer.redirected || [401, 403, 404, 410].includes(answer.status)) return location.reload();
    if (!answer.ok) throw new Error(`${answer.status}`);
    const told = await answer.json();
    if (mine !== asking) return;
    show(told, start);
    wait = Math.max(told.renews_in - since(start) / 2, 0) + LATER;
    isLost = false;
    say("");
  } catch {
    if (mine !== asking) return;
    losing();
  } finally {
    clearTimeout(patience);
  }
  judge();
  timer = setTimeout(renew, wait);
}

timer = setTimeout(renew, Number(board.dataset.renewsIn) + LATER);
judge();
addEventListener("online", renew);
addEventListener("offline", losing);

// A screen on a wall must not fall asleep. Where that cannot be asked for, or is not granted, somebody is told.
const sleep = document.querySelector("[data-sleep]");
let lock = null;

async function stayAwake() {
  if (document.visibilityState !== "visible" || (lock && !lock.released)) return;
  try {
    lock = await navigator.wakeLock.request("screen");
    lock.addEventListener("release", stayAwake);
    if (sleep) sleep.hidden = true;
  } catch {
    if (sleep) sleep.hidden = false;
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  judge();
  renew();
  stayAwake();
});
stayAwake();

// The phase is chosen without leaving the page, which would end the whole screen.
for (const link of document.querySelectorAll("[data-switch]")) {
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    for (const other of document.querySelectorAll("[data-switch]")) other.toggleAttribute("aria-current", false);
    link.setAttribute("aria-current", "true");
    board.dataset.board = link.dataset.switch;
    history.replaceState(null, "", link.href);
    renew();
  });
}

const whole = document.querySelector("[data-fullscreen]");
if (whole && document.documentElement.requestFullscreen) {
  const enter = whole.textContent;
  whole.hidden = false;
  whole.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
  document.addEventListener("fullscreenchange", () => { whole.textContent = document.fullscreenElement ? whole.dataset.leave : enter; });
}
