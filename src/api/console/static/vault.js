// What is kept for hours without a line: sealed with a key of the login. The browser holds the key and lets nobody read it; it goes at
// logout, after the idle time and when somebody else logs in. What is sealed stays until the same person has the key again.

const DATABASE = "reporting-kept";
const STEP = 30_000; // the idle time is put off no oftener
const DAYS = 7; // pages of older visits go; what was typed does not
const TYPED = ["typed", "queued"];
const utf8 = new TextEncoder();

let database = null;

function answered(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

function open() {
  database ??= new Promise((done, failed) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys", { keyPath: "owner" });
      request.result.createObjectStore("sealed", { keyPath: "id" });
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  return database;
}

async function read(store, ask) {
  return answered(ask((await open()).transaction(store).objectStore(store)));
}

/** Done once it is on the disk. */
async function write(store, ...work) {
  const transaction = (await open()).transaction(store, "readwrite", { durability: "strict" });
  for (const each of work) each(transaction.objectStore(store));
  return new Promise((done, failed) => {
    transaction.oncomplete = done;
    transaction.onabort = transaction.onerror = () => failed(transaction.error);
  });
}

/** One person's, in one office and role. `kind`: page, beside, typed or queued; `path`: of the return, as `/election/form/slot/unit`. */
export class Vault {
  #owner;
  #key;
  #idle;
  #told = 0;
  #last = Promise.resolve();

  constructor({ owner, key, idle }) {
    [this.#owner, this.#key, this.#idle] = [owner, key, idle];
  }

  get owner() {
    return this.#owner;
  }

  /** In the order in which they were asked for: what was typed last stands. */
  put(kind, path, value) {
    return this.#next(() => this.#put(idOf(this.#owner, kind, path), value));
  }

  /** A list becomes what `change` makes of it, of one tab after the other: none takes out what another put in. An empty one goes. */
  change(kind, path, change) {
    const id = idOf(this.#owner, kind, path);
    return this.#next(() =>
      navigator.locks.request(id, async () => {
        const list = change((await this.get(kind, path)) ?? []);
        await (list.length ? this.#put(id, list) : drop(this.#owner, kind, path));
      }),
    );
  }

  #next(work) {
    this.#last = this.#last.catch(() => {}).then(work);
    return this.#last;
  }

  async #put(id, value) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt(this.#how(id, iv), this.#key, utf8.encode(JSON.stringify(value)));
    await write("sealed", (store) => store.put({ id, iv, data, at: Date.now() }));
  }

  /** Undefined for nothing, and for what this key does not open. */
  async get(kind, path) {
    const id = idOf(this.#owner, kind, path);
    const held = await read("sealed", (store) => store.get(id));
    if (!held) return undefined;
    try {
      const plain = await crypto.subtle.decrypt(this.#how(id, held.iv), this.#key, held.data);
      return JSON.parse(new TextDecoder().decode(plain));
    } catch {
      return undefined;
    }
  }

  drop(kind, path) {
    return this.#next(() => drop(this.#owner, kind, path));
  }

  /** Somebody types: the idle time begins anew, for a key that is still there. */
  async here() {
    if (Date.now() - this.#told < STEP) return;
    this.#told = Date.now();
    const held = await current();
    if (held?.owner === this.#owner) await write("keys", (store) => store.put({ ...held, until: Date.now() + this.#idle }));
  }

  /** A record is opened at its own place alone. */
  #how(id, iv) {
    return { name: "AES-GCM", iv, additionalData: utf8.encode(id) };
  }
}

function idOf(owner, kind, path) {
  return `${owner}|${kind}|${path}`;
}

/** The key of who is logged in here and was there within the idle time; undefined where there is none. */
async function current() {
  const now = Date.now();
  return (await read("keys", (store) => store.getAll())).find((held) => held.until > now);
}

/** Without asking anybody: of the login that this browser had last. */
export async function standing() {
  const held = await current();
  return held && new Vault(held);
}

/** Of the person whose page this is. Null where somebody else is logged in by now, or the session is over. */
export async function vaultOf(owner) {
  await onlyOf(owner);
  const held = await current();
  if (held) return new Vault(held);
  const answer = await fetch("/kept-key", { method: "POST" });
  if (!answer.ok) return null;
  const told = await answer.json();
  if (told.owner !== owner) return null;
  const raw = Uint8Array.from(atob(told.key), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  raw.fill(0);
  const made = { owner, key, idle: told.idle * 1000, until: Date.now() + told.idle * 1000 };
  await write("keys", (store) => store.put(made));
  return new Vault(made);
}

/** No key of anybody else, and none past its time; pages of visits long ago are gone. */
export async function onlyOf(owner) {
  const now = Date.now();
  const gone = (await read("keys", (store) => store.getAll())).filter((held) => held.owner !== owner || held.until <= now);
  if (gone.length) await write("keys", ...gone.map((held) => (store) => store.delete(held.owner)));
  const old = (await read("sealed", (store) => store.getAll())).filter(
    ({ id, at }) => at < now - DAYS * 86_400_000 && !TYPED.includes(id.split("|")[1]),
  );
  if (old.length) await write("sealed", ...old.map(({ id }) => (store) => store.delete(id)));
}

/** Somebody ended it here: nothing is left in the clear from then on. */
export let closed = false;

/** The key goes, whoever's it is. */
export async function lock() {
  closed = true;
  await write("keys", (store) => store.clear());
}

/** Takes no key: the server has what was kept, or its owner takes it back. */
export async function drop(owner, kind, path) {
  await write("sealed", (store) => store.delete(idOf(owner, kind, path)));
}

/** Paths of all that the owner has of a kind; takes no key. */
export async function listed(owner, kind) {
  const from = idOf(owner, kind, "");
  const ids = await read("sealed", (store) => store.getAllKeys(IDBKeyRange.bound(from, `${from}\uffff`)));
  return ids.map((id) => id.slice(from.length));
}
