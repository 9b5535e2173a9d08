// Shifts as rows of a form: another one, one less, and an end that follows its start. Without script the buttons send the form.
const form = document.querySelector("form[data-shifts]");
const rows = form.querySelector("[data-rows]");
const TWO_HOURS = 2 * 3600 * 1000;
const pattern = /shifts-(\d+)/;
const all = () => [...rows.querySelectorAll("[data-row]")];
const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
const local = (moment) => new Date(moment - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 16);

function renumber() {
  all().forEach((row, index) => {
    const words = row.querySelector("[data-number]");
    words.textContent = words.textContent.replace(/\d+/, index + 1);
  });
}

function blank(row) {
  for (const error of row.querySelectorAll(".field-error, .status")) error.remove();
  for (const input of row.querySelectorAll("input")) {
    input.classList.remove("is-invalid");
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    input.readOnly = false;
    if (/-(public_id|starts_at|ends_at)$/.test(input.name)) input.value = "";
  }
}

function rename(row, number) {
  for (const element of row.querySelectorAll("[name], [id], [for], [value^=remove]")) {
    for (const attribute of ["name", "id", "for", "value"]) {
      const value = element.getAttribute(attribute);
      if (value && pattern.test(value)) element.setAttribute(attribute, value.replace(pattern, `shifts-${number}`));
    }
  }
}

function changed() {
  renumber();
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

// A new row begins as the last one without its times: shifts of one activity are mostly alike.
function add() {
  const last = all().at(-1);
  const row = last.cloneNode(true);
  const numbers = all().map((one) => Number(field(one, "capacity").name.match(pattern)[1]));
  rename(row, Math.max(...numbers) + 1);
  blank(row);
  if (!row.querySelector("[data-remove]")) return false;
  rows.append(row);
  changed();
  field(row, "starts_at").focus();
  return true;
}

form.addEventListener("click", (event) => {
  if (event.target.closest("[data-add]")) {
    if (add()) event.preventDefault();
    return;
  }
  const remove = event.target.closest("[data-remove]");
  if (!remove) return;
  event.preventDefault();
  const row = remove.closest("[data-row]");
  if (all().length > 1) row.remove();
  else {
    blank(row);
    for (const name of ["capacity", "task"]) field(row, name).value = "";
  }
  changed();
  form.querySelector("[data-add]").focus();
});

form.addEventListener("change", (event) => {
  if (!event.target.name?.endsWith("-starts_at")) return;
  const row = event.target.closest("[data-row]");
  const end = field(row, "ends_at");
  const starts = new Date(event.target.value);
  if (!Number.isNaN(starts.valueOf()) && (!end.value || end.value <= event.target.value)) end.value = local(new Date(starts.valueOf() + TWO_HOURS));
});
