// FILES, SHELL and MARK, of both, stand above, put there by the server. Kept are these files alone: the same for everybody, nothing of any person,
// nothing of any election. Every page is asked of the server; only where it cannot be reached the shell stands in.
const NAME = `reporting-${MARK}`;
const PATIENCE = 15_000;
const AWAY = [502, 504]; // of what stands before the server

self.addEventListener("install", (event) => {
  self.skipWaiting();
  const asked = [SHELL, ...FILES].map((address) => new Request(address, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(asked)));
});

self.addEventListener("activate", (event) => event.waitUntil(begin()));

async function begin() {
  for (const name of await caches.keys()) if (name.startsWith("reporting-") && name !== NAME) await caches.delete(name);
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(page(event));
  else if (origin === self.location.origin && FILES.includes(pathname)) event.respondWith(file(request, pathname));
});

/** Asked by the browser itself where it can: asked from here, a link on another site would look like one of ours. Nothing that is
 *  sent passes through here. */
async function page(event) {
  const shell = () => caches.match(SHELL, { cacheName: NAME });
  const late = new Promise((_, refuse) => setTimeout(refuse, PATIENCE));
  const asked = event.preloadResponse.then((answer) => answer || fetch(event.request));
  try {
    const answer = await Promise.race([asked, late]);
    return AWAY.includes(answer.status) ? (await shell()) || answer : answer;
  } catch {
    return (await shell()) || Response.error();
  }
}

async function file(request, address) {
  return (await caches.match(address, { cacheName: NAME })) || fetch(request);
}
