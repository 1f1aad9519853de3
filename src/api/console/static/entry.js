// The entry grid under the fingers: moves as in a spreadsheet, keeps what is typed, pastes only after a look.
// Without it the form works all the same. Nothing here knows a rule: findings are asked of the server.

const form = document.getElementById("entry");
if (new URLSearchParams(location.search).has("saved")) forget();
if (form) start(form);

/** The server says that it has what was typed here: nothing of it is kept any longer. */
function forget() {
  const { person } = document.querySelector("[data-person]").dataset;
  localStorage.removeItem(shelfOf(person));
  const address = new URL(location.href);
  address.searchParams.delete("saved"); // what is typed from here on is kept again
  history.replaceState(null, "", address);
}

/** Of each person apart: at a shared machine nobody finds another's digits under their own name. */
function shelfOf(person) {
  return `entry:${location.pathname}:${person}`;
}

function start(form) {
  const cells = [...form.querySelectorAll("input.cell")];
  const place = new Map(cells.map((cell) => [cell, where(cell)]));
  const shelf = shelfOf(form.dataset.person);
  putBack(form, cells, shelf);
  form.querySelector(".keys").hidden = false; // without this script no key does what it says
  form.addEventListener("keydown", (event) => move(event, cells, place));
  form.addEventListener("input", () => keep(cells, shelf));
  form.addEventListener("paste", (event) => paste(event, cells, place, form));
  const save = debounce(() => saveDraft(form, cells, shelf), 800);
  form.addEventListener("change", save);
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

const MOVES = { Enter: [1, 0], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

function move(event, cells, place) {
  const cell = event.target;
  if (!place.has(cell) || event.isComposing) return;
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

/** What is typed and not saved survives a reload, a closed lid, a session that ends, a submission that failed. */
function keep(cells, shelf) {
  const typed = cells.filter((cell) => cell.value !== was(cell)).map((cell) => [cell.name, cell.value, was(cell)]);
  if (typed.length) localStorage.setItem(shelf, JSON.stringify(typed));
  else localStorage.removeItem(shelf);
}

function putBack(form, cells, shelf) {
  const typed = JSON.parse(localStorage.getItem(shelf) || "[]");
  for (const [name, value, before] of typed) {
    const cell = cells.find((one) => one.name === name);
    if (!cell || value === was(cell)) continue;
    cell.value = value;
    if (before !== was(cell)) tell(cell, form.dataset.since.replace("{value}", was(cell) || "―"));
  }
  keep(cells, shelf);
}

/** What stands in the cell by now, beside what is typed: nothing is overwritten unseen. */
function tell(cell, text) {
  const said = document.createElement("small");
  said.className = "why";
  said.textContent = text;
  said.id = `since:${cell.name}`;
  cell.setAttribute("aria-describedby", said.id);
  cell.after(said);
}

/** A block from a spreadsheet is shown beside what stands, with a tick for each cell, before it lands. */
function paste(event, cells, place, form) {
  const text = event.clipboardData.getData("text/plain");
  if (!place.has(event.target) || !/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const rows = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((row) => row.split("\t"));
  const found = [];
  rows.forEach((row, down) =>
    row.forEach((value, right) => {
      const at = place.get(event.target);
      const cell = cells.find((one) => {
        const there = place.get(one);
        return there.table === at.table && there.row === at.row + down && there.column === at.column + right;
      });
      if (cell && value.trim() !== cell.value) found.push([cell, value.trim()]);
    }),
  );
  if (found.length) show(found, form);
}

function show(found, form) {
  const dialog = document.createElement("dialog");
  const table = document.createElement("table");
  const ticks = found.map(([cell, value]) => {
    const row = table.insertRow();
    const tick = document.createElement("input");
    tick.type = "checkbox";
    tick.checked = true;
    tick.setAttribute("aria-label", cell.getAttribute("aria-label"));
    row.insertCell().append(tick);
    row.insertCell().textContent = cell.getAttribute("aria-label");
    row.insertCell().textContent = cell.value || "―";
    row.insertCell().textContent = value;
    return tick;
  });
  const take = document.createElement("button");
  take.type = "button";
  take.className = "main";
  take.textContent = form.dataset.paste;
  take.addEventListener("click", () => {
    found.forEach(([cell, value], n) => {
      if (!ticks[n].checked) return;
      cell.value = value;
      cell.dispatchEvent(new Event("input", { bubbles: true }));
    });
    dialog.close();
    found[0][0].dispatchEvent(new Event("change", { bubbles: true }));
  });
  dialog.append(table, take);
  dialog.addEventListener("close", () => {
    dialog.remove();
    found[0][0].focus();
  });
  form.append(dialog);
  dialog.showModal();
}

/** Saves the draft, then shows what the server says of it. What could not be sent stays and is sent with the next. */
async function saveDraft(form, cells, shelf, again = false) {
  const said = document.getElementById("kept");
  if (!cells.some((cell) => cell.value !== was(cell))) return;
  const sent = new URLSearchParams(new FormData(form));
  sent.set("command", crypto.randomUUID());
  try {
    const answer = await fetch(location.pathname, { method: "POST", body: sent, headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (told.token && told.person === form.dataset.person && !again) {
      form.elements.token.value = told.token; // logged in anew meanwhile, the same person
      return await saveDraft(form, cells, shelf, true);
    }
    if (told.token) return void (said.textContent = form.dataset.other);
    if (told.problems) refused(told.problems, cells, said);
    if (told.signIn) return askToLogIn(told.signIn, said);
    if (told.problems) return;
    await refresh(form, cells, shelf);
    said.textContent = `${said.dataset.kept} ${new Date().toLocaleTimeString("ja-JP")}`;
  } catch {
    said.textContent = said.dataset.lost;
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

async function refresh(form, cells, shelf) {
  const answer = await fetch(location.pathname, { headers: { Accept: "application/json" } });
  const { desk } = (await answer.json()).data;
  form.elements["draft-version"].value = desk.draftVersion;
  const held = new Map([...desk.cells.map((one) => [one.key, one.value]), ...desk.draft.map((one) => [one.key, one.text])]);
  for (const cell of cells) {
    const key = cell.name.replace("cell:", "");
    form.elements[`was:${key}`].value = held.get(key) || "";
    cell.classList.toggle("wrong", desk.draftProblems.some((one) => [one.contest, one.item, one.breakdown, one.choice].join("|") === key));
  }
  keep(cells, shelf);
  list(desk.draft.length ? desk.draftFindings : desk.findings, cells);
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
