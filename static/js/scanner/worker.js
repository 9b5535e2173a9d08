// Keeps the scanning page and what it is made of, so that it opens without network. Nothing else depends on it: records
// are kept and sent by the page itself.

// A cache is named after the reader of its pages, and there is one at a time: without network nobody can tell whose the
// browser is by then.
const PREFIX = "scanner-page";
const PATIENCE = 5_000;
const ANY = { ignoreVary: true };
const PAGE = /^\/stations\/at\/[0-9a-z]+$/;
const READER = /data-reader="([0-9a-z]+)"/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// {reader, keep: [addresses]} from a page: these from now on, and of other files and readers none.
self.addEventListener("message", (event) => {
  const done = (isKept) => event.ports[0]?.postMessage(isKept);
  event.waitUntil(keep(event.data).then(() => done(true), () => done(false)));
});

async function keep({ reader, keep: wanted }) {
  await forgetAllBut(reader);
  const cache = await caches.open(nameFor(reader));
  const addresses = new Set(wanted.map((address) => new URL(address, self.location).href));
  await Promise.all([...addresses].map(async (address) => {
    const kept = await cache.match(address, ANY);
    if (kept && isForGood(address)) return;
    const answer = await fetch(address, { cache: "no-cache", redirect: "error" }).catch(() => null);
    if (answer?.ok && (await isFor(reader, address, answer))) await cache.put(address, answer);
    else if (!kept) throw new Error(address);
  }));
  for (const { url } of await cache.keys()) {
    if (!addresses.has(url) && !PAGE.test(new URL(url).pathname)) await cache.delete(url);
  }
}

const nameFor = (reader) => `${PREFIX}-${reader}`;

async function readerOf(answer) {
  return READER.exec(await answer.clone().text())?.[1];
}

/** Somebody else may have signed in since the page was opened. */
const isFor = async (reader, address, answer) => !PAGE.test(new URL(address).pathname) || (await readerOf(answer)) === reader;

async function forgetAllBut(reader) {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== nameFor(reader));
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function kept(request) {
  for (const name of await caches.keys()) {
    const found = name.startsWith(PREFIX) && (await (await caches.open(name)).match(request, ANY));
    if (found) return found;
  }
  return undefined;
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
  const address = event.request.url.replace(/[?#].*$/, "");
  const coming = fetch(event.request).then(async (answer) => {
    // Whoever the server answers, or asks to sign in, finds nobody else's page here from now on.
    if (answer.ok || answer.type === "opaqueredirect") await forgetAllBut(answer.ok ? await readerOf(answer) : "");
    return answer;
  });
  // It may come after what is kept was shown, and counts all the same.
  event.waitUntil(coming.catch(() => {}));
  try {
    return await Promise.race([coming, late()]);
  } catch {
    // A street's network may be there and not answer: what is kept is better than an empty screen.
    return (await kept(address)) ?? coming;
  }
}

async function file({ request }) {
  const found = await kept(request);
  if (found && isForGood(request.url)) return found;
  try {
    return await fetch(request);
  } catch (fault) {
    if (found) return found;
    throw fault;
  }
}

const late = () => new Promise((_, reject) => setTimeout(() => reject(new Error("late")), PATIENCE));
