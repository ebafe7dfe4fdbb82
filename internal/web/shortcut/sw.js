// The service worker. It shows what is pushed, opens its page when it is
// tapped, and says that the network is gone when a page cannot be fetched. It
// keeps that one page and nothing else: no page of the service, and so nobody's
// data, stays behind on a device.
"use strict";

const KEPT = "huiying-offline-1";
const OFFLINE = "/offline";

self.addEventListener("install", (e) => {
  e.waitUntil(caches.open(KEPT).then((kept) => kept.add(new Request(OFFLINE, { cache: "reload", credentials: "omit" }))).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (e) => {
  e.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (e) => {
  if (e.request.mode !== "navigate" || e.request.method !== "GET") return;
  e.respondWith(fetch(e.request).catch(async () => (await caches.match(OFFLINE)) || Response.error()));
});

// A browser wants something shown for every push; what cannot be read is shown
// as the name of the service alone.
self.addEventListener("push", (e) => {
  let said = {};
  try {
    said = e.data.json();
  } catch {
    // not ours, or cut short
  }
  const urgent = said.level === "red";
  e.waitUntil(self.registration.showNotification(said.title || NAME, {
    body: said.body || "", lang: said.lang || "zh", tag: said.tag || "huiying", icon: ICON, badge: ICON,
    requireInteraction: urgent, renotify: urgent, data: { link: said.link || "" },
  }));
});

self.addEventListener("notificationclick", (e) => {
  e.notification.close();
  e.waitUntil(self.clients.openWindow(inside(e.notification.data && e.notification.data.link)));
});

// inside is where a link leads on this service, and never elsewhere.
function inside(link) {
  try {
    const to = new URL(link);
    if (to.origin === self.location.origin) return to.pathname + to.search;
  } catch {
    // no link
  }
  return "/alerts";
}
