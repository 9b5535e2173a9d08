// <form data-saves-file> is answered with a file, and the page behind it is no longer true: the file is saved and the page read
// anew. What is answered with a page (a refusal) is left to the browser, which asks once more and shows it.
for (const form of document.querySelectorAll("form[data-saves-file]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.saving) return;
    form.dataset.saving = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) }).catch(() => null);
    const named = answer?.ok ? answer.headers.get("Content-Disposition") : null;
    if (!named?.startsWith("attachment")) return form.submit();
    save(await answer.blob(), nameIn(named));
    setTimeout(() => location.reload(), 300);
  });
}

function nameIn(header) {
  const encoded = /filename\*=UTF-8''([^;]+)/.exec(header)?.[1];
  return encoded ? decodeURIComponent(encoded) : /filename="?([^";]+)/.exec(header)?.[1] ?? "";
}

function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
