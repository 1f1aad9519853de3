"""The way that Tab takes through a page in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page

PARTS_OF_DAYS = 24
"""A field of a day or a time takes a Tab for each of its parts."""
WALK = """() => {
  const usable = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const shut = (one) => one.closest('details:not([open])') && !(one.matches('summary') && !one.parentElement.parentElement.closest('details:not([open])'));
  const seen = (one) => one.checkVisibility() && !one.disabled && !shut(one);
  const radios = new Set();
  window.stops = [...document.querySelectorAll(usable)].filter(seen).filter((one) => {
    if (one.type !== 'radio') return true;
    const group = one.form && [...one.form.elements].filter((other) => other.name === one.name);
    const first = group.find((other) => other.checked) || group[0];
    return one === first && !radios.has(one.name) && radios.add(one.name);
  });
  window.marks = [];
  const begun = window.stops.indexOf(document.activeElement);
  document.addEventListener('focusin', (event) => {
    const style = getComputedStyle(event.target);
    const shown = (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
    const box = event.target.getBoundingClientRect();
    window.marks.push([window.stops.indexOf(event.target), shown, box.bottom > 0 && box.top < innerHeight]);
  });
  return [window.stops.length, begun];
}"""
"""How many places Tab has to stop at; each stop notes its place in the page's order, whether it is marked, and in
view. And where the page itself begins, -1 for its top."""


def walked(page: Page) -> list[str]:
    """What is wrong with the way that Tab takes through the page."""
    stops, begun = page.evaluate(WALK)
    marks: list[tuple[int, bool, bool]] = []
    for _ in range(stops + PARTS_OF_DAYS):
        if len({begun} | {place for place, _, _ in marks}) > stops - (begun >= 0):
            break
        page.keyboard.press("Tab")
        marks = page.evaluate(
            "window.marks.filter(([place], at, all) => place >= 0 && place !== all[at - 1]?.[0])"
        )
    order = [begun] * (begun >= 0) + [place for place, _, _ in marks]
    top = order.index(min(order)) if order else 0
    order = order[top:] + order[:top]  # a page may begin at its one field: from there round
    wrong = [f"stop {place} is not marked" for place, shown, _ in marks if not shown]
    wrong += [f"stop {place} is out of sight" for place, _, there in marks if not there]
    if order != sorted(order):
        wrong.append(f"out of order: {order}")
    if missing := set(range(stops)) - set(order):
        told = page.evaluate(
            "places => places.map(at => window.stops[at].outerHTML.slice(0, 120))", sorted(missing)
        )
        wrong.append(f"never reached: {told}")
    return wrong
