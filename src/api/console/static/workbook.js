// A workbook is read here and travels with the form as text; nothing is sent before the button is pressed.
const MOST = 280_000; // bytes: with base64 and the form's own encoding it stays within what the server takes
const file = document.querySelector("#file");
const form = document.querySelector("#bring");
if (file && form) {
  const told = document.querySelector("#read");
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    form.elements.content.value = "";
    told.textContent = "";
    if (!chosen) return;
    if (chosen.size > MOST) {
      told.textContent = told.dataset.long;
      return;
    }
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    form.elements.content.value = btoa(text);
    form.elements.name.value = chosen.name;
    told.textContent = `${told.dataset.read} ${chosen.name}`;
  });
}
