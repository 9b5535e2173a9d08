// The office wall renews itself each minute. When the server cannot be reached it keeps the last picture and says since when.

const EVERY = 60_000;
const PATIENCE = 20_000;
const lost = document.querySelector("[data-lost]");
let failures = 0;

const tell = (words) => {
  lost.textContent = words;
  lost.hidden = false;
};

const renew = async () => {
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (answer.redirected || [401, 403, 404].includes(answer.status)) return tell(lost.dataset.refusedWords);
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const board = page.querySelector("[data-board]");
    const words = page.querySelector("[data-lost]");
    if (!board || !words) throw new Error("no board");
    document.querySelector("[data-board]").replaceWith(board);
    lost.dataset.lostWords = words.dataset.lostWords;
    lost.dataset.refusedWords = words.dataset.refusedWords;
    lost.hidden = true;
    failures = 0;
  } catch {
    failures += 1;
    tell(lost.dataset.lostWords);
  }
};

// After a failure it asks again sooner, so that a restart of the server is over in seconds.
const wait = () => setTimeout(async () => { await renew(); wait(); }, failures && failures < 10 ? EVERY / 6 : EVERY);
wait();

const full = document.querySelector("[data-fullscreen]");
if (full && document.fullscreenEnabled) {
  full.hidden = false;
  full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
}
