// Forms: sent once, refused ones show their summary, filters that follow a choice, drafts that save themselves.

// A second press while the first is on its way would send twice; coming back by history frees the form again. A form with
// [data-downloads] leaves the page where it is, so it may be sent again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || "downloads" in form.dataset) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

document.querySelector("[data-focus]")?.focus();

for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=date], input[type=radio]")) form.requestSubmit();
  });
}

// <form data-autosave="ADDRESS"> posts itself two seconds after the last change; [data-autosave-state] says how it went.
for (const form of document.querySelectorAll("form[data-autosave]")) {
  const state = form.querySelector("[data-autosave-state]");
  const say = (key) => { if (state) state.textContent = state.dataset[key] ?? ""; };
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      say("saving");
      try {
        const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
        say(answer.ok ? "saved" : "failed");
      } catch {
        say("failed");
      }
    }, 2000);
  });
}
