// Shown where the server cannot be reached: the return as this browser has it, for whoever is still logged in here.

import { drawn } from "./drawn.js";
import { resumed } from "./entry.js";
import { filled } from "./filled.js";
import { clock, reached, renewed } from "./line.js";
import { lock, listed, standing } from "./vault.js";

const FORMAT = 1;
const LOOK = 5_000;

const vault = await standing().catch(() => undefined);
const page = await vault?.get("page", location.pathname);
if (page?.format === FORMAT) await show(page);
else {
  if (page) for (const told of document.querySelectorAll(".older")) told.hidden = false;
  reached().then(() => renewed(() => 0, () => true));
}

async function show(page) {
  document.title = page.title;
  document.documentElement.lang = page.language;
  document.querySelector("main").replaceWith(drawn(page.tree));
  const button = document.getElementById("lock");
  button.hidden = false;
  button.addEventListener("click", ended);
  setInterval(async () => (await standing())?.owner === vault.owner || ended(), LOOK);
  await resumed(document.getElementById("entry"), vault, page);
  const place = document.querySelector("#line .beside");
  for (const address of await listed(vault.owner, "beside")) {
    const part = page.beside.includes(address) && (await vault.get("beside", address));
    if (part) place.append(folded(part, place.dataset.asOf));
  }
}

/** What was typed is sealed; nothing of it stays on the screen. */
async function ended() {
  await lock();
  location.reload();
}

function folded({ tree: [, , children], title, at }, words) {
  const made = document.createElement("details");
  const head = document.createElement("summary");
  head.textContent = `${title}（${filled(words, { at: clock(at) })}）`;
  made.append(head, ...children.map(drawn));
  return made;
}
