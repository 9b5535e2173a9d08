// The roster asks for itself every five seconds (htmx); this says when it could not, and leaves it alone while nobody looks.
const lost = document.querySelector("[data-roster-lost]");
const say = (isLost) => { lost.hidden = !isLost; };

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("[data-roster]") && document.hidden) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  // A page in place of the roster means that this browser was signed out.
  if (!event.detail.serverResponse.includes("data-roster")) {
    event.detail.shouldSwap = false;
    if (event.detail.xhr.status < 500) location.reload();
  }
});

document.addEventListener("htmx:afterRequest", (event) => say(!event.detail.successful));
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, () => say(true));

// A scanner types where the cursor stands; on a phone the same would open the keyboard unasked.
if (matchMedia("(hover: hover) and (pointer: fine)").matches) document.querySelector("[data-scanner] input")?.focus();
