// Served where the console is switched off: whoever still has its worker loses it and the files it kept. What people have typed stays
// sealed in their browser until the console is there again.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(end()));

async function end() {
  for (const name of await caches.keys()) if (name.startsWith("reporting-")) await caches.delete(name);
  await self.registration.unregister();
}
