// <button data-confirm="WORDS"> asks once more before its form is sent.
const { wordsGo, wordsBack } = document.body.dataset;

function ask(question, label) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const text = document.createElement("p");
  text.textContent = question;
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "form-actions";
  for (const [value, name, kind] of [["yes", label || wordsGo, "btn-primary"], ["", wordsBack, "btn-secondary"]]) {
    const button = document.createElement("button");
    button.value = value;
    button.textContent = name;
    button.className = `btn ${kind}`;
    form.append(button);
  }
  dialog.append(text, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-confirm]");
  if (!button || button.dataset.confirmed) return;
  event.preventDefault();
  if (await ask(button.dataset.confirm, button.textContent.trim())) {
    button.dataset.confirmed = "yes";
    button.form ? button.form.requestSubmit(button) : button.click();
    delete button.dataset.confirmed;
  }
});
