// One row at a time under the eyes: a tick leads to the next row. Without it the list is read and ticked all the same.
const form = document.getElementById("reading");
if (form) start([...form.querySelectorAll("li.row")]);

function start(rows) {
  const tick = (row) => row.querySelector("input");
  const next = rows.find((row) => !tick(row).checked);
  if (next) at(rows, next);
  for (const row of rows) {
    tick(row).addEventListener("focus", () => at(rows, row));
    tick(row).addEventListener("change", () => {
      const further = rows.slice(rows.indexOf(row) + 1).find((other) => !tick(other).checked);
      if (tick(row).checked && further) tick(further).focus();
      else if (tick(row).checked) form.querySelector("button[value=read]").focus();
    });
    tick(row).addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // reading out, Enter ticks; the form goes by its button
      tick(row).click();
    });
  }
}

/** The row that is being read is large; the others stay in their order, small. */
function at(rows, row) {
  for (const other of rows) other.classList.toggle("now", other === row);
  row.scrollIntoView({ block: "center" });
}
