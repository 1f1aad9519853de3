// A moment of the ledger under the finger: a slider beside a typed field, its ticks the releases; arrow keys step, letting go asks.
for (const place of document.querySelectorAll(".slider")) start(place);

function start(place) {
  const field = place.querySelector("input");
  const list = place.querySelector("datalist");
  const last = Number(place.dataset.last);
  if (!(last > 0)) return;
  const range = document.createElement("input");
  Object.assign(range, { type: "range", min: "0", max: String(last), step: "1" });
  range.setAttribute("list", list.id);
  range.setAttribute("aria-label", field.labels[0].textContent.trim());
  const said = document.createElement("output");
  const options = [...list.options].map((one) => ({ at: Number(one.value), words: one.label }));
  const tell = (at) => {
    const before = options.filter((one) => one.at <= at).pop();
    const words = at >= last ? place.dataset.now : at.toLocaleString("en");
    said.textContent = before && at < last ? `${words} · ${before.words}` : words;
    range.setAttribute("aria-valuetext", said.textContent);
  };
  const typed = /^[0-9]+$/.test(field.value) ? Math.min(Number(field.value), last) : last;
  range.value = String(typed);
  tell(typed);
  range.addEventListener("input", () => {
    const at = Number(range.value);
    field.value = at >= last && field.name === "to" ? "" : String(at);
    tell(at);
  });
  if (place.dataset.asks === "yes") range.addEventListener("change", () => field.form.requestSubmit());
  field.addEventListener("input", () => {
    if (!/^[0-9]+$/.test(field.value)) return;
    range.value = field.value;
    tell(Number(range.value));
  });
  place.append(range, said);
}
