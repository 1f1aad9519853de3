// The entry grid under the fingers: moves as in a spreadsheet, keeps what is typed, pastes only after a look.
// Without it the form works all the same. Nothing here knows a rule: findings are asked of the server.

import { drawn, mainOf, taken } from "./drawn.js";
import { filled } from "./filled.js";
import { Later, Line, keyOf } from "./line.js";
import { paste } from "./paste.js";
import { closed, drop, vaultOf } from "./vault.js";

const PATIENCE = 30_000; // with a draft on its way: then the server is away
const KEPT_FOR = 300_000; // what stands beside the return is asked for no oftener
const form = document.getElementById("entry");
let { owner } = document.body.dataset; // none on the page that is shown without the server: there its vault's
if (owner) begin(form);

/** Where the server is: what it has is not kept any longer; the page is taken along for when it is away. */
async function begin(form) {
  const forgotten = new URLSearchParams(location.search).has("saved") ? forget() : undefined;
  if (!form) return;
  const offered = location.pathname.startsWith("/entry/");
  const page = { format: 1, title: document.title, language: document.documentElement.lang, at: Date.now(), beside: [] };
  const line = new Line(document.getElementById("line"), page.at, page.at);
  const opening = Promise.resolve(forgotten).then(() => vaultOf(owner)).catch(() => null);
  page.tree = treeOf([...form.querySelectorAll("input.cell")]);
  await start(form, opening, line, page);
  const vault = await opening;
  if (!vault || !offered) return;
  installed();
  await takenAlong(form, vault, page).catch(() => {}); // typing is told soon enough that the server is away
}

/** Where it is away: the page as it was taken along. */
export async function resumed(form, vault, page) {
  const line = new Line(document.getElementById("line"), page.at, page.contact ?? page.at);
  owner = vault.owner;
  line.away();
  await start(form, Promise.resolve(vault), line, page);
}

/** The server says that it has what was typed here: nothing of it is kept any longer. */
async function forget() {
  const address = new URL(location.href);
  address.searchParams.delete("saved"); // what is typed from here on is kept again
  history.replaceState(null, "", address);
  await drop(owner, "typed", location.pathname);
}

/** The worker, which only ever stands in for this server. Under Trusted Types its address is named once, here. */
function installed() {
  const named = { createScriptURL: (address) => (address === "/offline.js" ? address : "") };
  const policy = window.trustedTypes?.createPolicy("offline-worker", named) ?? named;
  const address = policy.createScriptURL("/offline.js");
  navigator.serviceWorker?.register(address, { scope: "/entry/", updateViaCache: "none" }).catch(() => {});
}

/** The page at once; what stands beside it, which the server has to make, once somebody is in a cell. */
async function takenAlong(form, vault, page) {
  await vault.put("page", location.pathname, page);
  await new Promise((entered) => form.addEventListener("focusin", entered, { once: true }));
  const [, , election, ...place] = location.pathname.split("/");
  for (const address of [["", "history", election, ...place].join("/"), `/rules/${election}`]) {
    const held = await vault.get("beside", address);
    page.beside.push(address);
    if (held && held.at > Date.now() - KEPT_FOR) continue;
    const tree = await mainOf(address);
    const heading = tree && drawn(tree).querySelector("h1");
    if (tree) await vault.put("beside", address, { tree, title: heading.textContent, at: Date.now() });
  }
  await vault.put("page", location.pathname, page);
}

/** What the server has, not what is typed. */
function treeOf(cells) {
  const copy = document.querySelector("main").cloneNode(true);
  copy.querySelectorAll("input.cell").forEach((cell, n) => cell.setAttribute("value", was(cells[n])));
  return taken(copy);
}

