// A form whose ticks stand elsewhere on the page: its button says how many are ticked, another ticks all but those marked `data-ticks-alone`.
for (const form of document.querySelectorAll("form[data-ticks]")) {
  const ticks = [...form.elements].filter((element) => element.name === form.dataset.ticks);
  const button = document.querySelector(`[data-ticks-button][form="${form.id}"]`);
  const all = document.querySelector(`[data-ticks-all][form="${form.id}"]`);
  const unticked = button?.textContent;

  const count = () => {
    const ticked = ticks.filter((tick) => tick.checked).length;
    if (button) button.textContent = ticked ? button.dataset.words.replace("{count}", ticked) : unticked;
  };

  if (all) {
    all.hidden = false;
    all.addEventListener("click", () => {
      const together = ticks.filter((tick) => !("ticksAlone" in tick.dataset));
      const ticked = !together.every((tick) => tick.checked);
      for (const tick of together) tick.checked = ticked;
      count();
    });
  }
  document.addEventListener("change", (event) => ticks.includes(event.target) && count());
  count();
}
