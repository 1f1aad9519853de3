// A block from a spreadsheet, shown beside what stands before it lands: a tick for each cell, and what finds no cell said.

import { filled } from "./filled.js";

/** `place`: cell → { table, row, column }. A value alone goes in where the cursor is, without what a spreadsheet puts behind it. */
export function paste(event, cells, place, form) {
  const text = event.clipboardData.getData("text/plain");
  if (!place.has(event.target) || !/[\t\n]/.test(text)) return;
  event.preventDefault();
  if (!/[\t\n]/.test(text.trim())) return alone(event.target, text.trim());
  const rows = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((row) => row.split("\t"));
  const at = place.get(event.target);
  const [found, outside] = [[], []];
  rows.forEach((row, down) =>
    row.forEach((each, right) => {
      const value = each.trim();
      const cell = cells.find((one) => {
        const there = place.get(one);
        return there.table === at.table && there.row === at.row + down && there.column === at.column + right;
      });
      if (!cell && value) outside.push(value);
      else if (cell && value !== cell.value) found.push([cell, value]);
    }),
  );
  if (found.length || outside.length) show(found, outside, event.target, form);
}

function alone(cell, value) {
  if (cell.readOnly) return;
  cell.setRangeText(value, cell.selectionStart, cell.selectionEnd, "end");
  cell.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Beside the form and not in it: Enter on a tick would send the return's form. */
function show(found, outside, cell, form) {
  const dialog = document.createElement("dialog");
  const look = dialog.appendChild(document.createElement("form"));
  look.method = "dialog";
  dialog.setAttribute("aria-label", form.dataset.paste);
  const table = document.createElement("table");
  const ticks = found.map(([into, value]) => {
    const row = table.insertRow();
    const tick = document.createElement("input");
    tick.type = "checkbox";
    tick.checked = value !== ""; // what a spreadsheet leaves open takes no figure out by itself
    tick.setAttribute("aria-label", into.getAttribute("aria-label"));
    row.insertCell().append(tick);
    row.insertCell().textContent = into.getAttribute("aria-label");
    row.insertCell().textContent = into.value || "―";
    row.insertCell().textContent = value || "―";
    return tick;
  });
  look.append(table);
  if (outside.length) {
    const said = look.appendChild(document.createElement("p"));
    said.className = "finding warning";
    said.textContent = filled(form.dataset.outside, { n: outside.length, values: outside.slice(0, 5).join(" · ") + (outside.length > 5 ? " …" : "") });
  }
  const take = button(look, form.dataset.paste);
  take.className = "main";
  take.hidden = !found.length;
  const back = button(look, form.dataset.unpasted);
  back.type = "button";
  back.addEventListener("click", () => dialog.close());
  look.addEventListener("submit", () => {
    found.forEach(([into, value], n) => {
      if (!ticks[n].checked) return;
      into.value = value;
      into.dispatchEvent(new Event("input", { bubbles: true }));
    });
    cell.dispatchEvent(new Event("change", { bubbles: true }));
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    cell.focus();
  });
  form.after(dialog);
  dialog.showModal();
}

function button(look, words) {
  const made = look.appendChild(document.createElement("button"));
  made.textContent = words;
  look.append(" ");
  return made;
}
