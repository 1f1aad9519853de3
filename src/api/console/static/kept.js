// On every page of somebody who is logged in: nobody else's key stays in the browser, one's own goes at logout, and what was left to be
// submitted while the server was away is sent.

import { drop, listed, lock, onlyOf, standing, vaultOf } from "./vault.js";

const HEARD = 100; // what is put into a place that was just shown is read out
const { owner } = document.body.dataset;
const band = document.getElementById("queued");
const leave = document.querySelector('form[action="/leave"]');

leave.addEventListener("submit", async (event) => {
  event.preventDefault();
  await locked();
  leave.submit();
});

begin().catch(() => {}); // a browser that keeps nothing has nothing to send

/** The session is over, or somebody ends it. */
export function locked() {
  return lock().catch(() => {});
}

async function begin() {
  await onlyOf(owner);
  await (await standing())?.here();
  if (!(await listed(owner, "queued")).length) return;
  await navigator.locks.request("reporting-queue", send);
}

async function send() {
  const vault = await vaultOf(owner);
  if (!vault) return;
  for (const path of await listed(owner, "queued")) {
    const record = await vault.get("queued", path);
    if (record) await sendOne(path, record);
  }
}

function fieldsOf(record) {
  return {
    token: leave.elements.token.value,
    name: record.title,
    content: base64(record.content),
    sent: "",
    reason: record.reason,
  };
}

async function sendOne(path, record) {
  const address = path.replace(/^\/entry\//, "/workbook/");
  let told;
  try {
    const body = new URLSearchParams({ ...fieldsOf(record), command: record.command, deed: "queued" });
    told = await (await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } })).json();
  } catch {
    return; // it may have arrived: the next time it goes under the same id
  }
  if (told.signIn) return;
  if (told.onward) {
    await drop(owner, "queued", path);
    await drop(owner, "typed", path);
    if (location.pathname === path) location.replace(told.onward);
    else say(record, band.dataset.sent, lead(told.onward, band.dataset.done));
    return;
  }
  const why = (told.problems ?? []).filter(({ code }) => code !== "VERSION_CONFLICT").map(({ message }) => message);
  say(record, [band.dataset.look, ...why].join(" "), looking(address, record), lead(path, band.dataset.open));
}

function say(record, words, ...rest) {
  const line = document.createElement("p");
  line.append(`${record.title}：${words} `, ...rest.flatMap((node) => [node, " "]));
  band.hidden = false;
  setTimeout(() => band.firstElementChild.append(line), HEARD);
}

function lead(address, words) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = words;
  return link;
}

/** To the page that shows what stood, what stands and what was typed, and asks which is right. */
function looking(address, record) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address;
  form.className = "inline";
  for (const [name, value] of Object.entries({ ...fieldsOf(record), command: crypto.randomUUID(), deed: "preview" })) {
    const field = document.createElement("input");
    field.type = "hidden";
    [field.name, field.value] = [name, value];
    form.append(field);
  }
  const button = document.createElement("button");
  button.className = "main";
  button.textContent = band.dataset.show;
  form.append(button);
  return form;
}

function base64(text) {
  let letters = "";
  for (const byte of new TextEncoder().encode(text)) letters += String.fromCharCode(byte);
  return btoa(letters);
}
