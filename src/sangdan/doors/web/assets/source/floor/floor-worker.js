// Serves the app where there is no line, and sends what was done when the line is back and the page is closed.
import { flush } from "./line.js";
import * as store from "./store.js";

const CACHE = "sangdan-floor-1";
const SHELL = "/floor";
const CODE = /\.(?:js|css)$/;
const PATIENCE_MS = 4_000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/") || url.pathname === "/floor/app.webmanifest") event.respondWith(kept(request));
  else if (request.mode === "navigate" && url.pathname === SHELL) event.respondWith(shell(request));
});

// The page lists what it is made of, so that it can be loaded without a line the next time; what only older pages were
// made of goes.
self.addEventListener("message", (event) => {
  if (event.data?.kind === "keep") event.waitUntil(keepAll(event.data.urls));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "floor") event.waitUntil(store.note("me").then((me) => me && flush(me)));
});

async function keepAll(urls) {
  const cache = await caches.open(CACHE);
  const wanted = new Set(urls.map((url) => new URL(url, self.location.origin).href));
  const had = new Set((await cache.keys()).map((request) => request.url));
  const kept = await Promise.allSettled([...wanted].filter((url) => !had.has(url)).map((url) => cache.add(url)));
  if (kept.some((each) => each.status === "rejected")) return;
  await Promise.all([...had].filter((url) => CODE.test(url) && !wanted.has(url)).map((url) => cache.delete(url)));
}

// Built files change their name with their content.
async function kept(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

// The newest page where the line is good; where it is not, the last one that was seen, unless its session ended since: the
// next person's page must not be made of it.
async function shell(request) {
  const cache = await caches.open(CACHE);
  const last = await cache.match(SHELL);
  try {
    const answer = await fetch(request, last && { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) await cache.put(SHELL, answer.clone());
    else if (answer.type === "opaqueredirect" || answer.status === 401) await cache.delete(SHELL);
    if (answer.status < 500) return answer;
  } catch {
    // No line, or a very slow one.
  }
  return last ?? Response.error();
}
