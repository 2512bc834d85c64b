// Serves the app where there is no line, and sends what was done when the line is back and the page is closed.
import { flush, sendPhotos } from "./line.js";
import * as store from "./store.js";

const CACHE = "sangdan-floor-1";
const SHELL = "/floor";
const MADE_OF = /"(\/assets\/[^"]+)"/g;
const IMPORTS = /\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g;
const CODE = /\.(?:js|css)$/;
const PATIENCE_MS = 4_000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/") || url.pathname === "/floor/app.webmanifest") event.respondWith(kept(request));
  else if (request.mode === "navigate" && url.pathname === SHELL) event.respondWith(shell(event));
});

// The page lists what it uses, so that it can be loaded without a line the next time.
self.addEventListener("message", (event) => {
  if (event.data?.kind === "keep") event.waitUntil(keepAll(event.data.urls));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "floor") event.waitUntil(store.note("me").then((me) => me && sendAll(me)));
});

// A failure is the browser's to hear: it tries again, later.
async function sendAll(me) {
  await flush(me);
  await sendPhotos(me);
  new BroadcastChannel("sangdan-floor").postMessage("sent");
}

async function keepAll(urls) {
  const cache = await caches.open(CACHE);
  await Promise.allSettled(urls.map(async (url) => (await cache.match(url)) ?? cache.add(url)));
  if (await cache.match(SHELL)) return;
  const answer = await fetch(SHELL);
  if (answer.ok) await renew(cache, answer.clone(), await answer.text());
}

// A page is kept with all that it is made of, or not at all: until then the one before is served where there is no line.
// What only older pages were made of goes.
async function renew(cache, answer, text) {
  const made = new Set();
  await Promise.all([...text.matchAll(MADE_OF)].map(([, path]) => keepWhole(cache, new URL(path, self.location.origin), made)));
  await cache.put(SHELL, answer);
  const old = (await cache.keys()).filter(({ url }) => CODE.test(url) && !made.has(url));
  await Promise.all(old.map((request) => cache.delete(request)));
}

// A file, and what it imports.
async function keepWhole(cache, { href }, made) {
  if (made.has(href)) return;
  made.add(href);
  if (!(await cache.match(href))) await cache.add(href);
  if (!href.endsWith(".js")) return;
  const text = await (await cache.match(href)).text();
  await Promise.all([...text.matchAll(IMPORTS)].map(([, path]) => keepWhole(cache, new URL(path, href), made)));
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
async function shell(event) {
  const cache = await caches.open(CACHE);
  const last = await cache.match(SHELL);
  try {
    const answer = await fetch(event.request, last && { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) event.waitUntil(renew(cache, answer.clone(), await answer.clone().text()).catch(() => {}));
    else if (answer.type === "opaqueredirect" || answer.status === 401) await cache.delete(SHELL);
    if (answer.status < 500) return answer;
  } catch {
    // No line, or a very slow one.
  }
  return last ?? Response.error();
}
