/** Says before a session ends by itself, and that it has; what is typed stays where it is. Typing counts as being here.
 *  Pages of one browser tell each other, since they have one session. */

import { locked } from "./kept.js";

const bar = document.getElementById("idle");
const [told] = bar.getElementsByTagName("span");
const [go] = bar.getElementsByTagName("button");
const [login] = bar.getElementsByTagName("a");
const whole = Number(document.body.dataset.idle) * 1000;
const warn = Math.min(120_000, whole / 2);
const MINUTE = 60_000;
const others = new BroadcastChannel("reporting-here");

let here = Date.now();
let over = false;
let shut = false;

function renewed() {
  here = Date.now();
  over = false;
  show();
}

function show() {
  const left = here + whole - Date.now();
  const ended = over || left <= 0;
  if (ended && !shut) locked();
  shut = ended;
  bar.hidden = !ended && left > warn;
  go.hidden = ended;
  login.hidden = !ended;
  const words = ended ? bar.dataset.over : bar.dataset.soon;
  if (!bar.hidden && told.textContent !== words) told.textContent = words;
}

async function say() {
  try {
    const answer = await fetch("/still-here", { method: "POST" });
    if (answer.status === 401) over = true;
    if (!answer.ok) return show();
    renewed();
    others.postMessage("here");
  } catch {
    here = Date.now(); // the server does not hear it, and what is kept stays open for who types
    show();
  }
}

others.postMessage("here");
others.addEventListener("message", renewed);
go.addEventListener("click", say);
document.addEventListener("input", () => {
  if (!over && Date.now() - here > Math.min(MINUTE, whole / 4)) say();
});
setInterval(show, 5_000);
