// Who is present: the place of the phone goes along only when its holder ticks the box, each time anew, and has
// agreed, once for all or in the second box.
const box = document.querySelector("[data-location]");

if (box && navigator.geolocation) {
  const tick = box.querySelector("[data-location-tick]");
  const consent = box.querySelector("[data-location-consent]");
  const agrees = box.querySelector("[data-location-agrees]");
  const state = box.querySelector("[data-location-state]");
  const fill = (name, value) => {
    for (const field of document.getElementsByName(name)) field.value = value;
  };
  const keep = (place) => {
    fill("latitude", place?.latitude ?? "");
    fill("longitude", place?.longitude ?? "");
    fill("accuracy_metres", place?.accuracy ?? "");
    fill("location_consent", place && agrees?.checked ? "yes" : "");
  };
  const say = (key) => { state.textContent = key ? state.dataset[key] : ""; };
  const isWanted = () => tick.checked && (!agrees || agrees.checked);
  const follow = () => {
    keep(null);
    say("");
    if (consent) consent.hidden = !tick.checked;
    if (agrees && !tick.checked) agrees.checked = false;
    if (!isWanted()) return;
    say("asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => { if (isWanted()) { keep(coords); say("held"); } },
      () => { tick.checked = false; follow(); say("failed"); },
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
    );
  };
  // A page that comes back by history comes back without a place.
  tick.checked = false;
  if (agrees) agrees.checked = false;
  follow();
  box.hidden = false;
  for (const one of [tick, agrees]) one?.addEventListener("change", follow);
}
