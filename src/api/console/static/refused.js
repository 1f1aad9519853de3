/** Why a file that was sent by itself was not kept, in the page's language; empty where it is not the server that answered. */
export function why(text) {
  const [error] = read(text).errors ?? [];
  return error?.extensions?.[document.documentElement.lang === "en" ? "en" : "ja"] ?? "";
}

export function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {}; // something between here and the server has answered
  }
}
