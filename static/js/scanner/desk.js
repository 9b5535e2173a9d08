// What the page shows: the answer to the last scan, the list, the counts, the notices. Its words stand in the template.

const CLOCK = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai" });
const SHOWN_ROWS = 30;
const SOON = 50;
const WORDS_AFTER = 1_200;
const GOOD = 60;
const BAD = [60, 80, 60, 80, 60];

const one = (selector, within = document) => within.querySelector(selector);
const words = one("template[data-words]").content;
const row = one("template[data-row]").content;

export const clockTime = (moment) => CLOCK.format(moment);

/** A text of the template by its name, its {gaps} filled. */
export function word(name, gaps = {}) {
  const text = words.querySelector(`[data-word="${name}"]`)?.textContent ?? "";
  return text.replace(/\{(\w+)\}/g, (_, gap) => gaps[gap] ?? "");
}

/** Fill the big answer: {kind: done|needs|wrong|quiet, name, initials, words}; `isFinal` when nothing more will come. */
export function showAnswer({ kind, name, initials, words: said }, isFinal = true) {
  const result = one("[data-result]");
  result.dataset.kind = kind;
  one("[data-result-name]").textContent = name;
  one("[data-result-words]").textContent = said;
  one("[data-result-initials]").textContent = initials || "·";
  // Begun anew, so that two of the same kind in a row are seen as two.
  result.classList.remove("is-new");
  void result.offsetWidth;
  result.classList.add("is-new");
  announce(`${name} ${said}`, isFinal ? SOON : WORDS_AFTER);
}

let announcing;
function announce(text, after) {
  clearTimeout(announcing);
  // Emptied first: a screen reader keeps silent about a text that does not change.
  one("[data-announce]").textContent = "";
  announcing = setTimeout(() => { one("[data-announce]").textContent = text; }, after);
}

export function vibrate(isGood) {
  // Browsers complain of it before somebody has touched the page.
  if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate?.(isGood ? GOOD : BAD);
}

/** List records, the newest first. */
export function showRows(records) {
  const rows = records.slice(-SHOWN_ROWS).reverse().map(asRow);
  one("[data-rows]").replaceChildren(...rows);
  one("[data-rows-empty]").hidden = rows.length > 0;
}

function asRow({ key, at, state, body: { direction, shown } }) {
  const line = row.cloneNode(true);
  one("li", line).dataset.key = key;
  one("[data-row-initials]", line).textContent = shown.initials || "·";
  one("[data-row-name]", line).textContent = shown.name || word("unknown");
  const what = word(`line_${direction}`, { time: clockTime(shown.happenedAt ?? at) });
  const why = state === "recorded" && !shown.rule ? "" : shown.words;
  one("[data-row-words]", line).textContent = why ? `${what} · ${why}` : what;
  one("[data-row-state]", line).append(one(`template[data-badge="${state}"]`).content.cloneNode(true));
  return line;
}

export function showCounts(counts) {
  for (const [name, count] of Object.entries(counts)) one(`[data-count="${name}"]`).textContent = count;
  one("[data-review]").hidden = !counts.review;
}

/** Show one notice, or with "" none; those about other things stay. */
export function showNotice(names, shown) {
  for (const name of names) one(`[data-notice="${name}"]`).hidden = name !== shown;
}

export function showNet(isOn) {
  one("[data-net-state]").dataset.net = isOn ? "on" : "off";
  one("[data-unchecked]").hidden = isOn;
}

export function showCamera(state) {
  one("[data-camera]").dataset.camera = state;
}

/** Show the start ("start") or the desk ("desk"). */
export function showPart(part) {
  for (const name of ["start", "desk"]) one(`[data-${name}]`).hidden = name !== part;
}

export function showKeeps(isKept) {
  for (const answer of ["yes", "no"]) one(`[data-keeps="${answer}"]`).hidden = isKept !== (answer === "yes");
}

/** Keep the keyboard's place at the typed field where there is a keyboard: a scanner types where the cursor stands. */
export function keepFocus(input) {
  if (!matchMedia("(hover: hover) and (pointer: fine)").matches) return one("main").focus({ preventScroll: true });
  input.focus();
  document.addEventListener("keydown", (event) => {
    const isTyping = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isTyping && !event.target.closest?.("input:not([type=radio]), textarea, select, dialog")) input.focus();
  });
}
