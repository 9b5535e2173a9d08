// The roster asks for itself every five seconds (htmx) and is sent again only when it looks different. This leaves it
// alone while nobody looks or a finger is down, says when it could not be had, and finds people by name.
const lost = document.querySelector("[data-roster-lost]");
const find = document.querySelector("[data-find]");
const box = find?.querySelector("input");
const found = find?.querySelector("[data-found]");
const say = (isLost) => { lost.hidden = !isLost; };
let isPressing = false;

for (const name of ["pointerdown", "touchstart"]) addEventListener(name, () => { isPressing = true; }, { passive: true });
// What was pressed is clicked first, and only then may move away.
for (const name of ["pointerup", "pointercancel", "touchend", "touchcancel"]) addEventListener(name, () => setTimeout(() => { isPressing = false; }, 400), { passive: true });

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("[data-roster]") && document.hidden) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 204) return;
  // A page in place of the roster means that this browser was signed out.
  if (!event.detail.serverResponse.includes("data-roster")) {
    event.detail.shouldSwap = false;
    if (event.detail.xhr.status < 500) location.reload();
  } else if (isPressing) {
    event.detail.shouldSwap = false;
  }
});

document.addEventListener("htmx:afterRequest", (event) => say(!event.detail.successful));
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, () => say(true));

// Finding: of two hundred people only those whose name or number holds what is typed.
function narrow() {
  const wanted = box.value.trim().toLowerCase();
  let count = 0;
  for (const person of document.querySelectorAll("[data-person]")) {
    person.hidden = !person.dataset.person.toLowerCase().includes(wanted);
    count += !person.hidden;
  }
  found.textContent = wanted && !count ? found.dataset.none : "";
}

if (find) {
  find.hidden = false;
  box.addEventListener("input", narrow);
  document.addEventListener("htmx:afterSwap", narrow);
  narrow();
}

// A scanner types where the cursor stands; on a phone the same would open the keyboard unasked.
if (matchMedia("(hover: hover) and (pointer: fine) and (min-width: 48em)").matches) {
  document.querySelector("[data-tools]").open = true;
  document.querySelector("[data-scanner] input").focus({ preventScroll: true });
}
