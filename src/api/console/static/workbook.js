// A small workbook is read here and travels with the form as text. A large one is sent by itself, and the form names it by its hash.
const MOST = 100_000; // bytes: the page that answers holds the file again, and is within 200 KB as every page is
const file = document.querySelector("#file");
const form = document.querySelector("#bring");
if (file && form) {
  const told = document.querySelector("#read");
  const send = async (chosen) => {
    const answer = await fetch(`/import/uploads?way=workbook&name=${encodeURIComponent(chosen.name)}`, {
      method: "POST",
      body: chosen,
      headers: { "Content-Type": "application/octet-stream", "X-Reporting": "console" },
    });
    return answer.ok ? (await answer.json()).sha256 : "";
  };
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    form.elements.content.value = "";
    form.elements.sent.value = "";
    form.elements.name.value = "";
    told.textContent = "";
    if (!chosen) return;
    if (chosen.size > MOST) {
      told.textContent = told.dataset.sending;
      try {
        form.elements.sent.value = await send(chosen);
      } catch {
        form.elements.sent.value = "";
      }
      if (!form.elements.sent.value) {
        told.textContent = told.dataset.long;
        return;
      }
    } else {
      const bytes = new Uint8Array(await chosen.arrayBuffer());
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      form.elements.content.value = btoa(text);
    }
    form.elements.name.value = chosen.name;
    told.textContent = `${told.dataset.read} ${chosen.name}`;
  });
}
