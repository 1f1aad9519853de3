// A board that stays as the ledger is: asked again every few seconds, only what changed is put in, and nothing under the fingers of
// whoever points, selects or types. What is there stays until the new one has come. A wall has no fingers: there everything is put in.

import { filled } from "./filled.js";

const place = document.getElementById("live");
const parts = () => [...document.querySelectorAll("[data-part]")];
const wall = document.body.classList.contains("wall");
const go = place.querySelector("input");
const now = place.querySelector("button");
const MOVED = 3_000; // milliseconds after which a pointer that rests is no finger any more
let at = place.dataset.at;
let position = place.dataset.position;
let waiting = null;
let pointer = { x: 0, y: 0, when: -Infinity };
let asking = false;

place.hidden = false;
say("fresh", filled(place.dataset.fresh, { at }));
document.addEventListener("pointermove", (event) => {
  pointer = { x: event.clientX, y: event.clientY, when: performance.now() };
});
now?.addEventListener("click", () => waiting && putIn(waiting, parts()));
setInterval(ask, Number(place.dataset.again) * 1000);
document.addEventListener("visibilitychange", () => document.hidden || ask());

/** Nobody looks, or wants it still: nothing is asked. Markup is only ever parsed by the browser's own answer, never by this script. */
function ask() {
  if (asking || document.hidden || (go && !go.checked)) return;
  asking = true;
  const request = new XMLHttpRequest();
  request.open("GET", location.href);
  request.responseType = "document";
  request.timeout = 10_000;
  request.setRequestHeader("Accept", "text/html");
  if (position) request.setRequestHeader("Console-Live", position);
  request.onloadend = () => {
    asking = false;
    answered(request);
  };
  request.send();
}

function answered(request) {
  if (request.status === 204) return fresh(request.getResponseHeader("Console-At"));
  const page = request.response;
  const there = page?.getElementById("live");
  if (request.status !== 200) return lost(place.dataset.lost);
  if (!there) return lost(place.dataset.over);
  if (wall && styleOf(page) !== styleOf(document)) return location.reload(); // another build: its styles and script, too
  position = there.dataset.position;
  fresh(there.dataset.at);
  waiting = page;
  const changed = parts().filter((part) => shape(part) !== shape(twin(part)));
  const words = textOf("lead", page);
  if (words && words !== textOf("lead", document)) say("news", filled(place.dataset.news, { words }));
  putIn(page, changed);
}

function fresh(time) {
  at = time;
  say("fresh", filled(place.dataset.fresh, { at }));
  place.querySelector(".fresh").classList.remove("soon");
  if (!place.querySelector(".news").dataset.lost) return;
  delete place.querySelector(".news").dataset.lost;
  say("news", "");
}

/** Said once, and as long as it is so. */
function lost(words) {
  place.querySelector(".fresh").classList.add("soon");
  place.querySelector(".news").dataset.lost = "yes";
  document.querySelector(".wall-clock")?.classList.add("soon");
  say("news", filled(words, { at }));
}

function say(where, words) {
  const told = place.querySelector(`.${where}`);
  if (told.textContent !== words) told.textContent = words;
}

/** What is under somebody's fingers waits, and a button says that there is something new. */
function putIn(page, changed) {
  const asked = document.activeElement === now;
  const held = [];
  steadily(() => {
    for (const part of changed) {
      const next = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!next) continue;
      if (part.dataset.part === "rows" && cellByCell(part, next)) continue;
      if (!asked && inUse(part)) held.push(part);
      else replace(part, next);
    }
  });
  if (now) now.hidden = !held.length;
  if (asked) document.getElementById("main").focus({ preventScroll: true });
}

function inUse(part) {
  const chosen = getSelection();
  const selected = chosen && !chosen.isCollapsed && chosen.containsNode(part, true);
  const pointed = performance.now() - pointer.when < MOVED && part.matches(":hover");
  return !wall && (selected || pointed || part.contains(document.activeElement));
}

/** The same rows in the same order: words change, nothing moves. A row in use stays as it is until the next time. */
function cellByCell(part, next) {
  const [rows, others] = [part, next].map((one) => [...one.querySelectorAll("tbody tr")]);
  if (rows.length !== others.length || rows.some((row, n) => row.id !== others[n].id)) return false;
  rows.forEach((row, n) => {
    if (shape(row) !== shape(others[n]) && !inUse(row)) replace(row, others[n]);
  });
  return true;
}

function replace(old, next) {
  const fresher = document.importNode(next, true);
  const open = [...old.querySelectorAll("details")].map((one) => one.open);
  [...fresher.querySelectorAll("details")].forEach((one, n) => (one.open = Boolean(open[n])));
  fresher.classList.add("changed");
  const scrolled = [old.scrollLeft, old.scrollTop];
  old.replaceWith(fresher);
  fresher.scrollTo(...scrolled);
}

/** What somebody looks at stays where it is, whatever grows or shrinks above it. */
function steadily(work) {
  const pointed = document.elementFromPoint(pointer.x, pointer.y);
  const [kept] = [document.activeElement, pointed].filter((one) => one && one !== document.body && one.id !== "main");
  const before = kept?.getBoundingClientRect().top;
  work();
  if (kept?.isConnected) scrollBy(0, kept.getBoundingClientRect().top - before);
}

/** Of a part what a reader sees and a form sends, without what every showing makes anew. */
function shape(part) {
  if (!part) return "";
  const plain = part.cloneNode(true);
  for (const one of plain.querySelectorAll('[name="command"], [name="token"]')) one.remove();
  for (const one of plain.querySelectorAll("details")) one.removeAttribute("open");
  plain.classList.remove("changed");
  for (const one of plain.querySelectorAll(".changed")) one.classList.remove("changed");
  for (const one of [plain, ...plain.querySelectorAll('[class=""]')]) one.className || one.removeAttribute("class");
  return plain.outerHTML;
}

function twin(part) {
  return waiting.querySelector(`[data-part="${part.dataset.part}"]`);
}

function textOf(name, page) {
  return page.querySelector(`[data-part="${name}"]`)?.textContent.replace(/\s+/g, " ").trim() || "";
}

function styleOf(page) {
  return page.querySelector('link[rel="stylesheet"]').getAttribute("href");
}