/** `opening`: of the vault, null where this browser keeps nothing; `page`: as it is taken along. */
async function start(form, opening, line, page) {
  const cells = [...form.querySelectorAll("input.cell")];
  const place = new Map(cells.map((cell) => [cell, where(cell)]));
  let held = null;
  const aside = []; // typed for what a cell was called before: kept until something is typed there, or the server has the rest
  const touched = new Map(); // when a cell was last typed into, here or by who left it to this page
  let sealing = 0;
  const typed = () => {
    const changed = cells.filter((cell) => cell.value !== was(cell));
    return [
      ...aside.filter(([name]) => !changed.some((cell) => cell.name === name)),
      ...changed.map((cell) => [cell.name, cell.value, was(cell), cell.getAttribute("aria-label"), touched.get(cell.name) ?? 0]),
    ];
  };
  /** Of another tab what it alone typed into, or typed into later. */
  const besides = (others) => others.filter(([name, , , , at]) => !touched.has(name) || touched.get(name) < (at ?? 0));
  const inTab = () => sessionStorage.setItem(shelf(), JSON.stringify(typed()));
  const seal = async () => {
    const now = typed();
    if (!held) inTab(); // until the key is there
    opening = opening.then((vault) => vault ?? vaultOf(owner).catch(() => null));
    held = await opening;
    if (!held) return line.unkept();
    held.here().catch(() => {});
    await held.change("typed", location.pathname, (others) => latest([...now, ...besides(others)]));
    sessionStorage.removeItem(shelf());
  };
  const keep = () => {
    sealing += 1;
    return seal().finally(() => (sealing -= 1));
  };
  addEventListener("pagehide", () => sealing && !closed && inTab()); // who reloads or leaves does not wait for the disk
  const kept = () => keep().catch(() => line.unkept());
  const desk = { form, cells, line, kept, aside, touched };
  form.querySelector(".keys").hidden = false; // without this script no key does what it says
  form.addEventListener("keydown", (event) => move(event, cells, place));
  form.addEventListener("input", (event) => {
    const { name } = event.target;
    touched.set(name, Math.max(Date.now(), (touched.get(name) ?? 0) + 1)); // later than before, whatever the clock was set to
    kept();
  });
  form.addEventListener("paste", (event) => paste(event, cells, place, form));
  form.addEventListener("change", debounce(() => saveDraft(desk), 800));
  const vault = await opening;
  if (!vault) return void (await putBack(desk, vault));
  desk.took = async () => {
    page.tree = treeOf(cells);
    page.at = page.contact = Date.now();
    await vault.put("page", location.pathname, page);
  };
  const later = form.dataset.made && new Later(document.getElementById("line"), vault, form, cells);
  later?.show(await vault.get("queued", location.pathname));
  await putBack(desk, vault);
  if (!later) return;
  form.addEventListener("submit", (event) => {
    if (!line.isAway && !cells.some((cell) => cell.readOnly)) return;
    event.preventDefault();
    if (line.isAway && !cells.some((cell) => cell.readOnly)) later.ask();
  });
}

/** Row and column of a cell in its table. */
function where(cell) {
  const column = cell.closest("td");
  const row = column.parentElement;
  return { table: row.closest("table"), row: row.rowIndex, column: column.cellIndex };
}

/** The cell `down` rows and `right` columns away, in the next table where this one ends. */
function beside(cells, place, cell, down, right) {
  const here = place.get(cell);
  const there = cells.find((one) => {
    const at = place.get(one);
    return at.table === here.table && at.row === here.row + down && at.column === here.column + right;
  });
  return there || cells[cells.indexOf(cell) + (down + right > 0 ? 1 : -1)];
}

