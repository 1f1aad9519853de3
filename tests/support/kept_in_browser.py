"""What a browser keeps for when the server is away, as a script of the page sees it: no key can be read, no text without one."""

from __future__ import annotations

from playwright.sync_api import Page

_KEPT = """async () => {
  const open = indexedDB.open("reporting-kept");
  const base = await new Promise((done) => (open.onsuccess = () => done(open.result)));
  const all = (store) => new Promise((done) => {
    base.transaction(store).objectStore(store).getAll().onsuccess = (told) => done(told.target.result);
  });
  const [keys, sealed] = [await all("keys"), await all("sealed")];
  return { keys: keys.map(({ key }) => key.extractable), kinds: sealed.map(({ id }) => id.split("|")[1]) };
}"""


def kinds(page: Page) -> list[str]:
    """Of every sealed record, whoever's it is: page, beside, typed, queued."""
    return list(page.evaluate(_KEPT)["kinds"])


def keys(page: Page) -> list[bool]:
    """One for each key that is held: whether it can be read out."""
    return list(page.evaluate(_KEPT)["keys"])
