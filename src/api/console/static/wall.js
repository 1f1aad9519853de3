// A board on a wall is shown again by itself; it has nothing to type or to lose. What is there stays until the new one has come.
const seconds = Number(document.body.dataset.again);
setInterval(async () => {
  try {
    if ((await fetch(location.href)).ok) location.reload();
  } catch {
    document.querySelector(".wall-clock").classList.add("soon"); // the line is gone; the last state stays, marked
  }
}, seconds * 1000);
