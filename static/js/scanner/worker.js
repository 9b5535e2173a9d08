// Keeps the scanning page and what it is made of, so that it opens without network. Nothing else depends on it: records
// are kept and sent by the page itself.

const KEPT = "scanner-page";
const PATIENCE = 5_000;
const ANY = { ignoreVary: true };
const PAGE = /^\/stations\/at\/[0-9a-z]+$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// {keep: [addresses]} from a page: these from now on, and of other files none.
self.addEventListener("message", (event) => {
  const done = (isKept) => event.ports[0]?.postMessage(isKept);
  event.waitUntil(keep(event.data.keep).then(() => done(true), () => done(false)));
});

async function keep(wanted) {
  const cache = await caches.open(KEPT);
  const addresses = new Set(wanted.map((address) => new URL(address, self.location).href));
  await Promise.all([...addresses].map(async (address) => {
    const kept = await cache.match(address, ANY);
    if (kept && isForGood(address)) return;
    const answer = await fetch(address, { cache: "no-cache", redirect: "error" }).catch(() => null);
    if (answer?.ok) await cache.put(address, answer);
    else if (!kept) throw new Error(address);
  }));
  for (const { url } of await cache.keys()) {
    if (!addresses.has(url) && !PAGE.test(new URL(url).pathname)) await cache.delete(url);
  }
}

// Such an address changes with what it holds.
function isForGood(address) {
  const { pathname, searchParams } = new URL(address);
  return pathname.startsWith("/static/vendor/") || searchParams.has("v");
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGE.test(pathname)) event.respondWith(page(event));
  else if (pathname.startsWith("/static/")) event.respondWith(file(event));
});

async function page(event) {
  const cache = await caches.open(KEPT);
  const address = event.request.url.replace(/[?#].*$/, "");
  const coming = fetch(event.request).then(async (answer) => {
    if (answer.ok && !answer.redirected) await cache.put(address, answer.clone());
    return answer;
  });
  // It may come after what is kept was shown, and is kept all the same.
  event.waitUntil(coming.catch(() => {}));
  try {
    return await Promise.race([coming, late()]);
  } catch {
    // A street's network may be there and not answer: what is kept is better than an empty screen.
    return (await cache.match(address, ANY)) ?? coming;
  }
}

async function file({ request }) {
  const kept = await (await caches.open(KEPT)).match(request, ANY);
  if (kept && isForGood(request.url)) return kept;
  try {
    return await fetch(request);
  } catch (fault) {
    if (kept) return kept;
    throw fault;
  }
}

const late = () => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), PATIENCE));
