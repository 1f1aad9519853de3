// A file is sent by itself and not in the form, so that scans of many pages can be; how far it has come is told on the way.
import { read, why } from "./refused.js";

const form = document.getElementById("bring");
const told = document.getElementById("read");
const file = document.getElementById("file");
const [button] = form.getElementsByTagName("button");
const STEP = 10; // per cent: what is read out to somebody who does not see it, ten times at most

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const [chosen] = file.files;
  if (!chosen) refuse(told.dataset.none);
  else if (!chosen.size) refuse(told.dataset.empty);
  else if (chosen.size > Number(form.dataset.most)) refuse(told.dataset.long);
  else send(chosen);
});

function refuse(words) {
  told.textContent = words;
  button.disabled = false;
  file.focus();
}

function send(chosen) {
  const request = new XMLHttpRequest(); // fetch does not tell how far it has come
  request.open("POST", `/import/uploads?name=${encodeURIComponent(chosen.name)}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("X-Reporting", "console");
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    const percent = Math.floor((100 * loaded) / total / STEP) * STEP;
    const words = `${told.dataset.sending} ${percent} %`;
    if (told.textContent !== words) told.textContent = words;
  });
  request.addEventListener("load", () => {
    const text = request.responseText;
    if (request.status === 201) location.assign(`${form.getAttribute("action")}?sent=${read(text).upload}`);
    else if (request.status === 401) refuse(told.dataset.login);
    else refuse(why(text) || told.dataset.away);
  });
  request.addEventListener("error", () => refuse(told.dataset.away));
  button.disabled = true;
  told.textContent = told.dataset.sending;
  request.send(chosen);
}
