// A small workbook is read here and travels with the form as text. A large one is sent by itself, and the form names it by its hash.
// Whoever goes on before that is done, or with nothing chosen, loses nothing: the form waits for its file, or says that there is none.
import { read, why } from "./refused.js";

const MOST = 100_000; // bytes: the page that answers holds the file again, and is within 200 KB as every page is
const file = document.querySelector("#file");
const form = document.querySelector("#bring");
if (file && form) start(form.elements, document.querySelector("#read"));

function start(fields, told) {
  let last = null; // what is under way with the file that was chosen last

  const begin = () => {
    const [chosen] = file.files;
    for (const name of ["content", "sent", "name"]) fields[name].value = "";
    last = chosen ? bring(chosen) : null;
    if (!chosen) told.textContent = "";
    return last;
  };

  const bring = async (chosen) => {
    const ours = () => file.files[0] === chosen;
    told.textContent = told.dataset.sending;
    try {
      const brought = await travelling(chosen, told.dataset);
      if (!ours()) return;
      for (const [name, value] of Object.entries(brought)) fields[name].value = value;
      fields.name.value = chosen.name;
      told.textContent = `${told.dataset.read} ${chosen.name}`;
    } catch (refused) {
      if (ours()) told.textContent = refused.words ?? told.dataset.away;
    }
  };

  file.addEventListener("change", begin);
  form.addEventListener("submit", async (event) => {
    if (fields.name.value) return;
    event.preventDefault();
    const { submitter } = event;
    if (told.textContent === told.dataset.sending) await last;
    else await begin();
    if (fields.name.value) return form.requestSubmit(submitter);
    if (!file.files.length) told.textContent = told.dataset.none;
    file.focus();
  });
}

/** The fields in which the file travels; thrown: `words`, why it does not. */
async function travelling(chosen, words) {
  if (!chosen.size) throw { words: words.empty };
  if (chosen.size > Number(words.most)) throw { words: words.long };
  if (chosen.size > MOST) return { sent: await send(chosen, words) };
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { content: btoa(text) };
}

async function send(chosen, words) {
  const answer = await fetch(`/import/uploads?way=workbook&name=${encodeURIComponent(chosen.name)}`, {
    method: "POST",
    body: chosen,
    headers: { "Content-Type": "application/octet-stream", "X-Reporting": "console" },
  });
  const text = await answer.text();
  if (answer.ok) return read(text).sha256;
  throw { words: answer.status === 401 ? words.login : why(text) || words.away };
}
