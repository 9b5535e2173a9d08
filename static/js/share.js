// <button data-share="ADDRESS" data-share-title data-done hidden>: the system's share sheet, or a copied link; hidden where neither works.
const canCopy = Boolean(navigator.clipboard?.writeText);

for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share && !canCopy) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const { share: url, shareTitle: title, done } = button.dataset;
    try {
      if (navigator.share) return await navigator.share({ title, url });
      await navigator.clipboard.writeText(`${title} ${url}`);
      button.querySelector("span").textContent = done;
    } catch {
      // Closing the sheet is no failure.
    }
  });
}