const COMPOSED = 229; // of the key that ends a composition, where a browser (Safari) has ended it by then
const MOVES = { Enter: [1, 0], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

function move(event, cells, place) {
  const cell = event.target;
  if (!place.has(cell) || event.isComposing || event.keyCode === COMPOSED) return;
  if (event.key === "Escape") {
    cell.value = was(cell);
    cell.dispatchEvent(new Event("input", { bubbles: true }));
    return;
  }
  if (event.key === "Enter" && event.ctrlKey) {
    event.preventDefault();
    cell.form.querySelector("button.main").click();
    return;
  }
  const step = MOVES[event.key];
  if (!step) return;
  event.preventDefault();
  const next = beside(cells, place, cell, event.shiftKey ? -step[0] : step[0], step[1]);
  if (next) {
    next.focus();
    next.select();
  }
}

function was(cell) {
  return cell.form.elements[cell.name.replace("cell:", "was:")].value;
}

/** What was typed and not saved survives a reload, a closed lid, a session that ends, hours without the server. */
async function putBack(desk, vault) {
  const { form, cells, line, kept, aside, touched } = desk;
  const typed = latest([...((await vault?.get("typed", location.pathname)) ?? []), ...unsealed(form)]);
  let moved = false;
  for (const [name, value, before, label, at] of typed) {
    const cell = cells.find((each) => each.name === name);
    touched.set(name, Math.max(touched.get(name) ?? 0, at ?? 0));
    if (!cell || value === was(cell) || cell.value !== was(cell)) continue; // typed into meanwhile
    if (label && label !== cell.getAttribute("aria-label")) {
      moved = true;
      aside.push([name, value, before, label, at ?? 0]);
      tell(cell, filled(form.dataset.otherwise, { value, name: label })); // another's figure by now
      continue;
    }
    cell.value = value;
    if (before === was(cell)) continue;
    moved = true;
    tell(cell, filled(form.dataset.since, { value: was(cell) || "―" }));
  }
  await kept();
  // Where somebody gave a cell another value meanwhile, nothing is saved over it before its typist has looked.
  if (typed.length && !moved && !line.isAway) await saveDraft(desk);
}

/** Each cell as it was typed last; of one moment what comes later here. Versions before this one told no moment. */
function latest(typed) {
  const order = [...typed].sort(([, , , , a], [, , , , b]) => (a ?? 0) - (b ?? 0));
  return [...new Map(order.map((each) => [each[0], each])).values()];
}

function shelf() {
  return `typed:${location.pathname}:${owner}`;
}

/** What a page before this one in the tab had no key or no time for, or a version before this one kept in the clear: taken over once. */
function unsealed(form) {
  const earlier = `entry:${location.pathname}:${form.dataset.person}`;
  const text = sessionStorage.getItem(shelf()) ?? localStorage.getItem(earlier);
  localStorage.removeItem(earlier);
  return JSON.parse(text ?? "[]");
}

/** What stands in the cell by now, beside what is typed: nothing is overwritten unseen. */
function tell(cell, text) {
  const said = document.createElement("small");
  said.className = "why";
  said.textContent = text;
  said.id = `since:${cell.name}`;
  document.getElementById(said.id)?.remove();
  cell.setAttribute("aria-describedby", said.id);
  cell.after(said);
}

/** One after the other: what is typed while one is on its way is of the next, which knows the answer to this one. */
function saveDraft(desk) {
  desk.saving = Promise.resolve(desk.saving).then(() => sendDraft(desk));
  return desk.saving;
}

/** Saves the draft, then shows what the server says of it. What could not be sent stays and is sent with the next. */
async function sendDraft(desk, again = false) {
  const { form, cells, line } = desk;
  const said = document.getElementById("kept");
  if (!cells.some((cell) => cell.value !== was(cell)) || cells.some((cell) => cell.readOnly)) return;
  const sent = new URLSearchParams(new FormData(form));
  sent.set("command", crypto.randomUUID());
  try {
    const answer = await fetch(location.pathname, { method: "POST", body: sent, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
    const told = await answer.json();
    line.answered();
    if (told.token && told.person === form.dataset.person && !again) {
      form.elements.token.value = told.token; // logged in anew meanwhile, the same person
      return await sendDraft(desk, true);
    }
    if (told.token) return void (said.textContent = form.dataset.other);
    if (told.problems) refused(told.problems, cells, said);
    if (told.signIn) return askToLogIn(told.signIn, said);
    if (told.problems) return;
    await refresh(desk, sent);
    said.textContent = `${said.dataset.kept} ${new Date().toLocaleTimeString("ja-JP")}`;
  } catch {
    said.textContent = said.dataset.lost;
    line.away();
  }
}

function refused(problems, cells, said) {
  for (const cell of cells) cell.classList.toggle("wrong", problems.some((one) => `cell:${one.at}` === cell.name));
  said.textContent = problems.map((one) => one.message).join(" ");
}

/** In another tab, so that what is typed stays under the eyes; it is sent with the next change. */
function askToLogIn(address, said) {
  const link = document.createElement("a");
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = said.dataset.signIn;
  said.append(" ", link);
}

/** `sent`: the fields as they went out. */
async function refresh({ form, cells, kept, took }, sent) {
  const answer = await fetch(`${location.pathname}?refresh=1`, { headers: { Accept: "application/json" } });
  const { desk } = (await answer.json()).data;
  form.elements["draft-version"].value = desk.draftVersion;
  const absences = JSON.parse(form.dataset.absences);
  const held = new Map([...desk.cells.map((one) => [one.key, absences[one.value] ?? one.value]), ...desk.draft.map((one) => [one.key, absences[one.text] ?? one.text])]);
  for (const cell of cells) {
    const key = keyOf(cell);
    const [before, stands] = [was(cell), held.get(key) || ""];
    form.elements[`was:${key}`].value = stands;
    const went = sent.get(cell.name);
    if (cell.value === before && went === before) cell.value = stands; // a colleague's: left as it was, it would go out as typed here
    else if (![before, cell.value.trim(), went.trim()].includes(stands)) tell(cell, filled(form.dataset.since, { value: stands || "―" }));
    cell.classList.toggle("wrong", desk.draftProblems.some((one) => [one.contest, one.item, one.breakdown, one.choice].join("|") === key));
  }
  await kept();
  list(desk.draft.length ? desk.draftFindings : desk.findings, cells);
  await took?.();
}

/** Findings in the order of the cells; a click on one puts the cursor into its cell. */
function list(findings, cells) {
  const aside = document.getElementById("findings");
  for (const old of aside.querySelectorAll(".finding")) old.remove();
  aside.querySelector(".count").textContent = findings.length;
  const english = document.documentElement.lang === "en";
  const order = (one) => cells.findIndex((cell) => cell.name === `cell:${one.cells[0]}`);
  for (const one of [...findings].sort((a, b) => order(a) - order(b))) {
    const line = document.createElement("p");
    line.className = `finding ${one.severity}`;
    line.textContent = `${one.severity === "error" ? "!" : "?"} ${english ? one.messageEn : one.messageJa} `;
    line.append(ruleLink(one.rule));
    if (one.whatToDo) {
      const does = document.createElement("small");
      does.textContent = `${document.getElementById("kept").dataset.do}${english ? ": " : "："}${english ? one.whatToDo.en : one.whatToDo.ja}`;
      line.append(document.createElement("br"), does);
    }
    line.addEventListener("click", () => cells[order(one)]?.focus());
    aside.insertBefore(line, document.getElementById("kept"));
  }
}

/** To what the rule compares, in another tab: what is typed stays under the eyes. */
function ruleLink(rule) {
  const link = document.createElement("a");
  link.className = "rule";
  link.href = `/rules/${location.pathname.split("/")[2]}#${rule}`;
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = rule;
  return link;
}

function debounce(work, wait) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}
