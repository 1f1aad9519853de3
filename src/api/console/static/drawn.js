// A part of a page as plain data, and the page again from it: elements are made one by one, so that no text is ever read as markup.

const NEVER = new Set(["SCRIPT", "NOSCRIPT", "IFRAME", "OBJECT", "EMBED", "LINK", "META", "BASE", "STYLE", "TEMPLATE"]);
const LEADS = new Set(["href", "src", "action", "formaction"]);
const WITHIN = /^(\/(?![\/\\])|[#?])/;

/** [tag, attributes, children], or a text. Of a field what the server has, not what is typed into it. */
export function taken(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  const attributes = Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value]));
  if (attributes.name === "token") delete attributes.value; // of a session
  const children = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE || drawable(child));
  return [node.tagName, attributes, children.map(taken)];
}

function drawable(node) {
  return node instanceof HTMLElement && !NEVER.has(node.tagName);
}

/** Nothing that runs, nothing that leads elsewhere. */
export function drawn(tree) {
  if (typeof tree === "string") return document.createTextNode(tree);
  const [tag, attributes, children] = tree;
  if (NEVER.has(tag)) return document.createTextNode("");
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on") || name === "style" || (LEADS.has(name) && !WITHIN.test(value))) continue;
    made.setAttribute(name, value);
  }
  made.append(...children.map(drawn));
  return made;
}

/** The main part of another page of this server, as data; undefined where it is not to be had. */
export function mainOf(address) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document"; // read without its scripts
    request.onerror = () => done(undefined);
    request.onload = () => {
      const main = request.status === 200 && new URL(request.responseURL).pathname === address && request.responseXML?.querySelector("main");
      done(main ? taken(document.importNode(main, true)) : undefined);
    };
    request.send();
  });
}
