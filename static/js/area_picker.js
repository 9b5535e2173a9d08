// The quick area picker: type a name, or go district → street → community. The field itself keeps the code, so without script it is simply filled in.
async function load(address, parameter, value) {
  const url = new URL(address, location.href);
  url.searchParams.set(parameter, value);
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

class AreaPicker {
  constructor(box) {
    this.box = box;
    this.words = box.dataset;
    this.field = box.querySelector(".field");
    this.input = this.field.querySelector("input, select");
    this.number = 0;
    this.selects = this.words.wordsLevels.split("|").map((label, depth) => this.makeSelect(label, depth));
    this.makeSearch();
    const row = element("div", { class: "area-picker-selects" }, ...this.selects.map((select) => select.parentElement));
    this.field.querySelector(".form-label").after(this.search, this.matches, row, this.said);
    this.input.type = "hidden";
    this.input.hidden = true;
    this.field.querySelector(".form-label").setAttribute("for", this.search.id);
    this.open();
  }

  makeSelect(label, depth) {
    const id = `${this.input.id}-level-${depth}`;
    const select = element("select", { class: "form-select", id, "data-depth": depth });
    element("div", {}, element("label", { class: "form-label small", for: id }, label), select);
    select.disabled = true;
    select.addEventListener("change", () => this.choose(depth));
    return select;
  }

  makeSearch() {
    const list = `${this.input.id}-matches`;
    this.search = element("input", {
      class: `form-control${this.input.classList.contains("is-invalid") ? " is-invalid" : ""}`, id: `${this.input.id}-search`, type: "search", autocomplete: "off",
      role: "combobox", "aria-expanded": "false", "aria-controls": list, "aria-autocomplete": "list", placeholder: this.words.wordsSearch,
    });
    const described = this.input.getAttribute("aria-describedby");
    if (described) this.search.setAttribute("aria-describedby", described);
    this.matches = element("ul", { class: "area-matches", id: list, role: "listbox", "aria-label": this.words.wordsSearch });
    this.matches.hidden = true;
    this.said = element("p", { class: "form-text", role: "status" });
    this.search.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.find(), 200); });
    this.search.addEventListener("keydown", (event) => this.steer(event));
    this.search.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.matches.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) { event.preventDefault(); this.take(option); }
    });
  }

  async open() {
    const lineage = this.words.lineage.split(" ").filter(Boolean);
    await this.follow(lineage);
  }

  async follow(lineage) {
    try {
      let parent = this.words.root;
      for (let depth = 0; depth < this.selects.length; depth += 1) {
        await this.fill(depth, parent);
        if (!lineage[depth]) break;
        this.selects[depth].value = lineage[depth];
        parent = lineage[depth];
      }
    } catch {
      this.say(this.words.wordsLost);
    }
  }

  async fill(depth, parent) {
    const select = this.selects[depth];
    const areas = await load(this.words.children, "parent", parent);
    select.replaceChildren(new Option(this.words.wordsChoose, ""), ...areas.map((area) => new Option(area.name, area.code)));
    select.disabled = areas.length === 0;
    for (const later of this.selects.slice(depth + 1)) { later.replaceChildren(new Option(this.words.wordsChoose, "")); later.disabled = true; }
  }

  async choose(depth) {
    const code = this.selects[depth].value;
    const isLast = depth === this.selects.length - 1;
    if ("anyLevel" in this.words) this.set(code || (depth ? this.selects[depth - 1].value : ""));
    else this.set(isLast ? code : "");
    if (code && !isLast) {
      try { await this.fill(depth + 1, code); } catch { this.say(this.words.wordsLost); }
    }
  }

  set(code) {
    if (this.input.tagName === "SELECT" && code && ![...this.input.options].some((option) => option.value === code)) this.input.append(new Option(code, code));
    this.input.value = code;
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async find() {
    const typed = this.search.value.trim();
    const number = ++this.number;
    if (!typed) return this.close();
    try {
      const areas = await load(this.words.search, "q", typed);
      if (number !== this.number) return;
      this.show(areas);
      this.say(areas.length ? "" : this.words.wordsNone);
    } catch {
      this.say(this.words.wordsLost);
    }
  }

  show(areas) {
    this.matches.replaceChildren(...areas.slice(0, 20).map((area, index) => element("li", {
      role: "option", id: `${this.matches.id}-${index}`, "aria-selected": "false", "data-code": area.code, "data-level": area.level, "data-lineage": area.lineage.join(" "),
    }, area.full_name)));
    this.matches.hidden = areas.length === 0;
    this.search.setAttribute("aria-expanded", String(areas.length > 0));
  }

  steer(event) {
    const options = [...this.matches.querySelectorAll("[role=option]")];
    const here = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && options.length) {
      event.preventDefault();
      const next = options[(here + steps[event.key] + options.length) % options.length];
      for (const option of options) option.setAttribute("aria-selected", String(option === next));
      this.search.setAttribute("aria-activedescendant", next.id);
      next.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !this.matches.hidden) {
      event.preventDefault();
      if (options[Math.max(here, 0)]) this.take(options[Math.max(here, 0)]);
    } else if (event.key === "Escape") {
      this.close();
    }
  }

  // A community is the choice itself; a district or street only opens the lists at that place.
  take(option) {
    const { code, level, lineage } = option.dataset;
    this.search.value = option.textContent;
    this.close();
    this.follow(lineage.split(" ").filter(Boolean));
    if (!("anyLevel" in this.words) && level !== "community") return this.set("");
    this.set(code);
    this.say(option.textContent);
  }

  close() {
    this.matches.hidden = true;
    this.search.setAttribute("aria-expanded", "false");
    this.search.removeAttribute("aria-activedescendant");
  }

  say(text) { this.said.textContent = text; }
}

for (const box of document.querySelectorAll("[data-area-picker]")) new AreaPicker(box);
