// Help beside what one does: the page's guide and its keys in a sheet, and what the words of the field mean. Without this script the
// guide is a page of its own, and the words show their meaning all the same.

const link = document.getElementById("help");
const OFF = "help-key-off";
const TYPED = "input:not(.cell):not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select";

for (const one of document.querySelectorAll("a[data-sheet]")) {
  one.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab of its own, as with any link
    event.preventDefault();
    open(one);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return shutTerm();
  if (event.key !== "?" || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (!link || event.target.matches?.(TYPED) || document.querySelector("dialog[open]") || localStorage.getItem(OFF)) return;
  event.preventDefault();
  open(document.getElementById("keys-link"));
});

/** The answer is parsed by the browser as its own document; nothing here writes markup. */
function open(from) {
  const [address, section] = from.getAttribute("href").split("#");
  const request = new XMLHttpRequest();
  request.open("GET", address);
  request.responseType = "document";
  request.setRequestHeader("Accept", "text/html");
  request.onloadend = () => {
    const page = request.response;
    const main = page?.getElementById(section || "main");
    if (request.status === 200 && main) show(main, from, Boolean(section));
    else location.assign(from.href);
  };
  request.send();
}

function show(main, from, keys) {
  const before = document.activeElement;
  const sheet = document.createElement("dialog");
  sheet.className = "sheet";
  const told = document.importNode(main, true);
  told.removeAttribute("id");
  const head = told.querySelector("h1, h2");
  head.id = "sheet-head";
  head.tabIndex = -1;
  sheet.setAttribute("aria-labelledby", "sheet-head");
  told.querySelector(".crumbs")?.remove();
  for (const one of told.querySelectorAll("a[href]")) {
    if (!one.getAttribute("href").startsWith("#")) one.target = "_blank"; // what is typed stays where it is
  }
  const bar = document.createElement("p");
  bar.className = "sheet-bar";
  bar.append(button(link.dataset.close, () => sheet.close()), pageOf(from));
  const within = document.createElement("div");
  within.className = "sheet-text";
  within.tabIndex = 0;
  within.append(...told.childNodes);
  if (keys) within.append(choice());
  sheet.append(bar, within);
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  sheet.addEventListener("close", () => {
    sheet.remove();
    (before?.isConnected ? before : from).focus();
  });
  document.body.append(sheet);
  sheet.showModal();
  head.focus();
}

function button(words, work) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", work);
  return made;
}

function pageOf(from) {
  const made = document.createElement("a");
  made.href = from.href;
  made.target = "_blank";
  made.rel = "noopener";
  made.textContent = link.dataset.page;
  return made;
}

/** One sign alone as a key is in the way of who speaks to their machine: it can be switched off, here and for good. */
function choice() {
  const label = document.createElement("label");
  const tick = document.createElement("input");
  tick.type = "checkbox";
  tick.checked = !localStorage.getItem(OFF);
  tick.addEventListener("change", () => (tick.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes")));
  label.append(tick, ` ${link.dataset.key}`);
  return label;
}

/** What a word means stands below it, within the window, over whatever scrolls. Esc takes it away until one comes again. */
for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, (event) => place(event.target));
for (const kind of ["pointerout", "focusout"]) {
  document.addEventListener(kind, (event) => event.target.closest?.(".term")?.classList.remove("shut"));
}
document.addEventListener("click", (event) => {
  const term = event.target.closest?.(".term");
  if (!term) return;
  event.preventDefault(); // within a label: the word is meant, not the field
  term.focus();
});

function place(target) {
  const term = target.closest?.(".term");
  if (!term) return;
  const means = term.querySelector(".means");
  const word = term.getBoundingClientRect();
  means.classList.add("placed");
  const box = means.getBoundingClientRect();
  const below = word.bottom + box.height < innerHeight || word.top < box.height;
  means.style.left = `${Math.max(8, Math.min(word.left, document.documentElement.clientWidth - box.width - 8))}px`;
  means.style.top = `${below ? word.bottom : word.top - box.height}px`;
}

function shutTerm() {
  for (const term of document.querySelectorAll(".term:hover, .term:focus")) term.classList.add("shut");
}
