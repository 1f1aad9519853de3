// The lines of the proof page: each says what was checked, from what is in the two text fields and the reader's own keys.
import { continues, decode, hex, leafHash, parseHead, parseKey, parseProof, rootOf, same, sha256, signedBy } from "./proof.js";

const form = document.getElementById("proof");
if (form) start(form);

function start(form) {
  const fields = form.elements;
  fields.keys.value = fields.keys.value || localStorage.getItem("proof:keys") || "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    localStorage.setItem("proof:keys", fields.keys.value);
    check(fields.proof.value, fields.state.value, fields.keys.value);
  });
  if (fields.proof.value) check(fields.proof.value, fields.state.value, fields.keys.value);
}

/** `how`: held, failed, or open (could not be looked at). */
function say(step, how, detail = "") {
  const line = document.getElementById(`step-${step}`);
  line.className = `step ${how}`;
  line.querySelector("output").textContent = `${line.dataset[how]} ${detail}`;
}

async function check(file, state, keys) {
  for (const line of document.querySelectorAll(".step")) say(line.id.replace("step-", ""), "open");
  let proof;
  let head;
  try {
    proof = file.startsWith("c2sp.org/tlog-proof") ? parseProof(file) : null;
    head = parseHead(proof ? proof.note : file);
    say("head", "held", `${head.origin} ${head.size.toLocaleString()} ${hex(head.root).slice(0, 16)}…`);
  } catch {
    return say("head", "failed");
  }
  if (proof) await checkLeaf(proof, head, state);
  await checkKeys(head, keys);
  await checkBefore(head);
}

async function checkLeaf(proof, head, state) {
  if (!proof.leaf) return;
  const leaf = JSON.parse(new TextDecoder().decode(proof.leaf));
  const at = leaf.position === proof.index + 1;
  say("leaf", at ? "held" : "failed", `${leaf.position} ${leaf.type} ${leaf.recordedAt}`);
  if (state) {
    const digest = hex(await sha256(new TextEncoder().encode(state)));
    say("state", digest === leaf.state ? "held" : "failed", `${digest.slice(0, 16)}…`);
  }
  try {
    const root = await rootOf(proof.index, head.size, await leafHash(proof.leaf), proof.hashes);
    say("path", same(root, head.root) ? "held" : "failed", `${proof.hashes.length} → ${hex(root).slice(0, 16)}…`);
  } catch {
    say("path", "failed");
  }
}

async function checkKeys(head, keys) {
  const names = { signature: [], witnesses: [] };
  let wrong = "";
  for (const line of keys.split("\n").filter((one) => one.trim())) {
    try {
      const key = await parseKey(line);
      const held = await signedBy(head, key);
      if (held) names[key.kind === 1 && key.name === head.origin ? "signature" : "witnesses"].push(key.name);
      if (held === false) wrong = key.name;
    } catch (error) {
      wrong = error.name === "NotSupportedError" ? document.getElementById("step-signature").dataset.old : line.slice(0, 40);
    }
  }
  if (wrong) return say("signature", "failed", wrong);
  if (names.signature.length) say("signature", "held", names.signature.join(", "));
  if (names.witnesses.length) say("witnesses", "held", names.witnesses.join(", "));
}

/** The newest head that this browser has checked is kept, and a later one must continue it. */
async function checkBefore(head) {
  if (!document.getElementById("step-signature").classList.contains("held")) return;
  const shelf = `proof:head:${head.origin}`;
  const kept = JSON.parse(localStorage.getItem(shelf) || "null");
  if (!kept) {
    localStorage.setItem(shelf, JSON.stringify({ size: head.size, root: hex(head.root) }));
    return say("before", "open");
  }
  const [small, large] = kept.size <= head.size ? [kept, head] : [head, kept];
  const root = (one) => (typeof one.root === "string" ? Uint8Array.from(one.root.match(/../g), (pair) => parseInt(pair, 16)) : one.root);
  try {
    const path = small.size === large.size ? [] : await hashesBetween(small.size, large.size);
    const held = path !== null && await continues(small.size, root(small), large.size, root(large), path);
    say("before", held ? "held" : "failed", `${small.size.toLocaleString()} → ${large.size.toLocaleString()}`);
    if (held && large === head) localStorage.setItem(shelf, JSON.stringify({ size: head.size, root: hex(head.root) }));
  } catch {
    say("before", "open");
  }
}

async function hashesBetween(oldSize, newSize) {
  const query = "query Continues($old: Int!, $new: Int!) { consistencyProof(oldSize: $old, newSize: $new) { hashes } }";
  const body = JSON.stringify({ query, variables: { old: oldSize, new: newSize } });
  const answer = await fetch("/graphql", { method: "POST", body, headers: { "Content-Type": "application/json" } });
  const told = await answer.json();
  const code = told.errors?.[0].extensions?.code;
  if (code && !["UNAVAILABLE", "INTERNAL"].includes(code)) return null; // it denies a head that it had signed
  return told.data.consistencyProof.hashes.map(decode);
}
