// Keeps the interviewer's page and what it is made of, so that it opens without network. Nothing else depends on it: sheets
// are kept and sent by the page itself.

const CACHE = "interview-page";
const PATIENCE = 5_000;
const ANY = { ignoreVary: true };
const PAGE = /^\/surveys\/interview\/[\w-]+$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
// {keep: [addresses]} from a page: answered with whether all of them are kept.
self.addEventListener("message", (event) => {
  const done = (isKept) => event.ports[0]?.postMessage(isKept);
  event.waitUntil(keep(event.data.keep).then(() => done(true), () => done(false)));
});

async function keep(addresses) {
  const cache = await caches.open(CACHE);
  for (const address of new Set(addresses)) {
    const answer = await fetch(address, { cache: "no-cache", redirect: "error" }).catch(() => null);
    if (answer?.ok) await cache.put(address, answer);
    else if (!(await cache.match(address, ANY))) throw new Error(address);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGE.test(pathname)) event.respondWith(page(request));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request));
});

async function page(request) {
  const address = request.url.replace(/[?#].*$/, "");
  const coming = fetch(request).then(async (answer) => {
    // A link that was stopped must not open again from what is kept.
    if (answer.status === 404 || answer.status === 410) await (await caches.open(CACHE)).delete(address, ANY);
    return answer;
  });
  try {
    return await Promise.race([coming, late()]);
  } catch {
    return (await caches.match(address, ANY)) ?? coming;
  }
}

async function file(request) {
  try {
    return await fetch(request);
  } catch (fault) {
    const found = await caches.match(request, ANY);
    if (found) return found;
    throw fault;
  }
}

const late = () => new Promise((_, reject) => { setTimeout(() => reject(new Error("late")), PATIENCE); });
