// A refused scan reports itself once: opening an address writes nothing, and the organizer wants to know.
const form = document.querySelector("[data-report]");
if (form) fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
