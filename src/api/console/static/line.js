// Whether the server is reached, said in a band; and what somebody wants submitted once it is.

import { filled } from "./filled.js";

const PROBES = [1_000, 3_000, 5_000, 10_000, 20_000];
const REST = 2_000; // nothing moves under who types
const MINUTE = 60_000;

/** Resolves once the server answers. Asked as nobody, so that no session is held open by it. */
export async function reached() {
  for (let n = 0; ; n += 1) {
    await new Promise((go) => {
      const timer = setTimeout(go, PROBES[Math.min(n, PROBES.length - 1)]);
      addEventListener("online", () => (clearTimeout(timer), go()), { once: true });
    });
    try {
      if ((await fetch("/offline", { cache: "no-store", credentials: "omit" })).ok) return;
    } catch {
      continue;
    }
  }
}

/** The page anew, from the server, once the hands rest. */
export function renewed(touched, still) {
  const look = () => {
    if (!still()) return;
    if (Date.now() - touched() < REST) setTimeout(look, REST / 4);
    else location.replace(location.pathname + location.search);
  };
  look();
}

export class Line {
  #band;
  #at;
  #contact;
  #touched = 0;
  #away = false;

  /** `at`: when the page was as it is shown; `contact`: when the server last answered. Milliseconds. */
  constructor(band, at, contact) {
    [this.#band, this.#at, this.#contact] = [band, at, contact];
    addEventListener("offline", () => this.away());
    document.addEventListener("input", () => (this.#touched = Date.now()));
    setInterval(() => this.#since(), MINUTE / 2);
  }

  get isAway() {
    return this.#away;
  }

  answered() {
    this.#contact = Date.now();
  }

  async away() {
    if (this.#away) return;
    this.#away = true;
    this.#band.classList.add("away");
    this.#say(this.#band.dataset.away);
    this.#since();
    await reached();
    this.#away = false;
    this.#band.classList.remove("away");
    this.#say(this.#band.dataset.back);
    this.#since();
    renewed(() => this.#touched, () => !this.#away);
  }

  unkept() {
    this.#band.classList.add("away");
    this.#say(this.#band.dataset.unkept);
  }

  #say(words) {
    this.#band.querySelector(".told").textContent = words;
  }

  /** Beside what is said aloud: it changes every minute. */
  #since() {
    const since = this.#band.querySelector(".since");
    since.hidden = !this.#away;
    const minutes = Math.floor((Date.now() - this.#at) / MINUTE);
    const told = { contact: clock(this.#contact), at: clock(this.#at), minutes };
    since.textContent = filled(this.#band.dataset.since, told);
  }
}

export function clock(at) {
  return new Date(at).toLocaleTimeString("ja-JP");
}

/** Submitting while the server is away: what would change is shown, sealed as it was shown, and sent under one command's id. */
export class Later {
  #band;
  #vault;
  #cells;
  #form;

  /** `form`: tells what was taken along, to come back as it is. */
  constructor(band, vault, form, cells) {
    [this.#band, this.#vault, this.#form, this.#cells] = [band, vault, form, cells];
    this.#dialog.querySelector(".back").addEventListener("click", () => this.#dialog.close());
    this.#dialog.querySelector(".main").addEventListener("click", () => this.#put());
    this.#queue.querySelector("button").addEventListener("click", () => this.#stop());
  }

  get #dialog() {
    return this.#band.querySelector("dialog");
  }

  get #queue() {
    return this.#band.querySelector(".queue");
  }

  /** [name, what stood, what is typed] of every cell that differs. */
  #changed() {
    const stood = new Map(JSON.parse(this.#form.dataset.made).sheets[0].cells.map(({ key, base }) => [key, base]));
    return this.#cells
      .map((cell) => [cell.getAttribute("aria-label"), stood.get(keyOf(cell)) ?? "", cell.value.trim()])
      .filter(([, before, after]) => before !== after);
  }

  ask() {
    const body = this.#dialog.querySelector("tbody");
    const changed = this.#changed();
    body.replaceChildren();
    for (const texts of changed) {
      const row = body.insertRow();
      for (const text of texts) row.insertCell().textContent = text || "―";
    }
    if (!changed.length) body.insertRow().insertCell().textContent = this.#dialog.dataset.none;
    this.#dialog.querySelector(".main").hidden = !changed.length;
    this.#dialog.showModal();
  }

  async #put() {
    const record = {
      command: crypto.randomUUID(),
      at: Date.now(),
      title: document.title,
      count: this.#changed().length,
      reason: this.#dialog.querySelector("input").value.trim(),
      content: JSON.stringify({
        made: this.#form.dataset.made,
        digest: this.#form.dataset.digest,
        typed: Object.fromEntries(this.#cells.map((cell) => [keyOf(cell), cell.value])),
      }),
    };
    await this.#vault.put("queued", location.pathname, record);
    this.#dialog.close();
    this.show(record);
  }

  /** What waits is not typed into: it goes as it was confirmed. */
  show(record) {
    for (const cell of this.#cells) cell.readOnly = Boolean(record);
    this.#queue.hidden = !record;
    const told = record && { at: clock(record.at), n: record.count };
    this.#queue.querySelector("span").textContent = record ? filled(this.#queue.dataset.queued, told) : "";
  }

  /** Never while it is being sent. */
  #stop() {
    return navigator.locks.request("reporting-queue", async () => {
      await this.#vault.drop("queued", location.pathname);
      this.show(null);
    });
  }
}

export function keyOf(cell) {
  return cell.name.replace("cell:", "");
}
