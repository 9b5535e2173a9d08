// A code that renews itself: [data-board] names where the next one is told; parts are put into [data-told=NAME].
const board = document.querySelector("[data-board]");
const lost = document.querySelector("[data-lost]");
const LIVES_FOR = 20_000;
const TRY_AGAIN = 2_000;
let toldAt = performance.now();

function show(told) {
  for (const part of board.querySelectorAll("[data-told]")) {
    const value = told[part.dataset.told];
    if (value === undefined) continue;
    if (part.dataset.told === "picture") part.innerHTML = value;
    else if (part.textContent !== String(value)) part.textContent = value;
  }
  if (told.phase) board.dataset.phase = told.phase;
}

async function renew() {
  let wait = TRY_AGAIN;
  try {
    const answer = await fetch(board.dataset.board, { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(8_000) });
    // Somebody signed this browser out, or took the right away: the page itself says so.
    if (answer.redirected || (answer.status >= 400 && answer.status < 500)) return location.reload();
    if (!answer.ok) throw new Error(`${answer.status}`);
    const told = await answer.json();
    show(told);
    toldAt = performance.now();
    wait = told.renews_in + 100;
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
  board.classList.toggle("is-stale", performance.now() - toldAt > LIVES_FOR);
  clearTimeout(timer);
  timer = setTimeout(renew, wait);
}

let timer = setTimeout(renew, Number(board.dataset.renewsIn) + 100);
addEventListener("online", renew);

// A screen on a wall must not fall asleep; where that cannot be asked for, it simply does.
async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  renew();
  try { await navigator.wakeLock?.request("screen"); } catch { /* the battery saver said no */ }
}
document.addEventListener("visibilitychange", stayAwake);
navigator.wakeLock?.request("screen").catch(() => {});

const whole = document.querySelector("[data-fullscreen]");
if (whole && document.documentElement.requestFullscreen) {
  whole.hidden = false;
  whole.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
}
