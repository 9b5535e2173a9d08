// Who is present: the place of the phone goes along only when its holder ticks the box, each time anew.
const box = document.querySelector("[data-location]");

if (box && navigator.geolocation) {
  const tick = box.querySelector("[data-location-tick]");
  const state = box.querySelector("[data-location-state]");
  const fields = Object.fromEntries([...box.querySelectorAll("input[type=hidden]")].map((field) => [field.name, field]));
  const fill = (place) => {
    fields.latitude.value = place?.latitude ?? "";
    fields.longitude.value = place?.longitude ?? "";
    fields.accuracy_metres.value = place?.accuracy ?? "";
  };
  const say = (key) => { state.textContent = key ? state.dataset[key] : ""; };
  box.hidden = false;
  tick.addEventListener("change", () => {
    fill(null);
    if (!tick.checked) return say("");
    say("asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { if (tick.checked) { fill(coords); say("held"); } },
      () => { tick.checked = false; say("failed"); },
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
    );
  });
}
