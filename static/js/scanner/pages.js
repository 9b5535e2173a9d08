// The scanning pages that this browser keeps for when there is no network, each under the account that it was made for.

const PREFIX = "scanner-page";

/** Forget the kept pages. What was scanned and is not sent lies elsewhere and stays. */
export async function forgetPages() {
  const names = (await globalThis.caches?.keys()) ?? [];
  await Promise.all(names.filter((name) => name.startsWith(PREFIX)).map((name) => caches.delete(name)));
}
