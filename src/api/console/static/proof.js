// Checks a proof in this browser, from the bytes alone: RFC 6962 / 9162 (Merkle tree), C2SP signed-note, tlog-checkpoint,
// tlog-cosignature, tlog-proof. Nothing the server says of itself is believed: keys are the reader's own.

const text = new TextEncoder();

export async function sha256(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export const leafHash = (leaf) => sha256(new Uint8Array([0]), leaf);
export const nodeHash = (left, right) => sha256(new Uint8Array([1]), left, right);
export const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
export const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Standard base64, one text for each value; throws otherwise. */
export function decode(base64) {
  const raw = atob(base64);
  if (btoa(raw) !== base64) throw new Error("base64");
  return Uint8Array.from(raw, (char) => char.charCodeAt(0));
}

function number(line) {
  if (!/^(0|[1-9][0-9]{0,14})$/.test(line)) throw new Error("number");
  return Number(line);
}

/** c2sp.org/tlog-proof@v1 → index, hashes, note and the leaf that came with it (null: none). */
export function parseProof(file) {
  const end = file.indexOf("\n\n");
  const lines = file.slice(0, end).split("\n");
  if (end < 0 || lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Error("proof");
  const leaf = lines[0].startsWith("extra ") ? decode(lines.shift().slice(6)) : null;
  if (!lines[0]?.startsWith("index ")) throw new Error("index");
  const index = number(lines.shift().slice(6));
  const hashes = lines.map(decode);
  if (hashes.length > 63 || hashes.some((hash) => hash.length !== 32)) throw new Error("hashes");
  return { index, hashes, note: file.slice(end + 2), leaf };
}

/** c2sp.org/signed-note with the text of a tree head. */
export function parseHead(note) {
  const end = note.indexOf("\n\n");
  const body = note.slice(0, end + 1);
  const lines = body.split("\n");
  if (end < 0 || lines.length < 4) throw new Error("head");
  const root = decode(lines[2]);
  if (root.length !== 32) throw new Error("root");
  const signatures = note.slice(end + 2).split("\n").filter(Boolean).map((line) => {
    const [, name, blob] = /^— (\S+) (\S+)$/.exec(line) || [];
    if (!name) throw new Error("signature");
    const bytes = decode(blob);
    return { name, id: bytes.slice(0, 4), bytes: bytes.slice(4) };
  });
  return { body, origin: lines[0], size: number(lines[1]), root, signatures };
}

/** `name+hash+base64(type || key)`; throws unless the hash is the key's. */
export async function parseKey(line) {
  const [, name, hash, key] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(line.trim()) || [];
  const raw = decode(key || "!");
  if (raw.length !== 33 || ![1, 4].includes(raw[0])) throw new Error("key");
  const id = (await sha256(text.encode(`${name}\n`), raw)).slice(0, 4);
  if (hex(id) !== hash) throw new Error("key hash");
  return { name, id, kind: raw[0], bytes: raw.slice(1) };
}

/** The root a path leads to from a leaf's hash (RFC 9162 §2.1.3.2); throws when it has the wrong length. */
export async function rootOf(index, size, leaf, path) {
  if (!(index >= 0 && index < size)) throw new Error("index");
  let [place, last, root] = [index, size - 1, leaf];
  for (const hash of path) {
    if (last === 0) throw new Error("too many");
    if (place % 2 || place === last) {
      root = await nodeHash(hash, root);
      while (place % 2 === 0 && place) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
    } else root = await nodeHash(root, hash);
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  if (last) throw new Error("too few");
  return root;
}

/** Whether a head of `size` and `root` continues one of `oldSize` and `oldRoot` (RFC 9162 §2.1.4.2). */
export async function continues(oldSize, oldRoot, size, root, path) {
  if (!(oldSize > 0 && oldSize <= size)) return false; // from nothing, nothing can be proved
  if (oldSize === size) return path.length === 0 && same(oldRoot, root);
  let [place, last] = [oldSize - 1, size - 1];
  const hashes = [...path];
  if (Number.isInteger(Math.log2(oldSize))) hashes.unshift(oldRoot);
  while (place % 2) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  if (!hashes.length) return false;
  let [before, after] = [hashes[0], hashes[0]];
  for (const hash of hashes.slice(1)) {
    if (last === 0) return false;
    if (place % 2 || place === last) {
      [before, after] = [await nodeHash(hash, before), await nodeHash(hash, after)];
      while (place % 2 === 0 && place) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
    } else after = await nodeHash(after, hash);
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(before, oldRoot) && same(after, root);
}

/** Whether the key signed the head: true, false (its signature is wrong), or null (none of this key is there). */
export async function signedBy(head, key) {
  const mine = head.signatures.find((one) => one.name === key.name && same(one.id, key.id));
  if (!mine) return null;
  const public_ = await crypto.subtle.importKey("raw", key.bytes, { name: "Ed25519" }, false, ["verify"]);
  if (key.kind === 1) return crypto.subtle.verify({ name: "Ed25519" }, public_, mine.bytes, text.encode(head.body));
  if (mine.bytes.length !== 72 || mine.bytes[0] & 0x80) return false;
  const time = new DataView(mine.bytes.buffer, mine.bytes.byteOffset, 8).getBigUint64(0);
  const said = text.encode(`cosignature/v1\ntime ${time}\n${head.body}`);
  return crypto.subtle.verify({ name: "Ed25519" }, public_, mine.bytes.slice(8), said);
}
